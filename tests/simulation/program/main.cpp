// simulate: lives through seeds, and says which of them break a promise. See docs/simulation.md.
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "simulation/world/world.hpp"

using namespace handoff::core::sim;

namespace {

struct Options {
    std::uint64_t seeds = 1000;
    std::uint64_t first = 1;
    std::optional<std::uint64_t> seed;
    unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
    bool trace = false;
    KnownBug bug = KnownBug::none;
    std::string bug_name;
};

constexpr const char* usage =
    "usage: simulate [--seeds N] [--first S] [--jobs J] [--bug NAME]\n"
    "       simulate --seed S [--trace] [--bug NAME]\n";

[[noreturn]] void refuse(const std::string& why) {
    std::fprintf(stderr, "simulate: %s\n%s", why.c_str(), usage);
    std::exit(2);
}

KnownBug bug_named(std::string_view name) {
    std::string all;
    for (const BugInfo& each : known_bugs()) {
        if (each.name == name) return each.bug;
        all += " " + std::string(each.name);
    }
    refuse("there is no known bug \"" + std::string(name) + "\"; there are" + all);
}

std::uint64_t number(const std::string& option, const std::string& text) {
    char* end = nullptr;
    const std::uint64_t value = std::strtoull(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0') refuse(option + " wants a number, not \"" + text + "\"");
    return value;
}

Options parse(const std::vector<std::string>& arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& option = arguments[i];
        if (option == "--trace") {
            options.trace = true;
            continue;
        }
        if (i + 1 == arguments.size()) refuse("nothing is known of " + option + " alone");
        const std::string& value = arguments[++i];
        if (option == "--seeds") {
            options.seeds = number(option, value);
        } else if (option == "--first") {
            options.first = number(option, value);
        } else if (option == "--seed") {
            options.seed = number(option, value);
        } else if (option == "--jobs") {
            options.jobs = static_cast<unsigned>(number(option, value));
        } else if (option == "--bug") {
            options.bug = bug_named(value);
            options.bug_name = value;
        } else {
            refuse("nothing is known of " + option);
        }
    }
    return options;
}

void print(std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
}

int run_one(const Options& options) {
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // should a machine abort, its story is told
    const Result result =
        run(*options.seed, options.bug, options.trace ? Trace::Reader(print) : Trace::Reader());
    if (result.broken) {
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(result.seed),
                    result.text.c_str());
        return 1;
    }
    std::printf(
        "seed %llu: all promises kept; %llu items confirmed, %llu handed out, %llu "
        "acknowledged, %llu outcomes unknown\n",
        static_cast<unsigned long long>(result.seed),
        static_cast<unsigned long long>(result.confirmed),
        static_cast<unsigned long long>(result.hand_outs),
        static_cast<unsigned long long>(result.acked),
        static_cast<unsigned long long>(result.unsure));
    return 0;
}

/// Many seeds, in several threads, each of which takes the next.
class Campaign {
public:
    explicit Campaign(const Options& options) : options_(options), next_(options.first) {}

    int run_all() {
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < options_.jobs; ++i) threads.emplace_back([this] { work(); });
        for (std::thread& thread : threads) thread.join();
        std::printf(
            "%llu seeds, %llu of them broke a promise; %.0f hours were lived through, %llu "
            "events, %llu items confirmed, %llu handed out, %llu acknowledged, %llu "
            "outcomes unknown, %llu sessions lost, %llu restarts of the manager\n",
            count(done_), count(failed_),
            std::chrono::duration<double, std::ratio<3600>>(sum_.simulated).count(),
            count(sum_.events), count(sum_.confirmed), count(sum_.hand_outs), count(sum_.acked),
            count(sum_.unsure), count(sum_.sessions_lost), count(sum_.lives - done_));
        return failed_ == 0 ? 0 : 1;
    }

private:
    static unsigned long long count(std::uint64_t value) { return value; }

    void work() {
        for (;;) {
            const std::uint64_t seed = next_++;
            if (seed >= options_.first + options_.seeds) return;
            const Result result = run(seed, options_.bug);
            const std::lock_guard lock(mutex_);
            add(result);
        }
    }

    void add(const Result& result) {
        ++done_;
        sum_.events += result.events;
        sum_.confirmed += result.confirmed;
        sum_.hand_outs += result.hand_outs;
        sum_.acked += result.acked;
        sum_.unsure += result.unsure;
        sum_.sessions_lost += result.sessions_lost;
        sum_.lives += result.lives;
        sum_.simulated += result.simulated;
        if (result.broken) {
            ++failed_;
            std::printf("seed %llu: %s\n  replay it with: simulate --seed %llu --trace%s\n",
                        count(result.seed), result.text.c_str(), count(result.seed),
                        options_.bug_name.empty() ? "" : (" --bug " + options_.bug_name).c_str());
        }
        const std::uint64_t step = std::max<std::uint64_t>(options_.seeds / 10, 1);
        if (done_ % step == 0 || result.broken) {
            std::printf("  %llu of %llu seeds\n", count(done_), count(options_.seeds));
            std::fflush(stdout);
        }
    }

    const Options& options_;
    std::atomic<std::uint64_t> next_;
    std::mutex mutex_;
    std::uint64_t done_ = 0;
    std::uint64_t failed_ = 0;
    Result sum_;
};

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse({argv + 1, argv + argc});
    return options.seed ? run_one(options) : Campaign(options).run_all();
}
