#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/patterns/detail/pipeline_order.hpp"
#include "handoff/patterns/detail/pipeline_stage.hpp"
#include "handoff/patterns/detail/stop.hpp"
#include "handoff/queue.hpp"

namespace handoff::patterns {

/// Settings of a pipeline; those of its queues' durability are the manager's file's to say, by
/// their names.
struct PipelineOptions {
    /// Results are collected in the order in which items were fed, by one collector at a time.
    bool ordered = false;
    std::uint64_t capacity = 1000;  ///< items in each queue; who would put more, waits
    /// Ordered: items between the next to be collected and the newest that is fed.
    std::uint64_t window = 1000;
    std::optional<Durability> durability{};  ///< of all its queues
};

/// How items are fed.
struct SourceOptions {
    /// A source that was killed feeds the same items again, from the first on: what the pipeline
    /// has is recognised, and not done twice. It remembers items for its queue's key_window and
    /// keys_max; an ordered pipeline for ever.
    bool repeatable = false;
};

/// A queue of a pipeline: what waits before a stage, or before the collector.
struct StageProgress {
    std::string stage;  ///< empty: the collector
    std::uint64_t waiting = 0;
    std::uint64_t in_work = 0;
    std::uint64_t done = 0;
};

/// A pipeline at one moment.
struct PipelineProgress {
    std::vector<StageProgress> stages;
    std::uint64_t dead = 0;
};

/// How results are collected.
struct CollectOptions {
    /// Told from time to time, by the thread that collects, and once at the end.
    std::function<void(const PipelineProgress&)> on_progress{};
    std::chrono::milliseconds every{200};
};

namespace detail {

struct PipelineShared {
    Client& client;
    std::string name;
    PipelineOptions options;
    Queue<DeadItem> dead{};
    std::vector<AnyStage> stages{};
    std::shared_ptr<FirstError> error = std::make_shared<FirstError>();
};

}  // namespace detail

/// The end at which items are fed. It sends without waiting for each answer; close() waits for all.
///
/// Thread safety: one thread at a time. An ordered pipeline has one source.
template <typename In>
class Source {
public:
    /// Waits while the pipeline is full. Throws errc::closed, errc::cancelled if stopped, and what
    /// has ended the pipeline's threads in this program.
    void put(const In& item, std::stop_token stop = {}) {
        const detail::EitherStop either{std::move(stop), error_->token()};
        try {
            if (!position_ || may_feed(either.token())) {
                PutOptions options;
                if (repeatable_) options.key = std::to_string(next_);
                producer_.send({next_, item}, options, either.token());
            }
            ++next_;
        } catch (...) {
            error_->rethrow();
            throw;
        }
    }

    /// Waits until all is in, and ends the stream: stages end one after the other, and then the
    /// collector. Throws what became of an item that was not put.
    void close() {
        producer_.flush();
        queue_.close();
    }

private:
    template <typename, typename>
    friend class Pipeline;
    Source(Queue<detail::Step<In>> queue, const SourceOptions& options,
           std::shared_ptr<detail::FirstError> error)
        : queue_(std::move(queue)),
          producer_(queue_.producer({.window = 1024})),
          repeatable_(options.repeatable),
          error_(std::move(error)) {}

    /// False: it was collected before.
    bool may_feed(const std::stop_token& stop) {
        const std::uint64_t least = next_ < window_ ? 0 : next_ - window_ + 1;
        if (!position_->wait_for(least, stop)) {
            throw Error(errc::cancelled, "Source::put: stopped");
        }
        return next_ >= position_->seen();
    }

    Queue<detail::Step<In>> queue_;
    Producer<detail::Step<In>> producer_;
    bool repeatable_;
    std::shared_ptr<detail::FirstError> error_;
    std::optional<detail::Position> position_;  ///< of an ordered pipeline
    std::uint64_t window_ = 0;
    std::uint64_t next_ = 0;
};

/// The threads of a pipeline's stages in this program. Destroyed, it stops them: items in hand are
/// finished if there is room for their results, the rest stays where it is.
class PipelineThreads {
public:
    /// Waits until all stages have ended, by the end of the stream. Throws the first error that
    /// ended one of them.
    void wait() {
        threads_.clear_by_joining();
        error_->rethrow();
    }

private:
    template <typename, typename>
    friend class Pipeline;
    struct Threads {
        std::vector<std::jthread> all;
        void clear_by_joining() {
            for (std::jthread& thread : all) thread.join();
            all.clear();
        }
    };
    explicit PipelineThreads(std::shared_ptr<detail::FirstError> error)
        : error_(std::move(error)) {}

