#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/commit.hpp"
#include "handoff/patterns/detail/mailbox.hpp"

namespace handoff::patterns {

/// What a member of a group has answered.
template <typename Answer>
struct MemberAnswer {
    std::string member;
    std::optional<Answer> value;  ///< empty: its function threw
    std::string error;            ///< what it threw
};

/// What came of a question.
template <typename Answer>
struct Gathered {
    std::vector<MemberAnswer<Answer>> answers;  ///< in the order in which they came
    std::vector<std::string> silent;  ///< were asked, live, and have not answered by the end
    std::vector<std::string> died;    ///< were asked, and died before they answered
};

/// What all who ask and answer in a group say alike.
struct GroupOptions {
    /// Of questions and answers; unset: memory.
    std::optional<Durability> durability{};
};

/// When a question has been answered enough.
struct GatherOptions {
    /// Answers with a value; unset: of all members that live.
    std::optional<std::size_t> quorum{};
    std::chrono::milliseconds deadline{10'000};
};

namespace detail {

struct Question {
    std::string answer_to;
    std::uint64_t number = 0;
    std::string payload;
    MSGPACK_DEFINE(answer_to, number, payload)
};

struct Answered {
    std::uint64_t number = 0;
    std::string member;
    bool good = false;
    std::string payload;  ///< or what was thrown
    MSGPACK_DEFINE(number, member, good, payload)
};

inline std::string askers_of(const std::string& group) {
    return group + ".askers";
}

/// What answers, for as long as answer_as_member() runs.
template <typename AskedFor, typename Function>
class Member {
public:
    Member(Client& client, const std::string& group, Function answer, const GroupOptions& options)
        : lasts_(lasts(options.durability)),
          answer_(std::move(answer)),
          questions_(client, group, "answers", {.durability = options.durability}),
          askers_(client, askers_of(group), options.durability) {}

    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            try {
                if (!answer_next(stop)) return;
            } catch (const Error& error) {
                const errc code = error.code();
                const bool over = session_ended(code) || code == errc::lock_lost;
                if (!lasts_ || !(over || code == errc::lease_lapsed)) throw;
                if (over) static_cast<void>(questions_.open_again());
            }
        }
    }

private:
    /// False: there will be none.
    bool answer_next(const std::stop_token& stop) {
        const LeaseOptions held{.ttl = std::nullopt, .renew = true};
        Lease<Question> question = lasts_ ? questions_.queue().try_lease_for(owned_for, held, stop)
                                          : questions_.queue().lease(held, stop);
        const bool came = bool{question};
        if (came) answer_one(question);
        if (lasts_) questions_.check();
        return lasts_ || came;
    }
    void answer_one(Lease<Question>& question) {
        using Answer = std::decay_t<std::invoke_result_t<Function&, const AskedFor&>>;
        Answered reply{question->number, questions_.name(), true, {}};
        try {
            Codec<Answer>::encode(answer_(Codec<AskedFor>::decode(question->payload)),
                                  reply.payload);
        } catch (const std::exception& failure) {
            reply.good = false;
            reply.payload = failure.what();
        }
        try {
            if (auto asker = askers_.find(question->answer_to)) {
                question.ack_and_put(*asker, reply);
            } else {
                question.ack();
            }
        } catch (const Error& error) {
            if (error.code() != errc::stale_reference) throw;  // who asked has gone meanwhile
            askers_.forget(question->answer_to);
        }
    }

    bool lasts_;
    Function answer_;
    Mailbox<Question> questions_;
    Mailboxes<Answered> askers_;
};

}  // namespace detail

/// Is one of those that are asked. Each call of this is a member, from its first moment to its end;
/// one that dies is one no longer, within milliseconds on one host.
///
/// Calls `answer(const Question&)` for every question, in this thread, until it is stopped; what it
/// throws is told to who asked. Throws what the queues throw.
///
/// With `durability` it goes on, as the same member, when the manager was killed and began again on
/// its data: a question that it had is answered once, perhaps after calling `answer` again.
///
/// Cost: two round trips a question.
template <typename Question, typename Function>
requires std::invocable<Function&, const Question&>
void answer_as_member(Client& client, const std::string& group, Function answer,
                      std::stop_token stop = {}, const GroupOptions& options = {}) {
    detail::Member<Question, Function>(client, group, std::move(answer), options).run(stop);
}

