#include <algorithm>

#include "commands.hpp"
#include "handoff/client.hpp"
#include "lines.hpp"
#include "output.hpp"
#include "progress.hpp"
#include "value.hpp"

namespace handoff::tool {
namespace {

/// Items of one round trip.
constexpr std::uint32_t batch_max = 1000;

void put_lines(Queue<Bytes>& queue, const PutArguments& arguments, const PutOptions& options,
               Progress& progress, const std::stop_token& stop) {
    Lines lines(stop);
    for (;;) {
        const std::vector<std::string> some = lines.next();
        if (some.empty()) return;
        std::vector<Bytes> items;
        items.reserve(some.size());
        for (const std::string& line : some) items.push_back(parsed(line, arguments.json));
        queue.put_many(items, options, stop);
        progress.add(items.size());
    }
}

/// Prints what was leased and acknowledges it only then: what cannot be written goes back.
void print_and_ack(std::vector<Lease<Bytes>>& leases, bool json) {
    Commit commit;
    for (Lease<Bytes>& lease : leases) {
        print_line(printed(*lease, json));
        commit.ack(lease);
    }
    flush_output();
    commit.run();
}

/// Throws errc::invalid_argument for what is not NAME=VALUE.
Headers headers_of(const std::vector<std::string>& words) {
    Headers headers;
    for (const std::string& word : words) {
        const std::size_t end = word.find('=');
        if (end == std::string::npos) {
            throw Error(errc::invalid_argument,
                        "--header " + word + ": a header is written NAME=VALUE");
        }
        headers[word.substr(0, end)] = word.substr(end + 1);
    }
    return headers;
}

PutOptions options_of(const PutArguments& arguments) {
    const auto& values = arguments.values;
    if (!arguments.key.empty() && (values.size() > 1 || values.front() == "-")) {
        throw Error(errc::invalid_argument, "--key is for one item, and not for standard input");
    }
    PutOptions options;
    options.priority = arguments.priority;
    options.delay = arguments.delay;
    options.key = arguments.key;
    options.headers = headers_of(arguments.headers);
    return options;
}

}  // namespace

int put(const Setup& setup, const PutArguments& arguments, std::stop_token stop) {
    const PutOptions options = options_of(arguments);
    Client client(setup.config, setup.log);
    Queue<Bytes> queue = client.queue<Bytes>(arguments.queue);
    Progress progress("put");
    for (const std::string& value : arguments.values) {
        if (value == "-") {
            put_lines(queue, arguments, options, progress, stop);
        } else {
            queue.put(parsed(value, arguments.json), options, stop);
            progress.add(1);
        }
    }
    return exit_done;
}

int get(const Setup& setup, const GetArguments& arguments, std::stop_token stop) {
    Client client(setup.config, setup.log);
    Queue<Bytes> queue = client.queue<Bytes>(arguments.queue);
    Progress progress("get");
    while (arguments.follow || progress.items() < arguments.count) {
        // Never more than may still be printed: what others could have stays in the queue.
        const std::uint64_t wanted =
            arguments.follow ? batch_max : arguments.count - progress.items();
        const auto most = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, batch_max));
        std::vector<Lease<Bytes>> leases =
            arguments.timeout ? queue.try_lease_many_for(most, *arguments.timeout, {}, stop)
                              : queue.lease_many(most, {}, stop);
        if (leases.empty()) break;
        print_and_ack(leases, arguments.json);
        progress.add(leases.size());
    }
    const bool enough = arguments.follow || progress.items() >= arguments.count;
    return enough ? exit_done : exit_nothing;
}

int peek(const Setup& setup, const PeekArguments& arguments) {
    Client client(setup.config, setup.log);
    const Queue<Bytes> queue = client.queue<Bytes>(arguments.queue);
    const std::vector<Bytes> items = queue.peek(arguments.count, arguments.state);
    for (const Bytes& item : items) print_line(printed(item, arguments.json));
    flush_output();
    return items.empty() ? exit_nothing : exit_done;
}

}  // namespace handoff::tool