    std::shared_ptr<detail::FirstError> error_;
    Threads threads_;
};

/// Items pass through stages of workers to a collector. Each stage is a function; between stages
/// are queues, so the stages may be threads of one program, or programs on several hosts, any
/// number for each stage.
///
///     auto squares = handoff::patterns::Pipeline<int>(client, "squares")
///                        .stage("square", [](int n) { return n * n; }, {.workers = 4});
///     auto threads = squares.start();
///     auto source = squares.source();
///     for (int n : numbers) source.put(n);
///     source.close();
///     squares.collect([&](int square) { sum += square; });
///
/// (Who feeds more than the pipeline holds does so in another thread than who collects.)
///
/// **Guarantee.** Every item that source.close() has confirmed has its result collected, was
/// filtered out by a stage, or is in dead(); each of these once, whoever is killed. Stages hand on
/// in one step what they acknowledge. Work may be *done* twice, and is *counted* once. The sink may
/// be given again what it was given just before its own process died.
///
/// **Order.** Unordered, results come as they are ready. Ordered, as they were fed, and what is
/// dead is passed over.
///
/// **Bounds.** Queues hold `capacity` items, so a slow stage slows those before it, and at last the
/// source. Ordered, one slow item holds up `window` others at most.
///
/// **End.** source.close() closes the first queue; the workers of each stage, once all is done,
/// close the next. A worker that is started later than that does the same, and so a stage whose
/// workers were all killed ends as soon as there is one again. A closed pipeline stays closed.
///
/// **Programs.** Each makes the same Pipeline, by name, stages and options, and runs its part of
/// it: `run("square")`, `source()` or `collect()`.
///
/// A stage's function takes `const T&`, and returns what it makes of it, or a std::optional of that
/// (empty: filtered out); one that makes several of it is given to fan_out(). What it throws sends
/// the item back; see StageOptions. Its queues are called `<pipeline>.source` and
/// `<pipeline>.<stage>`, which holds the stage's results.
///
/// Cost: two round trips an item and stage; in order, three more for each batch that is collected.
///
/// Thread safety: stage() by one thread; then all but Source and the functions given is safe.
template <typename In, typename Out = In>
class Pipeline {
public:
    /// Opens the first of its queues; the client must outlive the pipeline.
    Pipeline(Client& client, std::string name, PipelineOptions options = {})
        : shared_(new Shared{client, std::move(name), options}),
          source_(open<In>("source", options.capacity)),
          results_(source_) {
        shared_->dead =
            client.queue<DeadItem>(shared_->name + ".dead", {.durability = options.durability});
    }

    /// A pipeline that goes on with this stage. `work` is shared by the stage's threads.
    template <std::invocable<const Out&> Work>
    [[nodiscard]] auto stage(const std::string& name, Work work, const StageOptions& options = {}) {
        return add<false, detail::Made<Work, Out>>(name, std::move(work), options);
    }
    /// The same with a stage that makes several items of one, or none: `work` returns a vector of
    /// them, which is handed on as a whole or not at all. More than the capacity behind it, or
    /// together larger than `item_bytes_max`, makes the item dead. Throws errc::unsupported for an
    /// ordered pipeline, which counts its items.
    template <std::invocable<const Out&> Work>
    [[nodiscard]] auto fan_out(const std::string& name, Work work,
                               const StageOptions& options = {}) {
        if (shared_->options.ordered) {
            throw Error(errc::unsupported, "pipeline \"" + shared_->name +
                                               "\" is ordered: its stage " + name +
                                               " cannot make several items of one");
        }
        return add<true, detail::ManyMade<Work, Out>>(name, std::move(work), options);
    }

    [[nodiscard]] Source<In> source(const SourceOptions& options = {}) const {
        Source<In> source(source_, options, shared_->error);
        if (shared_->options.ordered) {
            source.position_.emplace(position());
            source.window_ = shared_->options.window;
        }
        return source;
    }

    /// Works at one stage, in this thread, until the stream ends or it is stopped. Returns how many
    /// items it has handed on. Throws errc::not_found, and what the queues throw.
    std::uint64_t run(const std::string& stage, std::stop_token stop = {}) const {
        for (const detail::AnyStage& each : shared_->stages) {
            if (each.name == stage) return each.run(std::move(stop));
        }
        throw Error(errc::not_found, "pipeline \"" + shared_->name + "\" has no stage " + stage);
    }

    /// Works at all stages, in threads.
    [[nodiscard]] PipelineThreads start() const {
        PipelineThreads threads(shared_->error);
        for (const detail::AnyStage& stage : shared_->stages) {
            for (unsigned i = 0; i < stage.workers; ++i) {
                threads.threads_.all.emplace_back(
                    [run = stage.run, error = shared_->error](std::stop_token stop) {
                        const detail::EitherStop either{std::move(stop), error->token()};
                        try {
                            run(either.token());
                        } catch (...) {
                            error->fail(std::current_exception());
                        }
                    });
            }
        }
        return threads;
    }

