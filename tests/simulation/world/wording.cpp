#include "simulation/world/wording.hpp"

#include "core/objects/make.hpp"
#include "core/objects/packed.hpp"
#include "core/overload.hpp"
#include "simulation/world/items.hpp"

namespace handoff::core::sim {
namespace {

std::string of(QueueHandle queue) {
    return " queue " + std::to_string(queue);
}

std::string of(const std::vector<QueueHandle>& queues) {
    std::string text = " queues";
    for (const QueueHandle queue : queues) text += " " + std::to_string(queue);
    return text;
}

std::string of(const std::optional<Cursor>& cursor) {
    return cursor ? ", taken up to " + std::to_string(cursor->token) : "";
}

std::string of(const Columns& columns) {
    std::string text;
    if (columns.priority != 0) text += ", priority " + std::to_string(columns.priority);
    if (columns.delay.count() != 0) text += ", delay " + in_words(columns.delay);
    if (columns.time_to_live) text += ", time to live " + in_words(*columns.time_to_live);
    if (!columns.key.empty()) text += ", key " + columns.key;
    return text;
}

std::string of(const std::vector<Part>& parts, const std::vector<Slice>& runs) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const Part& part = parts[i];
        text += (i == 0 ? ": " : "; ") + items_in_words(runs[i].view()) + " (place " +
                std::to_string(part.id) + ", token " + std::to_string(part.token) + ", delivery " +
                std::to_string(part.deliveries) + ")";
    }
    return text;
}

std::string of(const std::vector<std::int64_t>& numbers,
               const std::vector<objects::Packed>& values) {
    std::string text;
    for (const std::int64_t number : numbers) text += " " + std::to_string(number);
    for (const objects::Packed& value : values) {
        const auto number = objects::integer_of(objects::payload_of(value));
        text += number ? " '" + std::to_string(*number) + "'" : " 'a text'";
    }
    return text;
}

std::string of(const Calls& calls) {
    std::string text = "CALL";
    for (const objects::Call& call : calls.calls) {
        text += " " + std::string(objects::to_string(call.method)) + " of object " +
                std::to_string(call.object) + of(call.numbers, call.values);
    }
    return text;
}

std::string of(const Results& results) {
    std::string text = "RESULTS";
    for (const objects::Result& result : results.results) {
        text += " " + std::string(to_string(result.code)) + of(result.numbers, result.values);
    }
    return text;
}

std::string failure(errc code, const std::string& text) {
    return std::string(to_string(code)) + (text.empty() ? "" : " (" + text + ")");
}

}  // namespace

std::string in_words(const std::vector<Range>& ranges) {
    std::string text;
    for (const Range& range : ranges) {
        text += " " + std::to_string(range.first);
        if (range.last != range.first) text += "-" + std::to_string(range.last);
    }
    return text.empty() ? " nothing" : text;
}

std::string in_words(Time span) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(span).count();
    if (micros % 1000 == 0) return std::to_string(micros / 1000) + " ms";
    return std::to_string(micros) + " us";
}

std::string in_words(const QueueOptions& options) {
    std::string text;
    const auto add = [&](const char* name, const auto& value) {
        if (value) text += std::string(" ") + name + " " + std::to_string(*value);
    };
    add("capacity", options.capacity);
    add("bytes", options.capacity_bytes);
    add("deliveries_max", options.deliveries_max);
    if (options.lease) text += " lease " + in_words(*options.lease);
    if (options.order) {
        text += *options.order == Order::fifo   ? " fifo"
                : *options.order == Order::lifo ? " lifo"
                                                : " priority";
    }
    if (options.durability) {
        text += *options.durability == Durability::memory ? " in memory"
                : *options.durability == Durability::os   ? " durable os"
                                                          : " durable fsync";
    }
    if (options.dead_letter) text += " dead to " + *options.dead_letter;
    return text;
}

std::string items_in_words(std::string_view run) {
    std::string text;
    for (const ItemNumber number : numbers_in(run)) {
        text += (text.empty() ? "i" : " i") + std::to_string(number);
    }
    return text;
}

std::string_view name_of(Verb verb) {
    switch (verb) {
        case Verb::ack: return "ACK";
        case Verb::release: return "RELEASE";
        case Verb::bury: return "BURY";
        case Verb::extend: return "EXTEND";
        case Verb::giveback: return "GIVEBACK";
    }
    return "?";
}

std::string in_words(const Changes& changes) {
    std::string text = "turn " + std::to_string(changes.turn) + ":";
    const auto add = [&](const char* what, QueueHandle queue, Range ids) {
        text += std::string(" ") + what + of(queue) + in_words(std::vector{ids}) + ";";
    };
    for (const Change& change : changes.list) {
        std::visit(Overload{
                       [&](const ItemsIn& in) {
                           add(in.dead ? "dead in" : "in", in.queue,
                               {in.items.id, in.items.id + in.items.count - 1});
                       },
                       [&](const ItemsOut& out) { add("out of", out.queue, out.ids); },
                       [&](const ItemsLent& lent) { add("lent from", lent.queue, lent.ids); },
                       [&](const ItemsBack& back) { add("back in", back.queue, back.ids); },
                       [&](const PutsSeen&) { text += " positions;"; },
                       [&](const Answered& answered) {
                           text += " answer #" + std::to_string(answered.id) + ";";
                       },
                       [&](const SessionBegun& session) {
                           text += " session " + std::to_string(session.session) + ";";
                       },
                       [&](const SessionOver& session) {
                           text += " session " + std::to_string(session.session) + " over;";
                       },
                       [](const auto&) {},
                   },
                   change);
    }
    return text;
}

