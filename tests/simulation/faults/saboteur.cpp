#include "simulation/faults/saboteur.hpp"

#include <algorithm>
#include <variant>

#include "simulation/world/items.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

using namespace std::chrono_literals;

const std::vector<BugInfo>& known_bugs() {
    static const std::vector<BugInfo> bugs{
        {KnownBug::no_deduplication, "no_deduplication", Promise::never_twice},
        {KnownBug::lost_waiter, "lost_waiter", Promise::never_stuck},
        {KnownBug::no_recall, "no_recall", Promise::never_stuck},
        {KnownBug::requeue_at_tail, "requeue_at_tail", Promise::in_order},
        {KnownBug::resend_in_new_session, "resend_in_new_session", Promise::never_twice},
        {KnownBug::second_success, "second_success", Promise::never_twice},
        {KnownBug::lost_item, "lost_item", Promise::never_lost},
        {KnownBug::undead, "undead", Promise::freed},
        {KnownBug::no_clock, "no_clock", Promise::ends},
        {KnownBug::overfull, "overfull", Promise::bounded},
        {KnownBug::false_death, "false_death", Promise::never_twice},
        {KnownBug::death_unheeded, "death_unheeded", Promise::freed},
        {KnownBug::open_gate, "open_gate", Promise::never_lost},
        {KnownBug::unstored_positions, "unstored_positions", Promise::never_twice},
        {KnownBug::unstored_loans, "unstored_loans", Promise::never_twice},
        {KnownBug::unstored_acks, "unstored_acks", Promise::never_twice},
        {KnownBug::unsynced, "unsynced", Promise::never_lost},
        {KnownBug::torn_commit, "torn_commit", Promise::never_twice},
        {KnownBug::unstored_changes, "unstored_changes", Promise::never_lost},
        {KnownBug::unstored_remake, "unstored_remake", Promise::never_lost},
        {KnownBug::version_again, "version_again", Promise::never_lost},
        {KnownBug::unsynced_objects, "unsynced_objects", Promise::never_lost},
        {KnownBug::stale_read, "stale_read", Promise::never_lost},
        {KnownBug::shared_lock, "shared_lock", Promise::never_twice},
        {KnownBug::shared_writer, "shared_writer", Promise::never_twice},
        {KnownBug::overtaking, "overtaking", Promise::in_order},
        {KnownBug::old_term, "old_term", Promise::freed},
        {KnownBug::lost_acquire, "lost_acquire", Promise::never_stuck},
        {KnownBug::hasty_let_go, "hasty_let_go", Promise::never_lost},
        {KnownBug::kept_reference, "kept_reference", Promise::freed},
    };
    return bugs;
}

// ------------------------------------------------------------------ at the manager

Saboteur::Arrivals Saboteur::at_the_door(ConnectionId from, Request request) {
    Arrivals arrivals;
    if (bug_ == KnownBug::none) {
        arrivals.emplace_back(from, std::move(request));
        return arrivals;
    }
    if (const auto* hello = std::get_if<Hello>(&request.body)) hellos_[from] = *hello;
    const auto known = sessions_.find(from);
    const SessionId session = known == sessions_.end() ? SessionId{} : known->second;
    auto* put = std::get_if<Put>(&request.body);
    if (bug_ == KnownBug::no_deduplication && put != nullptr) renumber(session, *put);
    if (auto* withdraw = std::get_if<Withdraw>(&request.body)) {
        if (bug_ == KnownBug::no_deduplication) withdraw_renumbered(session, *withdraw);
    }
    if (bug_ == KnownBug::lost_waiter && std::holds_alternative<Get>(request.body)) {
        if (request.remaining != Millis{0} && world_.lots.one_in(20)) return arrivals;
    }
    if (const auto* settle = std::get_if<Settle>(&request.body)) {
        if (bug_ == KnownBug::second_success && settle->verb == Verb::ack) {
            asked_[{session, request.id}] = *settle;
        }
        if (bug_ == KnownBug::requeue_at_tail) move_to_tail(session, request);
    }
    auto* open = std::get_if<Open>(&request.body);
    if (open != nullptr && bug_ == KnownBug::overfull && open->name != "dead") {
        open->options.capacity = open->options.capacity.value_or(1) * 2 + 1;
    }
    if (bug_ == KnownBug::undead) {
        for (const auto& [connection, id] : sessions_) {
            Request beat;
            beat.body = Heartbeat{};
            arrivals.emplace_back(connection, std::move(beat));
        }
    }
    if (const auto* calls = std::get_if<Calls>(&request.body)) {
        const objects::Call& call = calls->calls.front();
        const bool acquires = call.method == objects::Method::acquire;
        if (acquires && bug_ == KnownBug::shared_lock && world_.lots.one_in(5)) {
            Request breaks;
            breaks.id = own_requests_++;
            breaks.body = Calls{{{call.object, objects::Method::break_hold, {}, {}}}, false};
            arrivals.emplace_back(from, std::move(breaks));
        }
        const bool waits = acquires && request.remaining != Millis{0};
        if (waits && bug_ == KnownBug::lost_acquire && world_.lots.one_in(20)) return arrivals;
        if (waits && !change_acquire(from, session, request)) return arrivals;
    }
    if (auto* all = std::get_if<LetGo>(&request.body)) {
        if (bug_ == KnownBug::kept_reference) all->objects.clear();
        for (std::size_t at = 1; at < all->objects.size(); at += 2) {
            if (bug_ == KnownBug::hasty_let_go) all->objects[at] += 1000;
        }
    }
    const QueueHandle into = put != nullptr ? put->queue : 0;
    const bool is_acquire = std::holds_alternative<Calls>(request.body);
    arrivals.emplace_back(from, std::move(request));
    if (is_acquire) {
        auto late = held_back_.extract(from);
        if (!late.empty()) arrivals.emplace_back(from, std::move(late.mapped()));
    }
    if (bug_ == KnownBug::lost_item && into != 0 && world_.lots.one_in(30)) {
        Request purge;
        purge.id = own_requests_++;
        purge.body = Purge{into, false};
        arrivals.emplace_back(from, std::move(purge));
    }
    return arrivals;
}

