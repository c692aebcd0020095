#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "bench/frame/options.hpp"
#include "bench/program/comparison.hpp"
#include "bench/program/json.hpp"
#include "bench/program/report.hpp"

namespace handoff::bench {
namespace {

/// A folder for sockets, removed with all that is in it.
class TemporaryFolder {
public:
    TemporaryFolder() {
        path_ = (std::filesystem::temp_directory_path() / "handoff-bench-XXXXXX").string();
        if (::mkdtemp(path_.data()) == nullptr) {
            throw std::system_error(errno, std::generic_category(), path_);
        }
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

/// One line on standard error, if that is a terminal, that says what runs now.
class Progress {
public:
    ~Progress() { show(""); }
    void show(const std::string& text) const {
        if (terminal_) std::fprintf(stderr, "\r\033[K%s", text.c_str());
    }

private:
    bool terminal_ = ::isatty(STDERR_FILENO) != 0;
};

/// Each contender once, then each a second time, and so on: what changes on the machine meanwhile
/// changes for all of them.
void run_all(Comparison& comparison, unsigned runs, const Options& options) {
    const Progress progress;
    static unsigned serial = 0;
    for (unsigned round = 1; round <= runs; ++round) {
        for (Entry& entry : comparison.entries) {
            if (!entry.absent.empty()) continue;
            progress.show(comparison.work + ", run " + std::to_string(round) + " of " +
                          std::to_string(runs) + ": " + entry.contender.name);
            entry.contender.setting.name = "run" + std::to_string(++serial);
            for (const Entry& other : comparison.entries) {
                if (other.contender.name != entry.batches_of || other.runs.empty()) continue;
                const double bytes = other.runs.back().bytes_per_sync;
                entry.contender.setting.batch = static_cast<std::size_t>(bytes);
            }
            entry.runs.push_back(run(entry.contender, options.limit));
        }
    }
}

void interrupt(int /*signal*/) {
    interrupted = true;
}

void catch_signals() {
    struct sigaction action {};
    action.sa_handler = interrupt;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

int measure(const Options& options, const std::string& command) {
    catch_signals();
    const TemporaryFolder folder;
    std::vector<Comparison> comparisons;
    for (const std::string& work : options.works) {
        comparisons.push_back(comparison_of(work, options, folder.path()));
        run_all(comparisons.back(), options.runs.value_or(options.brief ? 3 : 5), options);
        std::printf("%s\n", table_of(comparisons.back()).c_str());
        std::fflush(stdout);
    }
    if (!options.json.empty()) write_json(options.json, comparisons, options, command);
    return EXIT_SUCCESS;
}

}  // namespace
}  // namespace handoff::bench

int main(int argc, char** argv) {
    using namespace handoff::bench;
    std::string command = "handoff-bench";
    for (int i = 1; i < argc; ++i) command += std::string(" ") + argv[i];
    try {
        const Options options = parse_options({argv + 1, argv + argc});
        if (options.help) {
            std::fputs(usage().c_str(), stdout);
            return EXIT_SUCCESS;
        }
        return measure(options, command);
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "handoff-bench: %s\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "handoff-bench: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
