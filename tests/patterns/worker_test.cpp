#include "handoff/patterns/worker.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "handoff/process.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using namespace std::chrono_literals;
using handoff::errc;
using handoff::patterns::run_worker;
using handoff::patterns::WorkerOptions;
using handoff::patterns::WorkerReport;
using namespace handoff::test;

namespace {

/// Two queues of one manager, and the jobs 1 to `count` in the first of them.
struct Line {
    explicit Line(int count, const handoff::QueueOptions& options = {}, handoff::Config config = {})
        : world{std::move(config)}, jobs{world.queue<int>("jobs", options)} {
        for (int job = 1; job <= count; ++job) jobs.put(job);
    }

    std::vector<std::string> take_results() { return results.try_get_many(1000); }

    World world;
    handoff::Queue<int> jobs;
    handoff::Queue<std::string> results = world.queue<std::string>("results");
};

std::string spell(int job) {
    return "job " + std::to_string(job);
}

}  // namespace

TEST_CASE("a worker acknowledges each job and hands its result on, until the jobs are closed") {
    Line line{3};
    line.jobs.close();
    const WorkerReport report = run_worker(line.jobs, line.results, spell);
    CHECK(report.done == 3);
    CHECK(report.failed == 0);
    CHECK(report.late == 0);
    CHECK(line.take_results() == std::vector<std::string>{"job 1", "job 2", "job 3"});
    CHECK(line.jobs.stats().acks == 3);
    CHECK(line.jobs.stats().unfinished() == 0);
}

TEST_CASE("a worker that waits for a job ends when the jobs are closed") {
    Line line{0};
    Background worker{[&](std::stop_token) { return run_worker(line.jobs, line.results, spell); }};
    REQUIRE(gets_wait(line.jobs, 1));
    line.jobs.put(7);
    line.jobs.close();
    CHECK(worker.result().done == 1);
    CHECK(line.take_results() == std::vector<std::string>{"job 7"});
}

TEST_CASE("a worker that waits for a job ends when it is stopped") {
    Line line{0};
    Background worker{[&](std::stop_token stop) {
        return run_worker(line.jobs, line.results, spell, {}, std::move(stop));
    }};
    REQUIRE(gets_wait(line.jobs, 1));
    worker.stop();
    CHECK(worker.result().done == 0);
    CHECK(line.jobs.stats().waiting_gets == 0);
}

TEST_CASE("a worker that is stopped at work finishes the job in hand and takes no other") {
    Line line{2};
    std::stop_source stop;
    const auto work = [&](int job) {
        stop.request_stop();
        return spell(job);
    };
    const WorkerReport report = run_worker(line.jobs, line.results, work, {}, stop.get_token());
    CHECK(report.done == 1);
    CHECK(line.take_results() == std::vector<std::string>{"job 1"});
    CHECK(line.jobs.size() == 1);
}

TEST_CASE("a job hands on as many results as its work returns") {
    Line line{3};
    line.jobs.close();
    const auto work = [](int job) {
        return std::vector<std::string>(static_cast<std::size_t>(job - 1), spell(job));
    };
    const WorkerReport report = run_worker(line.jobs, line.results, work);
    CHECK(report.done == 3);
    CHECK(line.take_results() == std::vector<std::string>{"job 2", "job 3", "job 3"});
}

TEST_CASE("a job whose work throws goes back and comes again after a while") {
    Line line{1};
    line.jobs.close();
    int attempts = 0;
    const auto work = [&](int job) {
        if (++attempts < 3) throw std::runtime_error{"attempt " + std::to_string(attempts)};
        return spell(job);
    };
    std::vector<std::string> failures;
    WorkerOptions options;
    options.retry_after = 20ms;
    options.on_failure = [&](const std::exception& failure) { failures.push_back(failure.what()); };
    const auto begin = std::chrono::steady_clock::now();
    const WorkerReport report = run_worker(line.jobs, line.results, work, options);
    CHECK(std::chrono::steady_clock::now() - begin >= 2 * options.retry_after);
    CHECK(report.done == 1);
    CHECK(report.failed == 2);
    CHECK(failures == std::vector<std::string>{"attempt 1", "attempt 2"});
    CHECK(line.take_results() == std::vector<std::string>{"job 1"});
    CHECK(line.jobs.stats().releases == 2);
}

