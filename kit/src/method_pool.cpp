#include "method_pool.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "core/name.hpp"
#include "core/objects/packed.hpp"
#include "core/overload.hpp"
#include "os/quiet_thread.hpp"

namespace handoff {

using core::objects::DropInstance;
using core::objects::Result;
using core::objects::RunMethod;
using core::objects::StopMethod;

namespace {

/// Of a text that comes from the application's code.
constexpr std::size_t text_bytes_max = 1000;

/// Cut to its limit, and to what can be shown.
std::string bounded(std::string_view text) {
    std::string out(text.substr(0, text_bytes_max));
    // A character may have been cut in two.
    for (int i = 0; i < 3 && out.size() < text.size() && !core::is_utf8(out); ++i) out.pop_back();
    if (!core::is_utf8(out)) {
        std::replace_if(
            out.begin(), out.end(), [](char byte) { return (byte & 0x80) != 0; }, '?');
    }
    if (out.size() < text.size()) out += "…";
    return out;
}

Result to_result(detail::MethodOutcome outcome) {
    if (outcome.code != errc::ok) {
        return core::objects::failure(outcome.code, bounded(outcome.text));
    }
    Result result;
    if (outcome.value) result.values.push_back(core::objects::pack_payload(*outcome.value));
    return result;
}

/// Empty if there is an instance now.
std::optional<detail::MethodOutcome> make_instance(const detail::ServedType& type,
                                                   std::shared_ptr<void>& instance) {
    detail::MethodOutcome failed;
    try {
        if (!instance) instance = type.make();
        if (instance) return std::nullopt;
        failed = {errc::remote_error, "there is none", {}};
    } catch (...) {
        failed = detail::thrown();
    }
    failed.text = "its instance could not be made: " + failed.text;
    return failed;
}

detail::MethodOutcome carry_out(const detail::ServedType& type, std::shared_ptr<void>& instance,
                                const RunMethod& what, const std::stop_token& stop) {
    const auto method = type.methods.find(what.method);
    if (method == type.methods.end()) return {errc::unsupported, "there is no such method"};
    if (auto failed = make_instance(type, instance)) return std::move(*failed);
    detail::MethodArguments arguments;
    for (const core::objects::Packed& each : what.arguments) {
        arguments.push_back(core::objects::payload_of(each));
    }
    return method->second(instance.get(), arguments, stop);
}

}  // namespace

namespace detail {

MethodOutcome thrown() {
    try {
        throw;
    } catch (const std::exception& error) {
        return {errc::remote_error, error.what(), {}};
    } catch (...) {
        return {errc::remote_error, "something that is no std::exception was thrown", {}};
    }
}

}  // namespace detail

MethodPool::MethodPool(std::uint64_t threads_max, std::function<void()> wake)
    : threads_max_(threads_max), wake_(std::move(wake)) {}

MethodPool::~MethodPool() {
    finish();
}

void MethodPool::offer(core::objects::ObjectHandle object,
                       std::shared_ptr<const detail::ServedType> type,
                       std::shared_ptr<void> instance) {
    const std::lock_guard lock(mutex_);
    types_[object] = std::move(type);
    if (instance) {
        slots_[{object, 0}] = std::make_shared<Slot>(Slot{std::move(instance)});
    }
}

void MethodPool::discard(std::shared_ptr<void> instance) {
    const std::lock_guard lock(mutex_);
    let_go(std::make_shared<Slot>(Slot{std::move(instance)}));
    if (!finishing_) start_threads();
}

void MethodPool::take(std::vector<core::objects::Errand> errands) {
    std::vector<std::stop_source> stopped;
    {
        const std::lock_guard lock(mutex_);
        if (finishing_) return;
        for (core::objects::Errand& errand : errands) {
            std::visit(core::Overload{
                           [&](RunMethod& what) { enqueue(std::move(what)); },
                           [&](const StopMethod& what) { stopped.push_back(stop(what)); },
                           [&](const DropInstance& what) { drop(what); },
                       },
                       errand);
        }
        start_threads();
    }
    // Not under the lock, as this calls what the application has registered.
    for (std::stop_source& each : stopped) each.request_stop();
}

void MethodPool::enqueue(RunMethod what) {
    SlotPtr& slot = slots_[{what.object, what.instance}];
    if (!slot) slot = std::make_shared<Slot>();
    jobs_.push_back({types_.at(what.object), slot, std::move(what), life_});
    arrived_.notify_one();
}

/// What nobody has begun does not run any more.
std::stop_source MethodPool::stop(const StopMethod& what) {
    const auto job = std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& each) {
        return each.type && each.what.object == what.object && each.what.number == what.number;
    });
    if (job != jobs_.end()) {
        tell({what.object, what.number, core::objects::gave_up(what.why)});
        job->type.reset();  // its slot is let go by a thread of ours
    } else if (const auto known = running_.find({what.object, what.number});
               known != running_.end()) {
        return known->second;
    }
    return std::stop_source(std::nostopstate);
}

