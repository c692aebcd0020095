#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/client_machine.hpp"
#include "core/messages.hpp"
#include "core/producer_machine.hpp"
#include "core/run.hpp"

namespace handoff::core {

/// The receiving end of a stream, one for all consumers that a client has on a queue: items come by
/// credit and are held until the application takes them; recalled ones go back, the newest first;
/// acknowledgements gather while a message of them is under way.
///
/// Which items were taken, the client's machine tells the manager along with other messages
/// (ClientMachine::taken_up_to). What is held by a client that was silent for longer than the
/// manager's `hold`, at any time since, may be somebody else's by now: look() asks before it hands
/// that out.
///
/// Thread safety: none; whoever owns the client.
class ConsumerMachine {
public:
    ConsumerMachine(ClientMachine& client, QueueRef queue) : client_(client), queue_(queue) {}

    /// What may be outstanding, in items and bytes; 0 items: nothing more is to come, and what is
    /// held goes back. `renews`: the leases of what is taken are renewed until they are settled.
    void set_credit(std::uint32_t items, std::uint64_t bytes, std::optional<Millis> lease,
                    bool renews = false);

    // ---- from the application

    enum class Look : std::uint8_t {
        item,   ///< next() hands one out
        empty,  ///< nothing yet
        over,   ///< the queue is closed and drained
        failed  ///< see take_failure()
    };
    [[nodiscard]] Look look(Now now) {
        const bool simple = !held_.empty() && !question_ && now.boot < sure_until_;
        return simple && failure_.code == errc::ok ? Look::item : look_again(now);
    }

    /// Takes the next item: calls `use(part, index, run, payload)`, with its place in the part. To
    /// be called after look() said that there is one.
    template <typename Use>
    void next(Use use) {
        Held& front = held_.front();
        const std::string_view payload = first_payload(front.rest);
        use(std::as_const(front.part), front.taken, std::as_const(front.run), payload);
        take_front(payload.size());
    }

    /// Somebody waits for items, and so wants to know whether the manager is there.
    void wait_begins() noexcept { ++waiting_; }
    void wait_ends() noexcept { --waiting_; }

    /// The application is done with what it took in this session.
    void ack(Token token) {
        if (!gathered_.empty() && gathered_.back().last + 1 == token) {
            gathered_.back().last = token;
        } else {
            gathered_.push_back({token, token});
        }
        ++gathered_count_;
    }

    /// Why look() said `failed`, or errc::ok; asks the manager anew afterwards. So does the next
    /// look() after one that said `over`.
    Outcome take_failure();

    /// Acknowledgements whose answer is not known.
    [[nodiscard]] bool all_answered() const noexcept {
        return gathered_.empty() && acks_under_way_.empty();
    }

    // ---- from the network

    /// What came without being asked for, in the client's present session.
    void receive(Unsolicited news);
    /// A call that advance() began has ended.
    void take(const Completion& completion);

    // ---- in its turn

    /// Whether advance() has something to do at once, for what the application did.
    [[nodiscard]] bool may_advance() const noexcept {
        return (!gathered_.empty() && acks_under_way_.empty()) || gathered_count_ >= ack_early_;
    }
    /// Begins calls for what is to be said; returns them.
    std::vector<CallId> advance(Now now);
    /// Boottime at which advance() has something to do next.
    [[nodiscard]] Time next_deadline() const;

    /// Whether look() would say something else than `empty`, or find out.
    [[nodiscard]] bool has_news() const noexcept {
        return failure_.code != errc::ok || over_ || (!held_.empty() && !asks());
    }
    /// The manager has answered to the credit as it is now: what came by an earlier, greater one
    /// has arrived, and gone back if it was too much.
    [[nodiscard]] bool credit_is_settled() const noexcept {
        if (failure_.code != errc::ok) return true;  // nothing is said before that is taken
        return credit_said_ && credit_call_ == 0 && to_say_.empty();
    }
    /// A call that look() began waits for advance().
    [[nodiscard]] bool has_begun() const noexcept { return !begun_.empty(); }
    [[nodiscard]] std::uint64_t held() const noexcept { return held_count_; }
    [[nodiscard]] bool needs_attention() const noexcept {
        return held_count_ > 0 || recalled_ > 0 || !gathered_.empty();
    }
    [[nodiscard]] QueueRef queue() const noexcept { return queue_; }

    StreamFailures failures;  ///< acknowledgements that were refused, by token

private:
    struct Held {
        Part part;
        Slice run;
        std::string_view rest;    ///< of the run, what is not taken
        std::uint32_t taken = 0;  ///< of the part's items
    };
    /// About the first item that is held.
    struct Question {
        CallId call = 0;
        Token last_held = 0;  ///< what the answer is about
        Time lease_ends{};    ///< if the answer is yes, it began when we asked or later
        Time fresh_until{};   ///< less than half of it has passed
        bool again = false;   ///< it was leased before
        bool yes = false;     ///< it is ours, and leased now
    };

    [[nodiscard]] Look look_again(Now now);
    [[nodiscard]] bool asks() const noexcept { return question_ && !question_->yes; }
    void ask(Now now);
    void release_asked_about();
    void take_front(std::size_t payload_bytes);
    void drop_front(std::size_t bytes);
    void drop_held();
    void give_up(Token up_to);
    void keep_asked_about();
    void answer_recall();
    void give_back(std::uint64_t items);
    void notice_session();
    [[nodiscard]] bool has_to_say_credit() const noexcept;
    void say_credit(Now now);
    void send_acks(Now now);
    void fail_all(const std::vector<Range>& tokens, errc code, const std::string& text);
    void take_credit_end(const Outcome& outcome);
    void take_ack_end(const std::vector<Range>& tokens, const Outcome& outcome);
    void take_question_end(const Question& asked, const Completion& completion);
    enum class Answered : std::uint8_t { at_once, unhurried, to_nobody };
    CallId begin(RequestBody body, Now now, Answered answered = Answered::at_once);

    ClientMachine& client_;
    const QueueRef queue_;

    Credit credit_;
    bool renews_ = false;
    bool credit_said_ = false;  ///< as it is, on the present connection
    CallId credit_call_ = 0;    ///< that says it. 0: none is under way
    std::uint64_t generation_ = 0;
    std::uint32_t connection_ = 0;

    // The application takes items between two turns, and these are looked at in each turn only:
    Time sure_until_{};  ///< what is held is surely ours
    Token taken_ = 0;    ///< up to here since the last turn. 0: nothing

    std::deque<Held> held_;
    std::uint64_t held_count_ = 0;
    std::uint64_t silences_ = 0;  ///< the client's when all of that was surely ours
    std::uint64_t recalled_ = 0;  ///< asked back, and not answered
    bool gave_back_ = false;      ///< since credit was said, or items came
    std::optional<Question> question_;
    unsigned waiting_ = 0;
    CallId probe_ = 0;
    Time probed_at_{};

    bool over_ = false;
    bool told_over_ = false;  ///< and has not been asked for more since
    Outcome failure_;

    std::vector<Range> gathered_;  ///< tokens that are done
    std::uint64_t gathered_count_ = 0;
    std::uint64_t ack_early_ = 1;  ///< so many do not wait for what is under way
    std::map<CallId, std::vector<Range>> acks_under_way_;

    std::vector<Settle> to_say_;  ///< what is to be given back
    std::vector<CallId> begun_;
};

}  // namespace handoff::core