std::string in_words(const Request& request) {
    std::string body = std::visit(
        Overload{
            [](const Hello& hello) {
                return "HELLO, connection " + std::to_string(hello.connection_number) +
                       (hello.resume ? ", resumes" : "");
            },
            [](const Heartbeat& beat) {
                std::string text = "HEARTBEAT";
                for (const Cursor& cursor : beat.cursors) text += of(cursor.queue) + of(cursor);
                return text;
            },
            [](const Goodbye&) { return std::string("GOODBYE"); },
            [](const Cancel& cancel) { return "CANCEL of #" + std::to_string(cancel.target); },
            [](const Open& open) { return "OPEN " + open.name + in_words(open.options); },
            [](const Put& put) {
                return "PUT" + of(put.queue) + " from position " + std::to_string(put.first) +
                       " (unconfirmed from " + std::to_string(put.lowest_unconfirmed) +
                       "): " + items_in_words(put.items.bytes.view()) + of(put.columns);
            },
            [](const Withdraw& what) {
                return "WITHDRAW" + of(what.queue) + in_words(std::vector{what.positions});
            },
            [](const Get& get) {
                return "GET" + of(get.queues) + ", " + std::to_string(get.items_max) + " at most";
            },
            [](const Credit& credit) {
                return "CREDIT" + of(credit.queue) + " " + std::to_string(credit.items) +
                       " items, " + std::to_string(credit.bytes) + " bytes" + of(credit.cursor);
            },
            [](const Settle& settle) {
                return std::string(name_of(settle.verb)) + of(settle.queue) + ":" +
                       in_words(settle.tokens) +
                       (settle.delay.count() != 0 ? ", delay " + in_words(settle.delay) : "") +
                       of(settle.cursor);
            },
            [](const Commit& commit) {
                std::string text = "COMMIT";
                for (const auto& acks : commit.acks) {
                    text += ", ack" + of(acks.queue) + in_words(acks.tokens);
                }
                for (const auto& puts : commit.puts) {
                    text += ", put" + of(puts.queue) + " " +
                            items_in_words(puts.items.bytes.view()) + of(puts.columns);
                }
                return text;
            },
            [](const Close& close) {
                return (close.now ? "CLOSE now" : "CLOSE") + of(close.queue);
            },
            [](const Join& join) { return "JOIN" + of(join.queue); },
            [](const Peek& peek) { return "PEEK" + of(peek.queue); },
            [](const Purge& purge) { return "PURGE" + of(purge.queue); },
            [](const Kick& kick) { return "KICK" + of(kick.queue); },
            [](const Destroy& destroy) { return "DESTROY" + of(destroy.queue); },
            [](const Stats& stats) { return "STATS" + of(stats.queues); },
            [](const OpenObject& open) { return "OPEN_OBJECT " + open.name; },
            [](const LetGo& all) { return "LET_GO of " + std::to_string(all.objects.size() / 2); },
            [](const Calls& calls) { return of(calls); },
            [](const Objects& what) { return "OBJECTS " + what.name; },
            [](const UnknownRequest&) { return std::string("UNKNOWN"); },
        },
        request.body);
    if (request.id != 0) body += "  #" + std::to_string(request.id);
    if (request.done_below != 0) body += ", done below " + std::to_string(request.done_below);
    if (request.remaining) body += ", waits " + in_words(*request.remaining);
    return body;
}

std::string in_words(const Reply& reply) {
    std::string body = std::visit(
        Overload{
            [](const Welcome& welcome) {
                return "WELCOME, connection " + std::to_string(welcome.connection_number) +
                       (welcome.resumed ? ", the session goes on" : ", a new session");
            },
            [](const Alive&) { return std::string("ALIVE"); },
            [](const Done& done) { return "DONE " + std::to_string(done.count); },
            [](const Failed& failed) { return "FAILED " + failure(failed.code, failed.text); },
            [](const Opened& opened) { return "OPENED" + of(opened.queue); },
            [](const PutDone& done) {
                std::string text = "PUT_DONE" + of(done.queue);
                for (const PutDone::Outcome& each : done.outcomes) {
                    text += "," + in_words(std::vector{each.positions}) + " " +
                            std::string(to_string(each.code));
                }
                return text;
            },
            [](const Deliver& deliver) {
                return "DELIVER" + of(deliver.queue) + of(deliver.parts, deliver.runs);
            },
            [](const Settled& settled) {
                return settled.refused.empty() ? std::string("SETTLED")
                                               : "SETTLED but for" + in_words(settled.refused);
            },
            [](const Recall& recall) {
                return "RECALL" + of(recall.queue) + " " + std::to_string(recall.items);
            },
            [](const Peeked& peeked) { return "PEEKED" + of(peeked.parts, peeked.runs); },
            [](const StatsReply&) { return std::string("STATS"); },
            [](const ObjectOpened&) { return std::string("OBJECT_OPENED"); },
            [](const Results& all) { return of(all); },
            [](const ObjectsReply&) { return std::string("OBJECTS_REPLY"); },
            [](const Event&) { return std::string("EVENT"); },
        },
        reply.body);
    if (reply.id != 0) body += "  #" + std::to_string(reply.id);
    return body;
}

}  // namespace handoff::core::sim