void MethodPool::drop(const DropInstance& what) {
    if (what.instance == 0) types_.erase(what.object);
    auto slot = slots_.extract(Id{what.object, what.instance});
    if (slot) let_go(std::move(slot.mapped()));
}

void MethodPool::let_go(SlotPtr slot) {
    jobs_.push_back({nullptr, std::move(slot), {}, life_});
    arrived_.notify_one();
}

/// As many as have work, as far as that may be.
void MethodPool::start_threads() {
    while (threads_.size() < std::min<std::uint64_t>(threads_max_, busy_ + jobs_.size())) {
        try {
            threads_.push_back(quiet_thread([this] { work(); }));
        } catch (const std::system_error& error) {
            if (!threads_.empty()) return;  // they will do it
            for (const Job& job : std::exchange(jobs_, {})) {
                if (!job.type) continue;
                tell({job.what.object, job.what.number,
                      core::objects::failure(
                          errc::system, std::string("no thread can be made: ") + error.what())});
            }
            return;
        }
    }
}

void MethodPool::tell(Done done) {
    done_.push_back(std::move(done));
    news_.store(true, std::memory_order_release);
    wake_();
}

std::vector<MethodPool::Done> MethodPool::take_done() {
    const std::lock_guard lock(mutex_);
    news_ = false;
    return std::exchange(done_, {});
}

void MethodPool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        arrived_.wait(lock, [this] { return finishing_ || !jobs_.empty(); });
        if (finishing_) return;
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        ++busy_;
        run(lock, std::move(job));
        --busy_;
    }
}

/// What is the application's runs, and ends, without the lock.
void MethodPool::run(std::unique_lock<std::mutex>& lock, Job job) {
    const std::stop_source stop;
    const Id id{job.what.object, job.what.number};
    if (job.type) running_.insert_or_assign(id, stop);
    lock.unlock();
    std::optional<Done> done;
    if (job.type) {
        detail::MethodOutcome outcome =
            carry_out(*job.type, job.slot->instance, job.what, stop.get_token());
        done = Done{id.first, id.second, {}, std::move(outcome.object)};
        done->result = to_result(std::move(outcome));
    }
    const std::uint64_t life = job.life;
    job = {};
    lock.lock();
    if (done && life == life_) {
        running_.erase(id);
        return tell(std::move(*done));
    }
    lock.unlock();
    done.reset();  // which may have an instance
    lock.lock();
}

std::vector<std::stop_source> MethodPool::begin_anew() {
    const std::lock_guard lock(mutex_);
    ++life_;
    types_.clear();
    for (Done& each : std::exchange(done_, {})) {
        if (each.returned) let_go(std::make_shared<Slot>(Slot{std::move(each.returned->instance)}));
    }
    for (Job& job : jobs_) job.type.reset();
    for (auto& [id, slot] : std::exchange(slots_, {})) let_go(std::move(slot));
    if (!finishing_) start_threads();
    arrived_.notify_all();
    std::vector<std::stop_source> stopped;
    for (auto& [id, stop] : std::exchange(running_, {})) stopped.push_back(std::move(stop));
    return stopped;
}

void MethodPool::finish() {
    std::map<Id, std::stop_source> running;
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock(mutex_);
        finishing_ = true;
        running = running_;
        threads = std::exchange(threads_, {});
        arrived_.notify_all();
    }
    for (auto& [id, stop] : running) stop.request_stop();
    for (std::thread& thread : threads) thread.join();
}

}  // namespace handoff
