// chaos: real processes on a bad day, and a checker that classes every item. See
// docs/guarantees.md.
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "chaos/field/field.hpp"

using namespace chaos;

namespace {

constexpr const char* usage =
    "usage: chaos [--for 60s|10m] [--kills-min N] [--seed N] [--keep] [--explain]\n";

[[noreturn]] void refuse(const std::string& why) {
    std::fprintf(stderr, "chaos: %s\n%s", why.c_str(), usage);
    std::exit(2);
}

std::uint64_t number(const std::string& option, const std::string& text, std::string* unit) {
    char* end = nullptr;
    const std::uint64_t value = std::strtoull(text.c_str(), &end, 10);
    if (text.empty() || end == text.c_str() || (unit == nullptr && *end != '\0')) {
        refuse(option + " wants a number, not \"" + text + "\"");
    }
    if (unit != nullptr) *unit = end;
    return value;
}

Settings settings_of(const std::vector<std::string>& words) {
    Settings settings;
    bool kills_said = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& option = words[i];
        if (option == "--keep" || option == "--explain") {
            (option == "--keep" ? settings.keep : settings.explain) = true;
            continue;
        }
        if (i + 1 == words.size()) refuse("what about \"" + option + "\"?");
        const std::string& value = words[++i];
        if (option == "--for") {
            std::string unit;
            const std::uint64_t count = number(option, value, &unit);
            if (unit != "s" && unit != "m") refuse("--for wants a time, as 60s or 10m");
            settings.time = std::chrono::seconds{count * (unit == "m" ? 60 : 1)};
        } else if (option == "--kills-min") {
            settings.kills_min = number(option, value, nullptr);
            kills_said = true;
        } else if (option == "--seed") {
            settings.seed = number(option, value, nullptr);
        } else {
            refuse("there is no option \"" + option + "\"");
        }
    }
    // Some 1.7 a second: a thousand in ten minutes, a hundred in one.
    if (!kills_said) {
        settings.kills_min = static_cast<std::uint64_t>(settings.time.count()) / 600;
    }
    return settings;
}

int act(const std::vector<std::string>& words) {
    const Orders orders = Orders::read(words);
    ::prctl(PR_SET_NAME, "chaos worker");
    try {
        switch (orders.role) {
            case Role::manager: return serve(orders);
            case Role::rival: return challenge(orders);
            case Role::producer: return produce(orders);
            case Role::consumer: return consume(orders);
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "chaos: process %u of %s, queue %s: %s\n", orders.number,
                     orders.history.c_str(), orders.queue.c_str(), error.what());
    }
    return ends_astray;
}

int play(const Settings& settings) {
    std::string pattern = (std::filesystem::temp_directory_path() / "chaos-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) refuse("no temporary folder");
    const std::filesystem::path folder = pattern;
    int result = 1;
    {
        Field field{settings, folder};
        field.run();
        const Verdict verdict = field.verdict();
        std::printf("%s", table(settings, field.tally(), verdict).c_str());
        for (const auto& [reason, example] : verdict.examples) {
            if (settings.explain) std::printf("%s: %s\n", reason.c_str(), example.c_str());
        }
        for (const std::string& offence : verdict.offences) std::printf("%s\n", offence.c_str());
        for (const std::string& text : field.tally().violations) {
            std::printf("violation: %s\n", text.c_str());
        }
        const bool good = verdict.good() && field.tally().violations.empty() &&
                          field.tally().kills >= settings.kills_min;
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(settings.seed),
                    good ? "all promises kept" : "PROMISES BROKEN");
        result = good ? 0 : 1;
    }
    if (!settings.keep) {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    return result;
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words{arguments + 1, arguments + count};
    if (!words.empty() && words[0].starts_with("@")) return act(words);
    return play(settings_of(words));
}