bool Saboteur::on_the_way_out(Outgoing& out) {
    if (bug_ == KnownBug::none) return true;
    Reply& reply = out.reply;
    if (const auto* welcome = std::get_if<Welcome>(&reply.body)) {
        const Hello& hello = hellos_[out.to];
        const SessionId id = welcome->resumed ? *hello.resume : hello.fresh;
        std::erase_if(sessions_, [&](const auto& each) { return each.second == id; });
        sessions_[out.to] = id;
        return true;
    }
    const auto known = sessions_.find(out.to);
    if (known == sessions_.end()) return true;
    const SessionId& session = known->second;
    if (reply.id >= RequestId{1} << 40) return false;
    if (bug_ == KnownBug::no_recall && std::holds_alternative<Recall>(reply.body)) return false;
    if (bug_ == KnownBug::undead && reply.id == 0 && std::holds_alternative<Alive>(reply.body)) {
        return true;
    }
    if (auto* done = std::get_if<PutDone>(&reply.body);
        done && bug_ == KnownBug::no_deduplication) {
        renumber_back(session, *done);
    }
    if (auto* deliver = std::get_if<Deliver>(&reply.body);
        deliver && bug_ == KnownBug::requeue_at_tail) {
        note_handed(*deliver);
    }
    if (const auto* opened = std::get_if<ObjectOpened>(&reply.body)) {
        kinds_[opened->object] = opened->kind;
    }
    auto* results = std::get_if<Results>(&reply.body);
    if (results != nullptr) change_results(session, reply.id, *results);
    if (results != nullptr && bug_ == KnownBug::stale_read) {
        objects::Result& result = results->results.front();
        const bool reads = result.numbers.size() == 1 && result.values.size() == 1;
        if (reads && read_before_.code == errc::ok && !read_before_.values.empty() &&
            world_.lots.one_in(10)) {
            result = read_before_;
        } else if (reads) {
            read_before_ = result;
        }
    }
    const auto asked = asked_.find({session, reply.id});
    if (asked == asked_.end()) return true;
    if (auto* settled = std::get_if<Settled>(&reply.body)) {
        settled->refused.clear();  // second_success
    } else if (std::holds_alternative<Done>(reply.body)) {
        reply.body = Settled{};  // requeue_at_tail
    } else if (std::holds_alternative<Failed>(reply.body)) {
        reply.body = Settled{asked->second.tokens, Durability::memory};
    }
    return true;
}

std::vector<Holder> Saboteur::whose_end(Holder session) const {
    if (bug_ == KnownBug::death_unheeded) return {};
    const auto& watched = world_.watchman.watched();
    if (bug_ != KnownBug::false_death || watched.empty()) return {session};
    return {session, watched.begin()->first};
}

void Saboteur::renumber(const SessionId& session, Put& put) {
    Renumbered& puts = renumbered_[{session, put.queue}];
    puts.pieces.push_back({puts.next, put.first, put.items.count});
    put.first = puts.next;
    put.lowest_unconfirmed = 1;
    puts.next += put.items.count;
}