/// Asks all members of a group, and gathers their answers until enough have come.
///
///     handoff::patterns::ScatterGather<Query, Offer> shops(client, "shops");
///     auto offers = shops.ask(query, {.quorum = 3, .deadline = 200ms});
///
/// **Guarantee.** Every member that lives when ask() begins is given the question once. ask() ends
/// with the quorum, when nobody is left who could answer, or at the deadline; whoever has not
/// answered by then is named. A question that its member has not begun by the deadline is dropped,
/// and an answer that comes later is too.
///
/// **The manager.** When it dies ask() throws. With `durability` a question outlives managers that
/// are killed and begun again on their data: each member is still given it once and its answer
/// counts once, until the deadline. A member that does not come back to the new manager is waited
/// for, for ten seconds at most.
///
/// Cost: a look into the set of members, and a round trip for each of them to ask; answers come in
/// one queue. Members that die are looked for four times a second.
///
/// Thread safety: safe; one question at a time, others wait. The client must outlive it.
template <typename Question, typename Answer>
class ScatterGather {
public:
    ScatterGather(Client& client, std::string group, const GroupOptions& options = {})
        : client_(client),
          group_(std::move(group)),
          options_(options),
          members_(open_members()),
          answers_(client, detail::askers_of(group_), "answers",
                   {.durability = options.durability}) {}

    /// Those that live now, and those that have died and not been cleared away yet.
    [[nodiscard]] std::vector<std::string> members() const {
        return detail::insist(lasts() ? detail::managers_max : 0,
                              [this] { return members_.values(); });
    }

    /// Throws what the queues throw; a later call begins anew.
    Gathered<Answer> ask(const Question& question, const GatherOptions& options = {}) {
        const std::lock_guard lock(mutex_);
        if (!open_ && !lasts()) open();
        open_ = false;  // until this has ended well
        Gathered<Answer> gathered = gather(question, options);
        open_ = true;
        return gathered;
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds look_again{250};

    [[nodiscard]] bool lasts() const { return detail::lasts(options_.durability); }
    [[nodiscard]] Set<std::string> open_members() const {
        return client_.set<std::string>(group_ + ".mailboxes", {.durability = options_.durability});
    }
    /// Another manager knows nothing of what there was, unless that lasts.
    void open() {
        members_ = open_members();
        answers_.open();
    }

    Gathered<Answer> gather(const Question& question, const GatherOptions& options) {
        const auto end = Clock::now() + options.deadline;
        Gathered<Answer> gathered;
        std::vector<std::string> open = put_to_all(question, options);
        std::size_t good = 0;
        const std::size_t quorum = options.quorum.value_or(std::numeric_limits<std::size_t>::max());
        while (!open.empty() && good < quorum && Clock::now() < end) {
            const auto answer = answers_.outlive([&] {
                const auto wait =
                    std::min<std::chrono::nanoseconds>(end - Clock::now(), look_again);
                auto came = answers_.queue().try_get_for(
                    std::max<std::chrono::nanoseconds>(wait, std::chrono::nanoseconds{0}));
                if (!came) part_from_the_dead(open, gathered.died);
                return came;
            });
            if (!answer) continue;
            if (answer->number == number_ && std::erase(open, answer->member) > 0) {
                good += answer->good ? 1 : 0;
                gathered.answers.push_back(decoded(*answer));
            }
        }
        gathered.silent = std::move(open);
        return gathered;
    }

    /// Returns who was asked.
    std::vector<std::string> put_to_all(const Question& question, const GatherOptions& options) {
        detail::Question message{answers_.name(), ++number_, {}};
        Codec<Question>::encode(question, message.payload);
        PutOptions once{.time_to_live = options.deadline};
        if (lasts()) once.key = answers_.name() + '/' + std::to_string(number_);
        std::vector<std::string> asked;
        for (const std::string& member : answers_.outlive([this] { return members_.values(); })) {
            if (answers_.outlive([&] { return put_to(member, message, once); }))
                asked.push_back(member);
        }
        return asked;
    }
    /// False: it is dead.
    bool put_to(const std::string& member, const detail::Question& message,
                const PutOptions& options) {
        if (!lives(member)) return false;
        try {
            client_.queue<detail::Question>(member, {.durability = options_.durability})
                .put(message, options);
        } catch (const Error& error) {
            if (error.code() != errc::stale_reference) throw;
            return false;
        }
        return true;
    }
    [[nodiscard]] bool lives(const std::string& member) {
        const auto owner = client_.find_object(member + ".owner");
        if (owner && owner->held > 0) return true;
        return lasts() &&
               !detail::remove_mailbox_of_the_dead(client_, members_, member, options_.durability);
    }
    void part_from_the_dead(std::vector<std::string>& open, std::vector<std::string>& died) {
        const auto dead = std::partition(open.begin(), open.end(),
                                         [this](const auto& member) { return lives(member); });
        died.insert(died.end(), dead, open.end());
        open.erase(dead, open.end());
    }
    static MemberAnswer<Answer> decoded(const detail::Answered& answer) {
        if (!answer.good) return {answer.member, std::nullopt, answer.payload};
        return {answer.member, Codec<Answer>::decode(answer.payload), {}};
    }

    Client& client_;
    std::string group_;
    GroupOptions options_;
    Set<std::string> members_;
    detail::Mailbox<detail::Answered> answers_;
    std::mutex mutex_;
    std::uint64_t number_ = 0;
    bool open_ = true;
};

}  // namespace handoff::patterns
