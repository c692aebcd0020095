#include "settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "words.hpp"

namespace word_count {

namespace {

// Where the sources lie: WORD_COUNT_FOLDER comes from the build.
const std::string folder = WORD_COUNT_FOLDER;

/// The licence texts that every Debian has; elsewhere the texts of this example.
std::string default_directory() {
    const std::string licences = "/usr/share/common-licenses";
    return std::filesystem::is_directory(licences) ? licences : folder + "/texts";
}

double number(const std::string& option, const std::string& text, double least, double most) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(value >= least && value <= most)) {
        throw std::invalid_argument(option + " does not go with \"" + text + '"');
    }
    return value;
}

void set_option(Settings& settings, const std::string& option, const std::string& value) {
    if (option == "--workers") {
        settings.workers = static_cast<unsigned>(number(option, value, 1, 1000));
    } else if (option == "--chunk") {
        constexpr auto least = static_cast<double>(2 * word_bytes_max);
        settings.chunk_bytes = static_cast<std::size_t>(number(option, value, least, 1u << 20));
    } else if (option == "--die-after-computing") {
        settings.die = number(option, value, 0, 0.9);
    } else {
        throw std::invalid_argument("unknown option " + option);
    }
}

}  // namespace

const char* const usage =
    "usage: word_count [ROLE] [DIRECTORY] [OPTION VALUE]...\n"
    "  ROLE         all (default), produce, work or collect\n"
    "  DIRECTORY    what to count in, with all below it; default: licence texts of the system\n"
    "  --workers N                worker processes; default: one per core, at least 2\n"
    "  --chunk BYTES              how much text a worker gets at a time; default: 8192\n"
    "  --die-after-computing P    at a share P of chunks the worker dies before it hands on\n"
    "What carries the queues is set in the file that HANDOFF_CONFIG names; default: handoff.toml\n"
    "beside the sources of this example.\n";

Settings read_arguments(int argc, char** argv) {
    Settings settings;
    settings.workers = std::max(2u, std::thread::hardware_concurrency());
    std::vector<std::string> words(argv + 1, argv + argc);
    const std::set<std::string> roles{"all", "produce", "work", "collect"};
    auto word = words.begin();
    if (word != words.end() && roles.contains(*word)) settings.role = *word++;
    for (; word != words.end(); ++word) {
        if (*word == "--help") {
            settings.role = "help";
        } else if (!word->starts_with("-") && settings.directory.empty()) {
            settings.directory = *word;
        } else {
            const bool last = word + 1 == words.end();
            const std::string& option = *word;
            set_option(settings, option, last ? "" : *++word);
        }
    }
    if (settings.directory.empty()) settings.directory = default_directory();
    if (!std::filesystem::is_directory(settings.directory)) {
        throw std::invalid_argument("there is no directory " + settings.directory);
    }
    return settings;
}

handoff::Config read_config() {
    const char* named = std::getenv("HANDOFF_CONFIG");
    if (named != nullptr && *named != '\0') return handoff::Config::load();
    return handoff::Config::load(folder + "/handoff.toml");
}

}  // namespace word_count