void Saboteur::renumber_back(const SessionId& session, PutDone& done) {
    const Renumbered& puts = renumbered_[{session, done.queue}];
    std::map<Position, PutDone::Outcome> outcomes;
    for (const PutDone::Outcome& outcome : done.outcomes) {
        for (Position at = outcome.positions.first; at <= outcome.positions.last; ++at) {
            for (const Renumbered::Piece& piece : puts.pieces) {
                if (at < piece.at_manager || at >= piece.at_manager + piece.count) continue;
                const Position there = piece.at_client + (at - piece.at_manager);
                outcomes[there] = {{there, there}, outcome.code, outcome.level};
            }
        }
    }
    done.outcomes.clear();
    for (const auto& [position, outcome] : outcomes) done.outcomes.push_back(outcome);
}

void Saboteur::withdraw_renumbered(const SessionId& session, Withdraw& withdraw) {
    const Renumbered& puts = renumbered_[{session, withdraw.queue}];
    for (auto piece = puts.pieces.rbegin(); piece != puts.pieces.rend(); ++piece) {
        if (withdraw.positions.first < piece->at_client ||
            withdraw.positions.first >= piece->at_client + piece->count) {
            continue;
        }
        const Position first = piece->at_manager + (withdraw.positions.first - piece->at_client);
        withdraw.positions = {first, std::min(first + withdraw.positions.count() - 1,
                                              piece->at_manager + piece->count - 1)};
        return;
    }
    withdraw.positions = {puts.next, puts.next};  // it never came
}

/// Instead of going back, the item is acknowledged and put anew.
void Saboteur::move_to_tail(const SessionId& session, Request& request) {
    const Settle settle = std::get<Settle>(request.body);
    if (settle.verb != Verb::release || settle.delay.count() != 0 || settle.tokens.size() != 1 ||
        settle.tokens.front().count() != 1) {
        return;
    }
    const auto handed = handed_.find(settle.tokens.front().first);
    if (handed == handed_.end()) return;
    Columns columns;
    columns.priority = handed->second.priority;
    Commit commit;
    commit.acks = {{settle.queue, settle.tokens}};
    commit.puts = {{settle.queue, columns, {1, handed->second.item}}};
    asked_[{session, request.id}] = settle;
    request.body = std::move(commit);
    request.remaining.reset();
}

/// What was put anew is shown at its old place, so that it is its order that tells.
void Saboteur::note_handed(Deliver& deliver) {
    Deliver split{deliver.queue, deliver.lease, {}, {}};
    for (std::size_t i = 0; i < deliver.parts.size(); ++i) {
        std::size_t offset = 0;
        for (std::uint32_t n = 0; n < deliver.parts[i].count; ++n) {
            Part part = deliver.parts[i];
            part.count = 1;
            part.token += n;
            part.id += n;
            const std::string_view rest = deliver.runs[i].view().substr(offset);
            const Slice item = deliver.runs[i].part(offset, *first_item_bytes(rest));
            offset += item.size();
            const ItemNumber number = number_in(first_payload(item.view()));
            part.id = places_.emplace(std::pair(deliver.queue, number), part.id).first->second;
            const Columns& columns = world_.ledger.item(number).columns;
            const bool plain =
                columns.delay.count() == 0 && !columns.time_to_live && columns.key.empty();
            if (plain) handed_[part.token] = {deliver.queue, part.priority, item};
            split.parts.push_back(std::move(part));
            split.runs.push_back(item);
        }
    }
    deliver = std::move(split);
}

bool Saboteur::change_acquire(ConnectionId from, const SessionId& session, Request& request) {
    objects::Call& call = std::get<Calls>(request.body).calls.front();
    const auto known = kinds_.find(call.object);
    const ObjectKind kind = known == kinds_.end() ? ObjectKind::queue : known->second;
    if (bug_ == KnownBug::shared_writer && kind == ObjectKind::rw_lock) {
        call.method = objects::Method::acquire_shared;
    }
    if (bug_ == KnownBug::old_term && kind == ObjectKind::election) {
        campaigns_[{session, request.id}] = call.object;
    }
    if (bug_ != KnownBug::overtaking || held_back_.contains(from) || !world_.lots.one_in(3)) {
        return true;
    }
    held_back_.emplace(from, std::move(request));
    return false;
}

void Saboteur::change_results(const SessionId& session, RequestId id, Results& results) {
    const auto campaign = campaigns_.find({session, id});
    if (campaign == campaigns_.end() || results.results.front().code != errc::ok) return;
    std::int64_t& term = results.results.front().numbers.at(0);
    std::int64_t& before = terms_.emplace(campaign->second, term).first->second;
    std::swap(term, before);
}

