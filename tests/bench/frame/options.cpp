#include "bench/frame/options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <string_view>

#include "bench/frame/item.hpp"

namespace handoff::bench {

namespace {

constexpr std::array all_works{"throughput", "roundtrip", "sync",    "fan",          "threads",
                               "depth",      "queues",    "clients", "leases",       "waiters",
                               "memory",     "objects",   "durable", "durable_sync", "recovery"};
/// Those that need no manager, and that can do without anything but ours.
constexpr std::array simple_works{"throughput", "roundtrip", "sync"};

std::uint64_t number(const std::string& option, const std::string& text, std::uint64_t least,
                     std::uint64_t most) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
        throw std::invalid_argument(option + " " + text + ": a number from " +
                                    std::to_string(least) + " to " + std::to_string(most) +
                                    " is wanted");
    }
    return value;
}

/// The value itself; throws unless it is among `known`.
std::string one_of(const std::string& option, const std::string& text,
                   std::initializer_list<std::string_view> known) {
    if (std::ranges::find(known, text) != known.end()) return text;
    std::string list;
    for (const std::string_view each : known) list += " " + std::string(each);
    throw std::invalid_argument(option + " " + text + ": there is" + list);
}

/// "curve" is tcp with keys.
void set_transport(Options& options, const std::string& option, const std::string& text) {
    one_of(option, text, {"inproc", "ipc", "tcp", "curve"});
    options.curve = text == "curve";
    options.transport = text == "inproc" ? Scheme::inproc
                        : text == "ipc"  ? Scheme::ipc
                                         : Scheme::tcp;
}

std::vector<Engine> engines(const std::string& option, const std::string& text) {
    one_of(option, text, {"managed", "direct", "both"});
    if (text == "both") return {Engine::managed, Engine::direct};
    return {text == "direct" ? Engine::direct : Engine::managed};
}

using Setter = std::function<void(Options&, const std::string& option, const std::string& text)>;

const std::map<std::string, Setter>& setters() {
    constexpr std::uint64_t many = 1'000'000'000;
    static const std::map<std::string, Setter> setters{
        {"--size", [](auto& o, auto& name,
                      auto& text) { o.size = number(name, text, item_bytes_min, 16 << 20); }},
        {"--transport", set_transport},
        {"--engine", [](auto& o, auto& name, auto& text) { o.engines = engines(name, text); }},
        {"--type",
         [](auto& o, auto& name, auto& text) {
             o.text = one_of(name, text, {"bytes", "string"}) == "string";
         }},
        {"--count", [](auto& o, auto& name, auto& text) { o.count = number(name, text, 1, many); }},
        {"--largest",
         [](auto& o, auto& name, auto& text) { o.largest = number(name, text, 1, many); }},
        {"--runs", [](auto& o, auto& name,
                      auto& text) { o.runs = static_cast<unsigned>(number(name, text, 1, 1000)); }},
        {"--limit",
         [](auto& o, auto& name, auto& text) {
             o.limit = std::chrono::seconds(number(name, text, 1, 86'400));
         }},
        {"--only", [](auto& o, auto&, auto& text) { o.only = text; }},
        {"--json", [](auto& o, auto&, auto& text) { o.json = text; }},
    };
    return setters;
}

}  // namespace

Options parse_options(const std::vector<std::string>& words) {
    Options options;
    for (auto word = words.begin(); word != words.end(); ++word) {
        if (*word == "--help" || *word == "-h") {
            options.help = true;
            return options;
        }
        if (const auto setter = setters().find(*word); setter != setters().end()) {
            if (word + 1 == words.end()) throw std::invalid_argument(*word + " wants a value");
            setter->second(options, *word, *(word + 1));
            ++word;
        } else if (*word == "all") {
            options.works.assign(all_works.begin(), all_works.end());
            options.brief = true;
        } else if (std::ranges::find(all_works, *word) != all_works.end()) {
            options.works.push_back(*word);
        } else {
            throw std::invalid_argument(*word + ": neither a work nor an option; see --help");
        }
    }
    if (options.works.empty()) throw std::invalid_argument("say which work to do; see --help");
    const bool direct = std::ranges::find(options.engines, Engine::direct) != options.engines.end();
    if (direct && options.curve) throw std::invalid_argument("--engine: direct knows no keys");
    for (const std::string& work : options.works) {
        const bool simple = std::ranges::find(simple_works, work) != simple_works.end();
        if (direct && !simple) {
            throw std::invalid_argument("--engine: " + work + " is about a manager");
        }
        if (options.curve && !simple) {
            throw std::invalid_argument("--transport curve: " + work + " does not know it");
        }
    }
    return options;
}

std::string usage() {
    return R"(handoff-bench WORK... [OPTION VALUE]...

Measures Handoff beside what it stands on: the same work, run by run in turn, and the ratios.
Every run is verified: the count, the order and the content of what arrived.

Works:
  throughput   from one producer to one consumer, as fast as it goes
  roundtrip    there by one queue and back by another, one item at a time
  sync         one thread puts an item and gets it, again and again
  fan          4 to 4, 1 to 8 and 8 to 1 beside 1 to 1
  threads      8 threads of one client put, 8 of another get, beside one that does both in turn
  depth        throughput while 10^3 to 10^7 items are in the queue
  queues       sync over 1 to 10,000 queues in turn
  clients      sync by 1 to 1,000 clients in turn
  leases       sync while up to a million items of the queue are leased
  waiters      sync while up to 10,000 calls wait at another queue
  memory       bytes of the manager for each item in a queue
  objects      locks, values and dictionaries beside those of Python's Manager
  durable      items streamed into a queue that syncs, beside bare writes of the same sizes
  durable_sync one put at a time into such a queue, by one client and by 16
  recovery     a manager that begins with ten million items; both on the disk of TMPDIR
  all          each of them, in a short form

Options:
  --size N         bytes of an item, from 16 (default 100)
  --transport T    inproc, ipc or tcp (default ipc); or curve: ours over tcp, with keys beside
                   without, of throughput, roundtrip and sync
  --engine E       managed (default), direct, or both: throughput, roundtrip and sync know direct
  --type T         what our items are: bytes (default), or string beside these
  --count N        items or operations of a run (default: a second's worth or so)
  --largest N      of depth, queues, clients, leases, waiters: no more than so many
  --runs N         of each contender; they take turns (default 5)
  --only TEXT      only contenders with this in their names, and the baseline
  --limit N        seconds after which a run has failed (default 300)
  --json FILE      also writes all runs, the machine and the versions there

Examples:
  handoff-bench throughput
  handoff-bench throughput --transport tcp --size 65536 --json tcp_64k.json
  handoff-bench roundtrip sync --runs 9
  handoff-bench depth --largest 1000000 --json depth.json
  handoff-bench-plot *.json > picture.svg

The settings of our managers and clients may be given as in any program of the kit, in a file that
HANDOFF_CONFIG names or by variables: HANDOFF__MANAGER__SPIN=false handoff-bench sync

Exit status: 0 done, 1 a run was wrong or did not end, 2 the command line is not understood.
)";
}

}  // namespace handoff::bench
