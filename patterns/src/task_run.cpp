#include "task_run.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <utility>

#include "handoff/commit.hpp"

namespace handoff::patterns::detail {

namespace {

std::chrono::milliseconds retry_delay(const TaskMessage& message) {
    return std::chrono::milliseconds{message.retry_after_ms << std::min(message.failures, 16u)};
}

/// The tasks of a message from this one on, to be done one at a time.
TaskMessage rest_of(const TaskMessage& message, std::size_t from) {
    TaskMessage rest = message;
    rest.arguments.erase(rest.arguments.begin(),
                         rest.arguments.begin() + static_cast<std::ptrdiff_t>(from));
    rest.first += from;
    rest.careful = true;
    return rest;
}

}  // namespace

TaskRun::TaskRun(Client& client, const std::string& pool, const Tasks& tasks,
                 const TaskWorkerOptions& options)
    : queue_(client.queue<TaskMessage>(pool + ".tasks", task_queue_options(options.durability))),
      mailboxes_(client, pool, options.durability),
      cancelled_calls_(
          client.dict<std::string, bool>(pool + ".cancelled", {.durability = options.durability})),
      answered_(client.dict<std::string, TaskOutcome>(pool + ".answered",
                                                      {.durability = options.durability})),
      taken_(client.dict<std::string, std::uint64_t>(pool + ".taken",
                                                     {.durability = options.durability})),
      tasks_(tasks),
      options_(options),
      watch_([this](std::stop_token stop) { watch_the_clock(std::move(stop)); }),
      listener_([this](std::stop_token stop) { listen_for_cancellations(std::move(stop)); }) {}

TaskRun::~TaskRun() = default;

std::uint64_t TaskRun::work(std::stop_token stop) {
    std::uint64_t done = 0;
    while (done < options_.tasks_max) {
        Lease<TaskMessage> lease = queue_.lease({.ttl = std::nullopt, .renew = true}, stop);
        if (!lease) break;
        const std::uint64_t count = lease->arguments.size();
        try {
            serve(lease);
        } catch (const Error& error) {
            // It went back meanwhile, and is somebody else's.
            if (error.code() != errc::lease_lapsed) throw;
        }
        done += count;
    }
    return done;
}

void TaskRun::serve(Lease<TaskMessage>& lease) {
    const TaskMessage message = *lease;
    if (lease.deliveries() > 1 && message.arguments.size() > 1 && !message.careful) {
        lease.ack_and_put(queue_, rest_of(message, 0));
        return;
    }
    if (!message.key.empty() && answered_.contains(message.name + '/' + message.key)) {
        lease.ack();  // its worker died after the answer was kept
        return;
    }
    InHand hand{lease, message, {message.call, message.first, {}, {}, 0}, 0, {}, {}, {}, {}, {}};
    hand.deaths = lease.deliveries() - 1;
    const std::size_t count = message.careful ? 1 : message.arguments.size();
    while (hand.answer.outcomes.size() < count && !is_cancelled(message)) {
        TaskOutcome outcome = do_next(hand);
        if (hand.settled) return;
        if (retries(hand, outcome)) outcome.end = TaskAnswer::comes_later;
        hand.answer.outcomes.push_back(std::move(outcome));
        if (hand.retry) break;  // one that is tried again travels alone; the rest goes on behind
    }
    if (is_cancelled(message)) {
        lease.ack();
    } else {
        settle(hand);
    }
}

/// Calls the function, under the eyes of the watch.
TaskOutcome TaskRun::do_next(InHand& hand) {
    const std::size_t index = hand.answer.outcomes.size();
    if (hand.deaths > hand.message.deaths_max) {
        return outcome_of(TaskEnd::worker_died, "each of the " + std::to_string(hand.deaths) +
                                                    " workers that had it died");
    }
    {
        const std::lock_guard lock(mutex_);
        in_hand_ = &hand;
        const TaskMessage& message = hand.message;
        if (cancelled_.contains(cancel_key(message.answer_to, message.call))) {
            hand.stop.request_stop();  // it was told a moment ago
        }
        if (hand.message.timeout_ms > 0) {
            hand.deadline = Clock::now() + std::chrono::milliseconds{hand.message.timeout_ms};
            changed_.notify_all();
        }
    }
    TaskOutcome outcome = call(hand, index);
    const std::lock_guard lock(mutex_);
    in_hand_ = nullptr;
    hand.deadline.reset();
    if (hand.overdue) outcome = outcome_of(TaskEnd::timed_out, "it took longer than its timeout");
    return outcome;
}

TaskOutcome TaskRun::call(const InHand& hand, std::size_t index) {
    const auto task = tasks_.find(hand.message.name);
    if (task == tasks_.end()) {
        return outcome_of(TaskEnd::unknown_task, "this worker has no such task");
    }
    try {
        const TaskContext context{
            hand.stop.get_token(),
            [&, sent = Sent{0, hand.message.parts_taken}](std::string part) mutable {
                send_part(hand, sent, std::move(part));
            }};
        return outcome_of(TaskEnd::done, task->second(hand.message.arguments.at(index), context));
    } catch (const Error& error) {
        const bool types = error.code() == errc::wrong_type;
        return outcome_of(types ? TaskEnd::unknown_task : TaskEnd::threw, error.what());
    } catch (const std::exception& error) {
        return outcome_of(TaskEnd::threw, error.what());
    } catch (...) {
        return outcome_of(TaskEnd::threw, "an exception of no known type");
    }
}

/// Parts are sent as they are made; should this worker die, the next one sends them again, and the
/// caller knows them by their numbers.
void TaskRun::send_part(const InHand& hand, Sent& sent, std::string part) {
    const TaskMessage& message = hand.message;
    auto answers = mailboxes_.find(message.answer_to);
    if (!answers) throw Error(errc::cancelled, "nobody waits for these parts any more");
    wait_for_room(hand, sent);
    answers->put({message.call, message.first, {}, {std::move(part)}, sent.parts++});
}

/// The watch ends it, as it does a function that takes too long.
void TaskRun::wait_for_room(const InHand& hand, Sent& sent) {
    constexpr std::chrono::seconds look_again{1};
    const TaskMessage& message = hand.message;
    const std::string key = cancel_key(message.answer_to, message.call);
    while (sent.parts >= sent.taken + message.parts_max) {
        const auto known = taken_.versioned(key);
        sent.taken = std::max(sent.taken, known.value.value_or(0));
        if (sent.parts < sent.taken + message.parts_max) return;
        if (hand.stop.stop_requested()) {
            throw Error(errc::cancelled, "the call ended before its caller had taken the parts");
        }
        static_cast<void>(
            taken_.wait_until_changed_for(key, known.version, look_again, hand.stop.get_token()));
    }
}

/// What was asked with a key is answered for all who ask with that key.
void TaskRun::keep_answer(InHand& hand) {
    constexpr std::chrono::minutes kept{10};
    if (!hand.retry) {
        answered_.put(hand.message.name + '/' + hand.message.key, hand.answer.outcomes.front(),
                      {.ttl = kept});
        hand.lease.ack();
        return;
    }
    Commit commit;
    commit.ack(hand.lease);
    commit.put(queue_, *hand.retry, {.delay = retry_delay(hand.message)});
    commit.run();
}

bool TaskRun::retries(InHand& hand, TaskOutcome& outcome) const {
    const TaskMessage& message = hand.message;
    if (outcome.end != static_cast<std::uint8_t>(TaskEnd::threw)) return false;
    if (message.failures >= message.retries) return false;
    TaskMessage again = message;
    const std::size_t index = hand.answer.outcomes.size();
    again.arguments = {message.arguments.at(index)};
    again.first = message.first + index;
    ++again.failures;
    hand.retry = std::move(again);
    return true;
}

/// Acknowledges what is in hand, with all that follows from it, in one commit.
void TaskRun::settle(InHand& hand, bool may_retry) {
    if (!hand.message.key.empty()) return keep_answer(hand);
    auto answers = mailboxes_.find(hand.message.answer_to);
    if (!answers) {
        hand.lease.ack();
        return;
    }
    TaskAnswer& answer = hand.answer;
    Commit commit;
    commit.ack(hand.lease);
    if (hand.retry && may_retry) {
        commit.put(queue_, *hand.retry, {.delay = retry_delay(hand.message)});
    } else if (hand.retry) {
        answer.outcomes.back().end = static_cast<std::uint8_t>(TaskEnd::threw);
    }
    const std::size_t done = answer.outcomes.size();
    if (done < hand.message.arguments.size()) {
        TaskMessage rest = rest_of(hand.message, done);
        rest.careful = hand.message.careful;
        commit.put(queue_, rest);
    }
    commit.put(*answers, answer);
    try {
        commit.run();
    } catch (const Error& error) {
        if (error.code() == errc::stale_reference) {  // its caller has gone
            mailboxes_.forget(hand.message.answer_to);
            hand.lease.ack();
        } else if (error.code() == errc::closed && may_retry && hand.retry) {
            settle(hand, false);
        } else if (error.code() == errc::too_large) {
            for (TaskOutcome& outcome : answer.outcomes) {
                outcome = outcome_of(TaskEnd::threw,
                                     "the result does not fit: it, or those of "
                                     "its chunk together, are too large");
            }
            hand.retry.reset();
            settle(hand, false);
        } else {
            throw;
        }
    }
}

bool TaskRun::is_cancelled(const TaskMessage& message) {
    const std::lock_guard lock(mutex_);
    return cancelled_.contains(cancel_key(message.answer_to, message.call));
}

void TaskRun::watch_the_clock(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        if (in_hand_ == nullptr || !in_hand_->deadline) {
            changed_.wait(lock, stop,
                          [&] { return in_hand_ != nullptr && in_hand_->deadline.has_value(); });
            continue;
        }
        const Clock::time_point deadline = *in_hand_->deadline;
        changed_.wait_until(lock, stop, deadline,
                            [&] { return in_hand_ == nullptr || in_hand_->deadline != deadline; });
        if (stop.stop_requested() || in_hand_ == nullptr || in_hand_->deadline != deadline ||
            Clock::now() < deadline) {
            continue;
        }
        if (!in_hand_->overdue) {
            in_hand_->overdue = true;
            in_hand_->deadline = deadline + options_.stop_grace;
            in_hand_->stop.request_stop();
        } else {
            give_up(*in_hand_);
            in_hand_ = nullptr;
        }
    }
}

