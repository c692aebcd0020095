#include <algorithm>
#include <limits>
#include <utility>

#include "core/queue.hpp"

namespace handoff::core {
namespace {

constexpr Range all_tokens{0, std::numeric_limits<Token>::max()};

constexpr auto any = [](const auto&) { return true; };
constexpr auto is_held = [](const auto& lease) { return lease.held; };

/// The first of `leases` that ends at `token` or later; `Map` may be const.
template <class Map>
auto first_lease(Map& leases, Token token) {
    auto it = leases.upper_bound(token);
    if (it == leases.begin()) return it;
    const auto before = std::prev(it);
    return token - before->first < before->second.extent.count ? before : it;
}

template <class Iterator>
Token last_token(Iterator lease) {
    return lease->first + lease->second.extent.count - 1;
}

}  // namespace

// -------------------------------------------------------------------------------- leases

void Queue::add_lease(Holder holder, Hand& hand, Token token, Lease lease) {
    lease.extent.bytes = lease.extent.bytes.compact();
    leased_count_ += lease.extent.count;
    hand.items += lease.extent.count;
    hand.bytes += lease.extent.weight();
    if (lease.held) hand.held += lease.extent.count;
    if (lease.deadline != never) lapses_.insert({lease.deadline, holder, token});
    hand.leases.emplace(token, std::move(lease));
}

/// Takes `piece`, which lies within the lease at `it`, out of it; what is left of the lease stays.
/// `it` moves on to the next lease.
Queue::Lease Queue::cut_lease(Holder holder, Hand& hand, Leases::iterator& it, Range piece) {
    const Token token = it->first;
    Lease lease = std::move(it->second);
    it = hand.leases.erase(it);
    leased_count_ -= lease.extent.count;
    hand.items -= lease.extent.count;
    hand.bytes -= lease.extent.weight();
    if (lease.held) hand.held -= lease.extent.count;
    if (lease.deadline != never) lapses_.erase({lease.deadline, holder, token});

    if (piece.first > token) {
        Lease front = lease;
        front.extent = lease.extent.split_front(static_cast<std::uint32_t>(piece.first - token));
        keep_front(holder, hand, token, std::move(front));
    }
    if (piece.count() < lease.extent.count) {
        Lease back = lease;
        lease.extent = back.extent.split_front(static_cast<std::uint32_t>(piece.count()));
        add_lease(holder, hand, piece.last + 1, std::move(back));
    }
    return lease;
}

/// Adds what is left of a lease before a piece that was cut out. To find that piece was a walk over
/// these items: halving a long front now makes later walks shorter, so that settling a lease item
/// by item costs O(log n) each, in whatever order it is done.
void Queue::keep_front(Holder holder, Hand& hand, Token token, Lease lease) {
    constexpr std::uint32_t halved_from = 64;
    const std::uint32_t half = lease.extent.count / 2;
    if (lease.extent.count >= halved_from) {
        Lease first = lease;
        first.extent = lease.extent.split_front(half);
        add_lease(holder, hand, token, std::move(first));
        token += half;
    }
    add_lease(holder, hand, token, std::move(lease));
}

/// Cuts every piece of `tokens` that `holder` has, and that is `wanted`, out of its lease and gives
/// it to `action`, which may add it again. The rest is refused.
template <class Wanted, class Action>
SettleResult Queue::settle(Holder holder, Range tokens, Wanted wanted, Action action) {
    SettleResult result;
    const auto found = hands_.find(holder);
    if (found == hands_.end() || tokens.first > tokens.last) {
        result.refused.push_back(tokens);
        return result;
    }
    Hand& hand = found->second;
    Token next = tokens.first;  // neither done nor refused so far
    bool at_end = false;        // nothing is left; `next` may have wrapped round
    auto it = first_lease(hand.leases, tokens.first);
    while (it != hand.leases.end() && it->first <= tokens.last) {
        if (!wanted(it->second)) {
            ++it;
            continue;
        }
        const Range piece{std::max(it->first, tokens.first), std::min(last_token(it), tokens.last)};
        if (piece.first > next) result.refused.push_back({next, piece.first - 1});
        next = piece.last + 1;
        at_end = piece.last == tokens.last;
        result.done += piece.count();
        action(hand, piece.first, cut_lease(holder, hand, it, piece));
    }
    if (!at_end) result.refused.push_back({next, tokens.last});
    if (hand.leases.empty()) hands_.erase(found);
    return result;
}

/// From now on the item counts as handed to the application.
void Queue::take_up(Lease& lease) {
    if (!lease.held) return;
    lease.held = false;
    count_delivery(lease.extent);
}

void Queue::start_clock(Lease& lease, Now now) noexcept {
    if (lease.pins == 0) lease.deadline = later(now.boot, lease.duration);
}

void Queue::count_delivery(Extent& extent) {
    counters_.deliveries += extent.count;
    if (extent.deliveries > 0) counters_.redeliveries += extent.count;
    if (extent.deliveries < std::numeric_limits<std::uint32_t>::max()) ++extent.deliveries;
}

// -------------------------------------------------------------------------------- settling

SettleResult Queue::ack(Holder holder, Range tokens) {
    return settle(holder, tokens, any, [&](Hand&, Token, Lease lease) {
        take_up(lease);
        drop(lease.extent, counters_.acks);
    });
}

SettleResult Queue::release(Holder holder, Range tokens, Millis delay, Now now) {
    return settle(holder, tokens, any, [&](Hand&, Token, Lease lease) {
        take_up(lease);
        counters_.releases += lease.extent.count;
        come_back(std::move(lease.extent), delay, now);
    });
}

SettleResult Queue::bury(Holder holder, Range tokens, const std::string& reason, Now) {
    return settle(holder, tokens, any, [&](Hand&, Token, Lease lease) {
        take_up(lease);
        die(std::move(lease.extent), reason);
    });
}

SettleResult Queue::extend(Holder holder, Range tokens, std::optional<Millis> duration, Now now) {
    return settle(holder, tokens, any, [&](Hand& hand, Token token, Lease lease) {
        take_up(lease);
        lease.duration = duration.value_or(settings_.lease);
        start_clock(lease, now);
        if (lease.lasting) journal_.lent(lease.extent, {token, holder, lease.duration, false});
        add_lease(holder, hand, token, std::move(lease));
    });
}

SettleResult Queue::give_back(Holder holder, Range tokens, Now now) {
    return settle(holder, tokens, is_held, [&](Hand&, Token, Lease lease) {
        come_back(std::move(lease.extent), Millis{0}, now);
    });
}

void Queue::taken_up_to(Holder holder, Token token, Now now) {
    const auto found = hands_.find(holder);
    if (found == hands_.end() || found->second.held == 0) return;
    Hand& hand = found->second;
    // A token from the future must not hide the items that will get it.
    const Token last = std::min(token, last_token(std::prev(hand.leases.end())));
    if (last < hand.untaken) return;
    settle(holder, {hand.untaken, last}, is_held, [&](Hand&, Token first, Lease lease) {
        take_up(lease);
        start_clock(lease, now);
        add_lease(holder, hand, first, std::move(lease));
    });
    hand.untaken = last + 1;
}

void Queue::pin(Holder holder, Range tokens, bool pinned, Now now) {
    const auto can_be = [pinned](const Lease& lease) { return pinned || lease.pins > 0; };
    settle(holder, tokens, can_be, [&](Hand& hand, Token token, Lease lease) {
        take_up(lease);  // a commit settles what the application has taken
        pinned ? ++lease.pins : --lease.pins;
        lease.deadline = never;
        start_clock(lease, now);
        add_lease(holder, hand, token, std::move(lease));
    });
}

void Queue::return_all(Holder holder, bool died, Now now) {
    bool suspect = died && only_holds(holder);  // the next held item is the first one
    settle(holder, all_tokens, any, [&](Hand&, Token, Lease lease) {
        std::uint64_t& counter = died ? counters_.lapses : counters_.releases;
        if (lease.held) return come_back_untaken(std::move(lease.extent), suspect, now);
        counter += lease.extent.count;
        come_back(std::move(lease.extent), Millis{0}, now);
    });
}

void Queue::return_held(Holder holder, bool silent, Now now) {
    bool suspect = silent && only_holds(holder);
    settle(holder, all_tokens, is_held, [&](Hand&, Token, Lease lease) {
        come_back_untaken(std::move(lease.extent), suspect, now);
    });
}

/// Nothing that it has is known to be taken.
bool Queue::only_holds(Holder holder) const noexcept {
    const auto found = hands_.find(holder);
    return found != hands_.end() && found->second.items == found->second.held;
}

/// Held items go back uncounted; but the first of them, if it is suspected of having been taken.
void Queue::come_back_untaken(Extent extent, bool& suspect, Now now) {
    if (std::exchange(suspect, false)) {
        Extent first = extent.count > 1 ? extent.split_front(1) : std::exchange(extent, {});
        count_delivery(first);
        ++counters_.lapses;
        come_back(std::move(first), Millis{0}, now);
    }
    if (extent.count > 0) come_back(std::move(extent), Millis{0}, now);
}

// -------------------------------------------------------------------------------- what is lent

Queue::Freed Queue::lent_to(Holder holder, Range tokens) const noexcept {
    Freed sum;
    const auto found = hands_.find(holder);
    if (found == hands_.end() || tokens.first > tokens.last) return sum;
    const Leases& leases = found->second.leases;
    for (auto it = first_lease(leases, tokens.first);
         it != leases.end() && it->first <= tokens.last; ++it) {
        const Token first = std::max(it->first, tokens.first);
        const Token last = std::min(last_token(it), tokens.last);
        const auto before = static_cast<std::uint32_t>(first - it->first);
        const auto up_to = static_cast<std::uint32_t>(last - it->first + 1);
        sum.items += up_to - before;
        sum.bytes += it->second.extent.weight(up_to) - it->second.extent.weight(before);
    }
    return sum;
}

std::vector<Lent> Queue::lent(Holder holder, Range tokens) const {
    std::vector<Lent> lent;
    const auto found = hands_.find(holder);
    if (found == hands_.end()) return lent;
    const Leases& leases = found->second.leases;
    for (auto it = leases.lower_bound(tokens.first); it != leases.end() && it->first <= tokens.last;
         ++it) {
        lent.push_back(describe(it->second.extent, it->first));
        if (it->second.held) ++lent.back().part.deliveries;
    }
    return lent;
}

std::uint64_t Queue::held_by(Holder holder) const noexcept {
    const auto found = hands_.find(holder);
    return found == hands_.end() ? 0 : found->second.held;
}

Queue::Freed Queue::outstanding(Holder holder) const noexcept {
    const auto found = hands_.find(holder);
    return found == hands_.end() ? Freed{} : Freed{found->second.items, found->second.bytes};
}

}  // namespace handoff::core
