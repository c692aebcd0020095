#include "support/known.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "core/run.hpp"

namespace handoff::test {
namespace {

void take_in(KnownQueue& queue, const core::ItemsIn& in) {
    std::string_view rest = in.items.bytes.view();
    for (std::uint32_t i = 0; i < in.items.count; ++i) {
        Item item;
        item.payload = core::first_payload(rest);
        item.priority = in.items.priority;
        if (in.items.notes) {
            item.key = in.items.notes->key;
            item.reason = in.items.notes->reason;
        }
        item.dead = in.dead;
        item.deliveries = in.items.deliveries;
        item.put_at = in.items.put_at;
        item.expires_at = in.items.expires_at;
        item.due = in.due;
        item.loan = in.loan;
        if (in.loan.token != 0) item.loan.token += i;
        queue.items.insert_or_assign(in.items.id + i, std::move(item));
        rest.remove_prefix(*core::first_item_bytes(rest));
    }
    queue.next = std::max(queue.next, in.items.id + in.items.count);
}

struct Apply {
    Known& known;

    void operator()(const core::ItemsIn& in) const { take_in(known.queues.at(in.queue), in); }
    void operator()(const core::ItemsOut& out) const {
        auto& items = known.queues.at(out.queue).items;
        items.erase(items.lower_bound(out.ids.first), items.upper_bound(out.ids.last));
    }
    void operator()(const core::ItemsBack& back) const {
        auto& items = known.queues.at(back.queue).items;
        for (auto it = items.lower_bound(back.ids.first);
             it != items.end() && it->first <= back.ids.last; ++it) {
            it->second.deliveries = back.deliveries;
            it->second.due = back.due;
            it->second.loan = {};
        }
    }
    void operator()(const core::ItemsLent& lent) const {
        auto& items = known.queues.at(lent.queue).items;
        for (auto it = items.lower_bound(lent.ids.first);
             it != items.end() && it->first <= lent.ids.last; ++it) {
            it->second.deliveries = lent.deliveries;
            it->second.due = {};
            it->second.loan = lent.loan;
            it->second.loan.token += it->first - lent.ids.first;
        }
    }
    void operator()(const core::QueueMade& made) const {
        known.queues[made.queue] = {made.name, made.options, false, false, 1, {}, {}};
    }
    void operator()(const core::QueueClosed& closed) const {
        known.queues.at(closed.queue).closed = true;
        known.queues.at(closed.queue).discards = closed.discards;
    }
    void operator()(const core::QueueGone& gone) const {
        known.queues.erase(gone.queue);
        for (auto& [number, session] : known.sessions) session.puts.erase(gone.queue);
    }
    void operator()(const core::KeySeen& seen) const {
        known.queues.at(seen.queue).keys[seen.key] = seen.until;
    }
    void operator()(const core::KeyForgotten& key) const {
        known.queues.at(key.queue).keys.erase(key.key);
    }
    void operator()(const core::SessionBegun& session) const {
        known.sessions[session.session].begun = session;
    }
    void operator()(const core::SessionOver& session) const {
        known.sessions.erase(session.session);
    }
    void operator()(const core::PutsSeen& puts) const {
        known.sessions.at(puts.session).puts[puts.queue] = puts;
    }
    void operator()(const core::Answered& answered) const {
        known.sessions.at(answered.session).answers[answered.id] = answered;
    }
    void operator()(const core::AnswersOver& over) const {
        auto& answers = known.sessions.at(over.session).answers;
        answers.erase(answers.begin(), answers.lower_bound(over.below));
    }
    void operator()(const core::ObjectMade& made) const { known.objects[made.object].made = made; }
    void operator()(const core::ObjectGone& gone) const { known.objects.erase(gone.object); }
    void operator()(const core::ObjectChanged& change) const {
        known.objects.at(change.object).changes[change.version] = change;
    }
    void operator()(const core::ObjectRemade& remade) const {
        KnownObject& object = known.objects.at(remade.object);
        object.version = remade.version;
        object.changes.erase(object.changes.begin(), object.changes.lower_bound(remade.version));
    }
    void operator()(const core::Reserved& reserved) const { known.reserved = reserved; }
};

}  // namespace

void Known::apply(const core::Changes& changes) {
    for (const core::Change& change : changes.list) std::visit(Apply{*this}, change);
}

Known known_of(const core::Recovered& recovered) {
    Known known;
    known.reserved = recovered.reserved;
    for (const core::Recovered::Queue& queue : recovered.queues) {
        KnownQueue& to = known.queues[queue.made.queue];
        to.name = queue.made.name;
        to.options = queue.made.options;
        to.closed = queue.closed;
        to.discards = queue.discards;
        for (const core::ItemsIn& items : queue.items) take_in(to, items);
        to.next = queue.next_id;
        for (const core::KeySeen& key : queue.keys) to.keys[key.key] = key.until;
    }
    for (const core::Recovered::Object& object : recovered.objects) {
        KnownObject& to = known.objects[object.made.object];
        to.made = object.made;
        to.version = object.version;
        for (const core::ObjectChanged& change : object.changes) {
            to.changes[change.version] = change;
        }
    }
    for (const core::Recovered::Session& session : recovered.sessions) {
        KnownSession& to = known.sessions[session.begun.session];
        to.begun = session.begun;
        for (const core::PutsSeen& puts : session.puts) to.puts[puts.queue] = puts;
        for (const core::Answered& each : session.answers) to.answers[each.id] = each;
    }
    return known;
}

core::Recovered recovered_of(const Known& known) {
    core::Recovered recovered;
    recovered.reserved = known.reserved;
    for (const auto& [handle, queue] : known.queues) {
        core::Recovered::Queue& to = recovered.queues.emplace_back();
        to.made = {handle, queue.name, queue.options};
        to.closed = queue.closed;
        to.discards = queue.discards;
        to.next_id = queue.next;
        for (const auto& [id, item] : queue.items) {
            core::ItemsIn in = items_in(handle, id, {item.payload});
            in.items.priority = item.priority;
            in.items.deliveries = item.deliveries;
            in.items.put_at = item.put_at;
            in.items.expires_at = item.expires_at;
            in.dead = item.dead;
            in.due = item.due;
            in.loan = item.loan;
            if (!item.key.empty() || !item.reason.empty()) {
                core::Notes notes;
                notes.key = item.key;
                notes.reason = item.reason;
                in.items.notes = std::make_shared<const core::Notes>(std::move(notes));
            }
            to.items.push_back(std::move(in));
        }
        for (const auto& [key, until] : queue.keys) to.keys.push_back({handle, key, until});
    }
    for (const auto& [handle, object] : known.objects) {
        core::Recovered::Object& to = recovered.objects.emplace_back();
        to.made = object.made;
        to.version = object.version;
        for (const auto& [version, change] : object.changes) to.changes.push_back(change);
    }
    for (const auto& [number, session] : known.sessions) {
        core::Recovered::Session& to = recovered.sessions.emplace_back();
        to.begun = session.begun;
        for (const auto& [queue, puts] : session.puts) to.puts.push_back(puts);
        for (const auto& [id, answered] : session.answers) to.answers.push_back(answered);
    }
    return recovered;
}

std::string summary(const Known& known) {
    std::size_t items = 0;
    for (const auto& [handle, queue] : known.queues) items += queue.items.size();
    return std::to_string(known.queues.size()) + " queues, " + std::to_string(items) + " items, " +
           std::to_string(known.sessions.size()) + " sessions, " +
           std::to_string(known.objects.size()) + " objects";
}

// -------------------------------------------------------------------------------- by hand

core::QueueMade queue_made(core::QueueHandle queue, Durability durability) {
    QueueOptions options;
    options.capacity = 1000;
    options.capacity_bytes = 1 << 20;
    options.order = Order::fifo;
    options.lease = core::Millis{30'000};
    options.deliveries_max = 16;
    options.dead_letter = "";
    options.durability = durability;
    options.key_window = core::Millis{600'000};
    options.keys_max = 100;
    return {queue, "queue " + std::to_string(queue), options};
}

core::ItemsIn items_in(core::QueueHandle queue, std::uint64_t first,
                       const std::vector<std::string>& payloads) {
    std::string run;
    for (const std::string& payload : payloads) core::append_item(run, payload);
    core::ItemsIn in;
    in.queue = queue;
    in.items.id = first;
    in.items.count = static_cast<std::uint32_t>(payloads.size());
    in.items.bytes = core::Slice::copy(run);
    return in;
}

core::Changes turn_of(std::vector<core::Change> list, Durability level) {
    return {1, level, std::move(list)};
}

std::vector<std::string> payloads(std::uint64_t first, std::uint32_t count, std::size_t bytes) {
    std::vector<std::string> all;
    for (std::uint32_t i = 0; i < count; ++i) {
        std::string payload = std::to_string(first + i) + " ";
        payload.resize(std::max(payload.size(), bytes), static_cast<char>('a' + i % 26));
        all.push_back(std::move(payload));
    }
    return all;
}

// -------------------------------------------------------------------------------- by chance

core::Changes Workload::next() {
    core::Changes turn;
    turn.level = also_os_ && below(3) > 0 ? Durability::os : Durability::fsync;
    for (std::uint64_t left = 1 + below(4); left > 0; --left) change(turn.list);
    return turn;
}

void Workload::do_it(std::vector<core::Change>& list, core::Change change) {
    known_.apply({0, Durability::fsync, {change}});
    list.push_back(std::move(change));
}

core::QueueHandle Workload::some_queue() {
    const auto it =
        std::next(known_.queues.begin(), static_cast<std::ptrdiff_t>(below(known_.queues.size())));
    return it->first;
}

void Workload::change(std::vector<core::Change>& list) {
    if (known_.queues.empty() || below(40) == 0) {
        const Durability level = also_os_ ? Durability::os : Durability::fsync;
        return do_it(list, queue_made(next_queue_++, level));
    }
    switch (below(11)) {
        case 0: return change_session(list);
        case 10: return change_object(list);
        case 1:
        case 2:
        case 3:
        case 4: return put(list);
        case 5: {
            if (below(10) > 0) return put(list);
            const core::QueueHandle queue = some_queue();
            if (below(2) == 0) return do_it(list, core::QueueClosed{queue, below(2) == 0});
            return do_it(list, core::QueueGone{queue});
        }
        default: return change_items(list);
    }
}

void Workload::put(std::vector<core::Change>& list) {
    const core::QueueHandle queue = some_queue();
    const std::uint64_t first = known_.queues.at(queue).next;
    const bool large = below(12) == 0;
    const auto count = static_cast<std::uint32_t>(1 + below(large ? 3 : 40));
    core::ItemsIn in =
        items_in(queue, first, payloads(first, count, large ? 3000 + below(9000) : below(120)));
    in.items.priority = static_cast<std::int32_t>(below(3));
    if (below(8) == 0) in.due = core::Time{static_cast<std::int64_t>(1 + below(1000))};
    do_it(list, std::move(in));
    if (below(6) == 0) {
        const std::string key = "key " + std::to_string(below(20));
        do_it(list, core::KeySeen{queue, key, core::Time{static_cast<std::int64_t>(first)}});
    }
}

void Workload::change_items(std::vector<core::Change>& list) {
    const core::QueueHandle queue = some_queue();
    const auto& items = known_.queues.at(queue).items;
    if (items.empty()) return put(list);
    const auto from = std::next(items.begin(), static_cast<std::ptrdiff_t>(below(items.size())));
    // Neighbours that are all there.
    core::Range ids{from->first, from->first};
    const std::uint64_t wanted = 1 + below(60);
    auto it = std::next(from);
    while (it != items.end() && it->first == ids.last + 1 && ids.count() < wanted) {
        ids.last = it->first;
        ++it;
    }
    const std::uint64_t what = below(10);
    if (what < 6) return do_it(list, core::ItemsOut{queue, ids});
    if (what == 6) {
        const auto deliveries = static_cast<std::uint32_t>(1 + below(5));
        const core::Loan loan{100 + below(1000), 1 + below(5), core::Millis{77}, below(2) == 0};
        return do_it(list, core::ItemsLent{queue, ids, deliveries, loan});
    }
    if (what < 8) {
        const auto deliveries = static_cast<std::uint32_t>(1 + below(5));
        const core::Time due{static_cast<std::int64_t>(below(2) * 77)};
        return do_it(list, core::ItemsBack{queue, ids, deliveries, due});
    }
    // It dies, or is alive again.
    ids.last = std::min(ids.last, ids.first + 2);
    std::vector<std::string> payloads;
    for (std::uint64_t id = ids.first; id <= ids.last; ++id)
        payloads.push_back(items.at(id).payload);
    core::ItemsIn in = items_in(queue, ids.first, payloads);
    in.dead = !from->second.dead;
    if (in.dead) {
        core::Notes notes;
        notes.reason = "bad";
        in.items.notes = std::make_shared<const core::Notes>(std::move(notes));
    }
    do_it(list, core::ItemsOut{queue, ids});
    do_it(list, std::move(in));
}

void Workload::change_object(std::vector<core::Change>& list) {
    if (known_.objects.empty() || below(10) == 0) {
        core::ObjectMade made{next_queue_++, "object", ObjectKind::dict, {}};
        made.options.entries_max = below(1000);
        made.options.durability = also_os_ ? Durability::os : Durability::fsync;
        return do_it(list, std::move(made));
    }
    const auto& [handle, object] = *std::next(
        known_.objects.begin(), static_cast<std::ptrdiff_t>(below(known_.objects.size())));
    const std::uint64_t version =
        object.changes.empty() ? object.version : object.changes.rbegin()->first + 1;
    if (below(10) == 0) return do_it(list, core::ObjectGone{handle});
    if (object.changes.size() > 6) return do_it(list, core::ObjectRemade{handle, version});
    core::ObjectChanged change{handle, version, core::Time{77}, {}};
    change.call = {handle, core::objects::Method::put, {static_cast<std::int64_t>(below(9))}, {}};
    for (const std::string& value :
         payloads(version, static_cast<std::uint32_t>(1 + below(3)), below(300))) {
        change.call.values.push_back(core::Slice::copy(value));
    }
    do_it(list, std::move(change));
}

void Workload::change_session(std::vector<core::Change>& list) {
    if (known_.sessions.empty() || below(5) == 0) {
        const core::Holder session = next_session_++;
        return do_it(list, core::SessionBegun{session, {}, "session " + std::to_string(session)});
    }
    const core::Holder session =
        std::next(known_.sessions.begin(),
                  static_cast<std::ptrdiff_t>(below(known_.sessions.size())))
            ->first;
    switch (below(6)) {
        case 0: return do_it(list, core::SessionOver{session});
        case 1: return do_it(list, core::AnswersOver{session, below(50)});
        case 2: return do_it(list, core::Answered{session, below(50), core::Done{below(9)}});
        case 3:
            return do_it(list, core::Answered{session, below(50),
                                              core::Settled{{{3, 4}}, Durability::fsync}});
        case 4: return do_it(list, core::Reserved{1 + below(1000), 1});
        default: break;
    }
    core::PutsSeen puts{session, some_queue(), 1 + below(5), 6 + below(50), {}, {}};
    if (below(3) == 0) puts.refused.push_back({{7, 8}, errc::full});
    if (below(3) == 0) puts.waiting.push_back({9, 9 + below(4)});
    do_it(list, std::move(puts));
}

}  // namespace handoff::test