// ------------------------------------------------------------------ at the disk

void Saboteur::before_store(Changes& changes) {
    if (bug_ == KnownBug::unsynced) changes.level = std::min(changes.level, Durability::os);
    const auto leave_out = [&](auto of_kind) {
        std::erase_if(changes.list, [&](const Change& change) { return of_kind(change); });
    };
    if (bug_ == KnownBug::unstored_positions) {
        leave_out([](const Change& each) { return std::holds_alternative<PutsSeen>(each); });
    }
    if (bug_ == KnownBug::unstored_acks) {
        leave_out([this](const Change& each) {
            return std::holds_alternative<ItemsOut>(each) && world_.lots.one_in(10);
        });
    }
    const auto is_of_object = [](const Change& each) {
        return std::holds_alternative<ObjectChanged>(each);
    };
    if (bug_ == KnownBug::unstored_changes) {
        leave_out([&](const Change& each) { return is_of_object(each) && world_.lots.one_in(10); });
    }
    if (bug_ == KnownBug::unstored_remake) {
        const auto remade = std::find_if(
            changes.list.begin(), changes.list.end(),
            [](const Change& each) { return std::holds_alternative<ObjectRemade>(each); });
        if (remade != changes.list.end()) changes.list.erase(remade + 1, changes.list.end());
    }
    if (bug_ == KnownBug::unsynced_objects &&
        std::any_of(changes.list.begin(), changes.list.end(), is_of_object)) {
        changes.level = std::min(changes.level, Durability::os);
    }
    if (bug_ == KnownBug::torn_commit && world_.lots.one_in(4)) {
        const auto puts =
            std::count_if(changes.list.begin(), changes.list.end(),
                          [](const Change& each) { return std::holds_alternative<ItemsIn>(each); });
        if (puts == 0) return;
        leave_out([](const Change& each) { return std::holds_alternative<ItemsOut>(each); });
    }
}

void Saboteur::before_restore(Recovered& recovered) const {
    for (Recovered::Object& object : recovered.objects) {
        if (bug_ != KnownBug::version_again || object.changes.empty()) continue;
        ObjectChanged& last = object.changes.back();
        if (last.version > 0) --last.version;
    }
    if (bug_ != KnownBug::unstored_loans) return;
    for (Recovered::Queue& queue : recovered.queues) {
        for (ItemsIn& items : queue.items) items.loan = {};
    }
}

// ------------------------------------------------------------------ at a client

void Saboteur::client_sends(ClientHost& client, const Request& request) {
    if (bug_ != KnownBug::resend_in_new_session) return;
    const auto* hello = std::get_if<Hello>(&request.body);
    if (hello != nullptr && !hello->resume) sent_[client.index()].clear();  // a new process
    const auto* put = std::get_if<Put>(&request.body);
    if (put == nullptr) return;
    sent_[client.index()].push_back({put->queue, put->first, put->columns, put->items});
}

void Saboteur::before_client_receives(ClientHost& client, const Reply& reply) {
    if (bug_ != KnownBug::resend_in_new_session) return;
    std::vector<Sent>& sent = sent_[client.index()];
    if (const auto* done = std::get_if<PutDone>(&reply.body)) {
        std::erase_if(sent, [&](const Sent& put) {
            return put.queue == done->queue &&
                   std::any_of(done->outcomes.begin(), done->outcomes.end(),
                               [&](const PutDone::Outcome& outcome) {
                                   return outcome.positions.first <= put.first &&
                                          put.first <= outcome.positions.last;
                               });
        });
        return;
    }
    const auto* welcome = std::get_if<Welcome>(&reply.body);
    if (welcome == nullptr || welcome->resumed) return;
    world_.schedule.after(1us, [this, &client] { send_again(client); });
}

void Saboteur::send_again(ClientHost& client) {
    const std::vector<Sent> sent = std::exchange(sent_[client.index()], {});
    if (!client.is_up() || client.stopped()) return;
    for (const Sent& put : sent) {
        const ItemNumber first = number_in(first_payload(put.items.bytes.view()));
        const QueueRef queue = client.application().ref_of(world_.ledger.item(first).queue);
        ClientMachine::Wait wait;
        wait.detached = true;
        client.client().put(queue, put.columns, put.items, wait, client.now());
    }
    client.pump();
}

bool Saboteur::forgets_time(std::size_t client) const noexcept {
    return bug_ == KnownBug::no_clock && client == 0;
}

}  // namespace handoff::core::sim
