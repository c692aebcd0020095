#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "handoff/detail/raw_object.hpp"

namespace handoff {

class Client;

/// Who leads, at one moment.
template <typename T>
struct Leader {
    std::uint64_t token = 0;  ///< of the term; 0: nobody leads
    std::uint64_t session = 0;
    std::uint64_t candidates = 0;  ///< that wait
    std::optional<T> proposal;
    std::string who;  ///< session, program and process, for people
};

/// One leader among those who want to be it, known to all; docs/objects/election.md. T is what a
/// leader proclaims: its address, say.
///
/// Thread safety: safe, distinct or shared.
template <typename T>
class Election {
public:
    /// Refers to no election; every call throws errc::inert.
    Election() noexcept = default;

    /// Waits until this session leads; returns the token of its term, which only grows from term to
    /// term. Throws errc::cancelled if stopped.
    std::uint64_t campaign(const T& proposal, std::stop_token stop = {}) {
        if (!hold_.acquire(candidacy(proposal), detail::Wait::forever(std::move(stop)))) {
            throw Error(errc::cancelled, hold_.object().describe("campaign in") + ": stopped");
        }
        return hold_.token();
    }
    /// False: not elected in that time, or stopped.
    [[nodiscard]] bool campaign_for(std::chrono::nanoseconds limit, const T& proposal,
                                    std::stop_token stop = {}) {
        return hold_.acquire(candidacy(proposal),
                             detail::Wait::for_at_most(limit, std::move(stop)));
    }
    /// The next candidate leads. Throws errc::not_owner, errc::lock_lost.
    void resign() { hold_.release(); }
    /// Changes what others see. Throws errc::not_owner, errc::lock_lost.
    void proclaim(const T& proposal) {
        const auto token = static_cast<std::int64_t>(hold_.token());
        hold_.object().call(detail::RawCall{detail::Method::proclaim, {token}}.value(proposal));
    }
    /// Throws errc::lock_lost if this handle's term has ended as far as this client knows.
    void check() const { hold_.check(); }
    [[nodiscard]] std::uint64_t token() const { return hold_.token(); }

    [[nodiscard]] Leader<T> leader() const {
        const detail::RawAnswer told = hold_.object().call({detail::Method::state});
        Leader<T> leader{told.number(0), told.number(1), told.number(2), {}, {}};
        if (leader.token != 0) {
            leader.proposal = told.template value<T>(0);
            leader.who = told.template value<std::string>(1);
        }
        return leader;
    }
    /// Waits until the leader's token is another than this; returns it, 0 if nobody leads.
    std::uint64_t wait_until_changed(std::uint64_t token, std::stop_token stop = {}) const {
        return hold_.object()
            .call({detail::Method::changed, {static_cast<std::int64_t>(token)}},
                  detail::Wait::forever(std::move(stop)))
            .number(0);
    }
    /// Ends the term with this token: the next candidate leads, and who led gets errc::lock_lost.
    /// Returns whether there was such a term.
    bool break_hold(std::uint64_t token) {
        const detail::RawAnswer done =
            hold_.object().call({detail::Method::break_hold, {static_cast<std::int64_t>(token)}});
        return done.number(0) > 0;
    }
    [[nodiscard]] const std::string& name() const { return hold_.object().name(); }

private:
    friend class Client;
    friend struct detail::RefAccess;
    explicit Election(detail::RawObject object) : hold_(std::move(object)) {}
    static detail::RawCall candidacy(const T& proposal) {
        return detail::RawCall{detail::Method::acquire}.value(proposal);
    }

    detail::RawHold hold_;
};

}  // namespace handoff