    /// Calls `sink(const Out&)` with every result, until the stream ends or it is stopped. A result
    /// is acknowledged when the sink has returned. Throws what the sink throws, what the queues
    /// throw, and what has ended the pipeline's threads in this program.
    template <std::invocable<const Out&> Sink>
    void collect(Sink sink, const CollectOptions& options = {}, std::stop_token stop = {}) const {
        const detail::EitherStop either{std::move(stop), shared_->error->token()};
        try {
            if (shared_->options.ordered) {
                collect_in_order(sink, options, either.token());
            } else {
                collect_as_ready(sink, options, either.token());
            }
        } catch (...) {
            shared_->error->rethrow();
            throw;
        }
        shared_->error->rethrow();
        if (options.on_progress) options.on_progress(progress());
    }

    /// What was given up, for whoever looks after that.
    [[nodiscard]] Queue<DeadItem> dead() const { return shared_->dead; }

    [[nodiscard]] PipelineProgress progress() const {
        PipelineProgress progress;
        const auto add = [&](const std::string& stage, const QueueStats& queue) {
            progress.stages.push_back(
                {stage, queue.ready + queue.delayed, queue.leased, queue.acks});
        };
        for (const detail::AnyStage& stage : shared_->stages) add(stage.name, stage.stats());
        add("", results_.stats());
        progress.dead = shared_->dead.stats().unfinished();
        return progress;
    }

private:
    template <typename, typename>
    friend class Pipeline;
    using Shared = detail::PipelineShared;
    static constexpr std::uint32_t batch_max = 64;

    Pipeline(std::shared_ptr<Shared> shared, Queue<detail::Step<In>> source,
             Queue<detail::Step<Out>> results)
        : shared_(std::move(shared)), source_(std::move(source)), results_(std::move(results)) {}

    template <bool many, typename Next, typename Work>
    [[nodiscard]] auto add(const std::string& name, Work work, const StageOptions& options) {
        auto stage = std::make_shared<detail::Stage<Out, Next>>();
        stage->name = name;
        stage->options = options;
        stage->ordered = shared_->options.ordered;
        stage->in = results_;
        stage->out = open<Next>(name, options.capacity.value_or(shared_->options.capacity));
        stage->dead = shared_->dead;
        shared_->stages.push_back({name, options.workers,
                                   [stage, work](std::stop_token stop) mutable {
                                       return stage->template run<many>(work, stop);
                                   },
                                   [in = results_] { return in.stats(); }});
        return Pipeline<In, Next>(shared_, source_, stage->out);
    }

    template <typename T>
    [[nodiscard]] Queue<detail::Step<T>> open(const std::string& name, std::uint64_t room) const {
        const PipelineOptions& options = shared_->options;
        // In order, all that is fed must fit behind any stage, or what is missing could not come.
        const std::uint64_t capacity = options.ordered ? std::max(room, options.window) : room;
        return shared_->client.template queue<detail::Step<T>>(
            shared_->name + '.' + name, {.capacity = capacity,
                                         .deliveries_max = unlimited,  // stages count themselves
                                         .durability = options.durability});
    }
    [[nodiscard]] detail::Position position() const {
        return {shared_->client, shared_->name, {.durability = shared_->options.durability}};
    }

    template <typename Sink>
    void collect_as_ready(Sink& sink, const CollectOptions& options,
                          const std::stop_token& stop) const {
        Teller tell{*this, options};
        while (Lease<detail::Step<Out>> result = results().lease({.renew = true}, stop)) {
            if (result->value) sink(*result->value);
            result.ack();
            tell();
        }
    }
    template <typename Sink>
    void collect_in_order(Sink& sink, const CollectOptions& options,
                          const std::stop_token& stop) const {
        Teller tell{*this, options};
        detail::InOrder<Out> in_order{position(), stop};
        for (;;) {
            auto results = this->results().lease_many(batch_max, {.renew = true}, stop);
            if (results.empty()) {
                if (!stop.stop_requested()) in_order.hand_on_the_rest(sink);
                return;
            }
            in_order.add(std::move(results));
            in_order.hand_on(sink);
            tell();
        }
    }
    [[nodiscard]] Queue<detail::Step<Out>> results() const { return results_; }

    /// Tells of the progress when it is time.
    struct Teller {
        const Pipeline& pipeline;
        const CollectOptions& options;
        std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
        void operator()() {
            const auto now = std::chrono::steady_clock::now();
            if (!options.on_progress || now - last < options.every) return;
            last = now;
            options.on_progress(pipeline.progress());
        }
    };

    std::shared_ptr<Shared> shared_;
    Queue<detail::Step<In>> source_;
    Queue<detail::Step<Out>> results_;
};

}  // namespace handoff::patterns