TEST_CASE("a job that waits for its next try does not hold up the others") {
    Line line{2};
    line.jobs.close();
    bool failed = false;
    const auto work = [&](int job) {
        if (job == 1 && !std::exchange(failed, true)) throw std::runtime_error{"not now"};
        return spell(job);
    };
    WorkerOptions options;
    options.retry_after = 100ms;
    CHECK(run_worker(line.jobs, line.results, work, options).done == 2);
    CHECK(line.take_results() == std::vector<std::string>{"job 2", "job 1"});
}

TEST_CASE("a job whose work throws each time is dead in the end, and the worker goes on") {
    Line line{2, {.deliveries_max = 3}};
    line.jobs.close();
    const auto work = [](int job) {
        if (job == 1) throw std::runtime_error{"never"};
        return spell(job);
    };
    WorkerOptions options;
    options.retry_after = 1ms;
    const WorkerReport report = run_worker(line.jobs, line.results, work, options);
    CHECK(report.done == 1);
    CHECK(report.failed == 3);
    CHECK(line.jobs.stats().dead == 1);
    CHECK(line.jobs.peek(1, handoff::ItemState::dead) == std::vector<int>{1});
}

TEST_CASE("a result that comes after its lease ended is refused, and the job is done again") {
    Line line{1};
    line.jobs.close();
    int attempts = 0;
    const auto work = [&](int job) {
        const bool first = ++attempts == 1;
        if (first && !eventually([&] { return line.jobs.stats().lapses == 1; })) {
            throw std::runtime_error{"the lease does not end"};
        }
        return spell(job) + ", attempt " + std::to_string(attempts);
    };
    // Short for the first attempt, which waits for its end, and long enough for the second.
    WorkerOptions options;
    options.lease.ttl = 300ms;
    const WorkerReport report = run_worker(line.jobs, line.results, work, options);
    CHECK(report.late == 1);
    CHECK(report.done == 1);
    CHECK(line.take_results() == std::vector<std::string>{"job 1, attempt 2"});
}

TEST_CASE("a worker whose results are refused throws, and the job in hand goes back") {
    Line line{1};
    line.results.close();
    CHECK(code_of([&] { return run_worker(line.jobs, line.results, spell); }) == errc::closed);
    CHECK(eventually([&] { return line.jobs.size() == 1; }));
}

TEST_CASE("a worker waits while the result queue is full") {
    World world;
    auto jobs = world.queue<int>("jobs");
    auto results = world.queue<std::string>("results", {.capacity = 1});
    jobs.put_many({1, 2, 3});
    jobs.close();
    Background worker{[&](std::stop_token) { return run_worker(jobs, results, spell); }};
    REQUIRE(eventually([&] { return jobs.stats().acks == 1 && jobs.stats().leased == 1; }));
    CHECK(results.stats().unfinished() == 1);
    for (int job = 1; job <= 3; ++job) CHECK(results.try_get_for(patience) == spell(job));
    CHECK(worker.result().done == 3);
}

TEST_CASE("workers share the jobs, and every result arrives once") {
    constexpr int count = 200;
    Line line{count};
    line.jobs.close();
    std::atomic<std::uint64_t> done{0};
    {
        std::vector<std::jthread> workers;
        for (int i = 0; i < 4; ++i) {
            workers.emplace_back([&] { done += run_worker(line.jobs, line.results, spell).done; });
        }
    }
    CHECK(done == count);
    std::vector<std::string> results = line.take_results();
    std::vector<std::string> expected;
    for (int job = 1; job <= count; ++job) expected.push_back(spell(job));
    std::sort(results.begin(), results.end());
    std::sort(expected.begin(), expected.end());
    CHECK(results == expected);
}

TEST_CASE("a worker that is killed between its work and its commit loses nothing") {
    const TemporaryFolder folder;
    handoff::Config config;
    config.manager.listen = {"ipc://" + (folder.path() / "socket").string()};
    config.manager.session_limit = 300ms;
    Line line{1, {}, config};
    handoff::Process worker{[&] {
        run_worker(line.jobs, line.results, [](int job) {
            std::raise(SIGKILL);
            return spell(job);
        });
    }};
    worker.start();
    REQUIRE(worker.join(patience));
    CHECK(worker.exit_code() == -SIGKILL);
    line.jobs.close();
    CHECK(run_worker(line.jobs, line.results, spell).done == 1);
    CHECK(line.take_results() == std::vector<std::string>{"job 1"});
    CHECK(line.jobs.stats().redeliveries == 1);
}