/// Answers in place of a function that does not come back.
void TaskRun::give_up(InHand& hand) {
    hand.settled = true;
    hand.answer.outcomes.push_back(
        outcome_of(TaskEnd::timed_out, "it took longer than its timeout, and did not stop"));
    try {
        settle(hand);
    } catch (const Error&) {  // it has gone back, or will: another worker takes it
    }
    if (options_.exit_on_timeout) std::_Exit(1);
}

void TaskRun::listen_for_cancellations(std::stop_token stop) {
    while (!stop.stop_requested()) {
        try {
            const std::uint64_t version = cancelled_calls_.version();
            const std::vector<std::string> keys = cancelled_calls_.keys();
            {
                const std::lock_guard lock(mutex_);
                cancelled_ = {keys.begin(), keys.end()};
                if (in_hand_ != nullptr) {
                    const TaskMessage& message = in_hand_->message;
                    if (cancelled_.contains(cancel_key(message.answer_to, message.call))) {
                        in_hand_->stop.request_stop();
                    }
                }
            }
            cancelled_calls_.wait_until_changed(version, stop);
        } catch (const Error& error) {
            if (lasts(options_.durability) && session_ended(error.code())) continue;
            return;  // stopped; or the manager is gone, which the work's thread finds as well
        }
    }
}

}  // namespace handoff::patterns::detail
