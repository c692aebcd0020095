#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "bench/baselines/contenders.hpp"
#include "bench/managed/contenders.hpp"
#include "bench/program/comparison.hpp"

namespace handoff::bench {

namespace {

using MakeRoles = std::vector<Role> (*)(const Setting&);

/// Adds the contenders of one work.
class Builder {
public:
    Builder(const Options& options, std::string folder, Comparison& comparison)
        : options_(options), comparison_(comparison) {
        setting_.transport = options.transport;
        setting_.size = options.size;
        setting_.folder = std::move(folder);
    }

    /// The number of items of a run, unless the command line says another.
    void set_count(std::uint64_t count) {
        setting_.count = options_.count.value_or(options_.brief ? count / 10 : count);
    }

    /// As `set_count`, for a work whose items travel as fast as they can: a second or so of them.
    void set_count_by_size() {
        set_count(std::clamp<std::uint64_t>((1U << 30) / (setting_.size + 400), 1000, 2'000'000));
    }

    /// One of ours.
    Entry& add(const std::string& name, MakeRoles roles) {
        Entry& entry = add_bare(name, roles);
        entry.ours = true;
        return entry;
    }

    /// One of ours for each engine that the command line names.
    void add_engines(const std::string& what, MakeRoles roles) {
        for (const Engine engine : options_.engines) {
            const std::string name = engine == Engine::direct ? "direct, " : "managed, ";
            add(name + what, roles).contender.setting.engine = engine;
        }
    }

    Entry& add_bare(const std::string& name, MakeRoles roles) {
        Entry entry;
        entry.contender.name = name;
        entry.contender.setting = setting_;
        entry.contender.roles = roles;
        comparison_.entries.push_back(std::move(entry));
        return comparison_.entries.back();
    }

    /// For one that takes so many times longer: as many items fewer.
    Entry& add_slow(const std::string& name, MakeRoles roles, std::uint64_t times) {
        Entry& entry = add_bare(name, roles);
        std::uint64_t& count = entry.contender.setting.count;
        count = std::max(count / times, std::min<std::uint64_t>(count, 100));
        return entry;
    }

    void add_python(MakeRoles roles, std::uint64_t times) {
        as_python(add_slow("Python Manager().Queue()", roles, times));
    }
    void add_python_of(const std::string& name, MakeRoles roles, const std::string& beside) {
        Entry& entry = add_bare(name, roles);
        as_python(entry);
        entry.beside = beside;
    }

    /// `largest`, unless the command line says less.
    [[nodiscard]] std::uint64_t largest(std::uint64_t largest) const {
        const std::uint64_t usual = options_.brief ? largest / 10 : largest;
        return std::min(usual, options_.largest.value_or(usual));
    }
    [[nodiscard]] std::size_t size() const { return setting_.size; }
    [[nodiscard]] bool measures(Engine engine) const {
        return std::ranges::find(options_.engines, engine) != options_.engines.end();
    }
    [[nodiscard]] bool inproc() const { return setting_.transport == Scheme::inproc; }
    [[nodiscard]] std::string raw_name() const {
        return setting_.transport == Scheme::tcp ? "tcp socket" : "unix socket";
    }

private:
    static void as_python(Entry& entry) {
        entry.contender.checked_itself = true;
        if (!python_is_there()) entry.absent = "not measured: there is no python3";
    }

    const Options& options_;
    Comparison& comparison_;
    Setting setting_;
};

/// Leaves ours, each without keys and with them.
void add_keys(Comparison& comparison) {
    std::vector<Entry> entries;
    for (Entry& entry : comparison.entries) {
        if (!entry.ours) continue;
        entry.beside = entry.contender.name;
        entries.push_back(entry);
        entries.push_back(entry);
        entries.back().contender.name += ", keys";
        entries.back().contender.setting.curve = true;
    }
    comparison.entries = std::move(entries);
    comparison.baseline = "the same without keys";
}

/// Sets the same contenders with strings beside those of ours.
void add_strings(Comparison& comparison) {
    std::vector<Entry> entries;
    for (const Entry& entry : comparison.entries) {
        entries.push_back(entry);
        if (!entry.ours) continue;
        entries.push_back(entry);
        entries.back().contender.name += ", strings";
        entries.back().contender.setting.text = true;
    }
    comparison.entries = std::move(entries);
}

/// The next number that so many can share.
std::uint64_t whole(std::uint64_t count, std::uint64_t shares) {
    return (count + shares - 1) / shares * shares;
}

/// One kind of operation on a shared object: by one thread, by four, by batches, and by Python.
struct Operation {
    const char* name;
    MakeRoles roles;
    const char* python;
    MakeRoles python_roles;
    MakeRoles batched;  ///< many calls in one message; null: not measured
};

Entry& add_operation(Builder& build, const Operation& operation, const std::string& how,
                     unsigned threads) {
    Entry& entry = build.add(operation.name + how, operation.roles);
    entry.contender.setting.producers = threads;
    entry.contender.setting.count = whole(entry.contender.setting.count, threads);
    entry.contender.checked_itself = true;
    entry.beside = build.inproc() ? operation.name : operation.python;
    return entry;
}

/// So many operations in one message.
void add_many_at_once(Builder& build, const Operation& operation, const std::string& where) {
    for (const unsigned many : {100U, 1000U}) {
        const std::string how = ", " + std::to_string(many) + where;
        Setting& setting = add_operation(build, operation, how, 1).contender.setting;
        setting.many = many;
        setting.count = whole(setting.count * many / 10, many);
    }
}

void throughput(Builder& build, Comparison& comparison) {
    comparison.baseline = "PUSH/PULL";
    build.set_count_by_size();
    build.add_engines("streams", streams);
    build.add_engines("streams, auto_ack", streams_auto_ack);
    build.add_engines("put_many/get_many", put_many_get_many);
    // By commits, which direct queues do not have.
    if (build.measures(Engine::managed))
        build.add("managed, put_many/lease_many", put_many_lease_many);
    build.add_bare(comparison.baseline, push_pull);
    build.add_bare("PUSH/PULL, 100 a message", packed_push_pull);
    if (build.inproc()) {
        build.add_bare("PAIR", pair);
        build.add_slow("ROUTER queue", router_queue, 4);
        return;
    }
    build.add_bare("PUSH/PULL by zmq_proxy", proxied_push_pull);
    build.add_slow("ROUTER queue", router_queue, 4);
    build.add_bare(build.raw_name(), raw_socket);
    build.add_bare(build.raw_name() + " by a relay", raw_relay);
    build.add_python(python_queue, 200);
}

void roundtrip(Builder& build, Comparison& comparison) {
    comparison.unit = "there and back";
    comparison.figure = Figure::roundtrip;
    comparison.baseline = "ROUTER queue";
    build.set_count(5000);
    build.add_engines("put and get", managed_roundtrip);
    build.add_engines("streams", streams_roundtrip);
    build.add_bare(comparison.baseline, router_roundtrip);
    build.add_bare("PUSH/PULL, one each way", push_pull_roundtrip);
    build.add_bare("REQ/REP", req_rep);
    if (build.inproc()) {
        build.add_bare("PAIR", pair_roundtrip);
        return;
    }
    build.add_bare(build.raw_name(), raw_roundtrip);
    build.add_python(python_roundtrip, 2);
}

void sync(Builder& build, Comparison& comparison) {
    comparison.unit = "put + get";
    comparison.baseline = "ROUTER queue";
    build.set_count(5000);
    build.add_engines("put and get", managed_sync);
    build.add_engines("put, lease and ack", managed_sync_lease);
    build.add_bare(comparison.baseline, router_sync);
    if (!build.inproc()) build.add_python(python_sync, 2);
}

/// The same work for other numbers of producers and consumers.
void add_fan(Builder& build, const std::string& how, MakeRoles roles) {
    constexpr std::pair<unsigned, unsigned> shapes[] = {{1, 1}, {4, 4}, {1, 8}, {8, 1}};
    for (const auto& [producers, consumers] : shapes) {
        Contender& contender =
            build
                .add(how + ", " + std::to_string(producers) + " to " + std::to_string(consumers),
                     roles)
                .contender;
        contender.setting.producers = producers;
        contender.setting.consumers = consumers;
        contender.arrivals = consumers;
        // What a consumer has fetched and not taken goes to one that waits: behind later items.
        contender.gives_back = roles == streams && consumers > 1;
        contender.setting.count = whole(contender.setting.count, producers);
    }
}

void fan(Builder& build, Comparison& comparison) {
    comparison.baseline = "streams, 1 to 1";
    build.set_count_by_size();
    add_fan(build, "streams", streams);
    add_fan(build, "put_many/lease_many", put_many_lease_many);
}

void threads(Builder& build, Comparison& comparison) {
    comparison.unit = "put + get";
    comparison.baseline = "1 thread, put and get in turn";
    build.set_count(20'000);
    for (const unsigned threads : {1U, 2U, 4U, 8U, 16U}) {
        const std::string name = std::to_string(threads);
        Entry& entry = build.add(name + " put, " + name + " get", plain_threads);
        Contender& contender = entry.contender;
        contender.setting.producers = threads;
        contender.setting.consumers = threads;
        contender.setting.count = whole(contender.setting.count, threads);
        contender.arrivals = threads;
        entry.at = threads;
    }
    build.add_slow(comparison.baseline, managed_sync, 4).ours = true;
}

/// Powers of ten from `first` to `last`, or to what the command line says.
std::vector<std::uint64_t> powers(const Builder& build, std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> powers;
    for (std::uint64_t power = first; power <= build.largest(last); power *= 10) {
        powers.push_back(power);
    }
    if (powers.empty()) powers.push_back(build.largest(last));
    return powers;
}

void depth(Builder& build, Comparison& comparison) {
    build.set_count_by_size();
    for (const std::uint64_t depth : powers(build, 1000, 10'000'000)) {
        Entry& entry = build.add("behind " + std::to_string(depth) + " items", managed_depth);
        entry.contender.setting.already = depth;
        entry.contender.arrivals = 2;
        entry.at = depth;
    }
    comparison.baseline = comparison.entries.front().contender.name;
}

void add_many(Builder& build, Comparison& comparison, const std::string& of_what, MakeRoles roles,
              std::uint64_t last) {
    comparison.unit = "put + get";
    build.set_count(5000);
    for (const std::uint64_t many : powers(build, 1, last)) {
        Entry& entry = build.add(of_what + ": " + std::to_string(many), roles);
        entry.contender.setting.many = static_cast<unsigned>(many);
        entry.at = many;
    }
    comparison.baseline = comparison.entries.front().contender.name;
}

void queues(Builder& build, Comparison& comparison) {
    add_many(build, comparison, "queues", managed_queues, 10'000);
}

void clients(Builder& build, Comparison& comparison) {
    add_many(build, comparison, "clients", managed_clients, 1000);
}

void leases(Builder& build, Comparison& comparison) {
    add_many(build, comparison, "leases", managed_leases, 1'000'000);
}

void waiters(Builder& build, Comparison& comparison) {
    add_many(build, comparison, "waiters", managed_waiters, 10'000);
}

void memory(Builder& build, Comparison& comparison) {
    comparison.unit = "memory an item";
    comparison.figure = Figure::memory;
    comparison.baseline = "the item itself";
    comparison.baseline_is = static_cast<double>(build.size());
    build.set_count(1'000'000);
    Entry& entry = build.add("managed, put_many", managed_memory);
    if (build.inproc()) entry.absent = "not measured: over inproc all share one process";
}

/// Ours, and a loop that does nothing but to write the same bytes in the same number of syncs.
void durable(Builder& build, Comparison& comparison) {
    comparison.baseline = "write and fdatasync";
    build.set_count_by_size();
    const std::string ours = "streams, fsync";
    build.add(ours, durable_stream).contender.setting.durability = Durability::fsync;
    Entry& bare = build.add_bare(comparison.baseline, disk_writes);
    bare.contender.checked_itself = true;
    bare.batches_of = ours;
}

void objects(Builder& build, Comparison& comparison) {
    constexpr unsigned threads = 4;
    comparison.unit = "operations";
    comparison.baseline = build.inproc() ? "one thread" : "Python's of the same kind";
    build.set_count(8000);
    const Operation operations[] = {
        {"lock and unlock", object_lock, "Python Lock()", python_lock, nullptr},
        {"value add", object_add, "Python Value() += 1", python_add, object_add},
        {"dict put and get", object_dict, "Python dict() = and []", python_dict,
         object_dict_calls}};
    for (const Operation& operation : operations) {
        add_operation(build, operation, "", 1);
        add_operation(build, operation, ", 4 threads", threads);
        if (operation.roles == object_lock) {
            const Operation guarded{"lock by a guard", object_guard, operation.python, nullptr,
                                    nullptr};
            add_operation(build, guarded, "", 1);
            add_operation(build, guarded, ", 4 threads", threads);
        }
        if (operation.roles == object_dict) add_many_at_once(build, operation, " a call");
        if (operation.batched != nullptr) {
            add_many_at_once(
                build, {operation.name, operation.batched, operation.python, nullptr, nullptr},
                " a batch");
        }
        if (build.inproc()) continue;
        build.add_python_of(operation.python, operation.python_roles, operation.python);
        if (operation.roles != object_add) continue;
        build.add_python_of("Python Value().set()", python_set, operation.python);
    }
}

void durable_sync(Builder& build, Comparison& comparison) {
    comparison.unit = "put";
    comparison.baseline = "write and fdatasync";
    build.set_count(4000);
    for (const unsigned clients : {1U, 16U}) {
        Setting& setting = build
                               .add("put, fsync, " + std::to_string(clients) +
                                        (clients == 1 ? " client" : " clients"),
                                    durable_puts)
                               .contender.setting;
        setting.durability = Durability::fsync;
        setting.producers = clients;
        setting.count = whole(setting.count * (clients == 1 ? 1 : 4), clients);
    }
    build.add_bare(comparison.baseline, disk_writes).contender.checked_itself = true;
}

void recovery(Builder& build, Comparison& comparison) {
    comparison.baseline = "reading as many bytes";
    build.set_count(10'000'000);
    build.add("opening a store", durable_recovery).contender.setting.durability = Durability::fsync;
    build.add_bare(comparison.baseline, disk_read).contender.checked_itself = true;
}

using Work = void (*)(Builder&, Comparison&);

const std::map<std::string, Work>& works() {
    static const std::map<std::string, Work> works{
        {"throughput", throughput},
        {"roundtrip", roundtrip},
        {"sync", sync},
        {"fan", fan},
        {"threads", threads},
        {"depth", depth},
        {"queues", queues},
        {"clients", clients},
        {"leases", leases},
        {"waiters", waiters},
        {"memory", memory},
        {"objects", objects},
        {"durable", durable},
        {"durable_sync", durable_sync},
        {"recovery", recovery},
    };
    return works;
}

}  // namespace

std::vector<double> Entry::figures(Figure figure) const {
    std::vector<double> figures;
    for (const Outcome& run : runs) {
        switch (figure) {
            case Figure::rate:
                figures.push_back(static_cast<double>(contender.setting.count) / run.seconds);
                break;
            case Figure::roundtrip: figures.push_back(run.p50_us); break;
            case Figure::memory: figures.push_back(run.bytes_per_item); break;
        }
    }
    return figures;
}

Comparison comparison_of(const std::string& work, const Options& options,
                         const std::string& folder) {
    Comparison comparison;
    comparison.work = work;
    comparison.title = work + ", " + std::to_string(options.size) + " B, " +
                       std::string(to_string(options.transport));
    Builder build(options, folder, comparison);
    works().at(work)(build, comparison);
    if (options.text) add_strings(comparison);
    if (options.curve) add_keys(comparison);
    std::set<std::string> wanted{comparison.baseline};
    for (const Entry& entry : comparison.entries) {
        if (entry.contender.name.find(options.only) == std::string::npos) continue;
        wanted.insert({entry.contender.name, entry.beside});
    }
    std::erase_if(comparison.entries,
                  [&](const Entry& entry) { return !wanted.contains(entry.contender.name); });
    return comparison;
}

}  // namespace handoff::bench
