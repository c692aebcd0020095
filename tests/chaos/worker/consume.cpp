#include <chrono>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "chaos/worker/orders.hpp"
#include "handoff/commit.hpp"

namespace chaos {

using handoff::Bytes;
using handoff::errc;
using handoff::Lease;
using namespace std::chrono_literals;

namespace {

class Taking {
public:
    Taking(const Orders& orders, History& history, handoff::Queue<Bytes>& queue)
        : orders_{orders}, history_{history}, queue_{queue}, random_{orders.number} {}

    void work() {
        switch (static_cast<TakeMode>(orders_.mode)) {
            case TakeMode::stream: return stream();
            case TakeMode::many: return batches();
            case TakeMode::single: return singles();
            case TakeMode::get: return gets();
        }
    }

private:
    static constexpr std::uint64_t flush_every = 1000;
    static constexpr std::uint32_t batch = 200;
    static constexpr std::uint32_t one_in = 50;  ///< is given back

    /// An item within a run.
    struct Place {
        std::uint64_t record = 0;
        std::uint64_t offset = 0;
    };

    [[nodiscard]] bool goes_on() const {
        return history_.header().told_to_end.load() == 0 && !history_.almost_full();
    }
    [[nodiscard]] Record& record_of(Place place) const { return history_.at(place.record); }

    Place given(const Bytes& item, std::uint64_t token, bool first_time);
    Place given(const Lease<Bytes>& lease) {
        return given(*lease, lease.token(), lease.deliveries() == 1);
    }
    void begin_ack(Place place) const { record_of(place).begun.store(place.offset + 1); }
    void confirm_ack(Place place) const {
        record_of(place).finished.store(place.offset + 1);
        record_of(place).ended.store(now_ns());
    }
    void note(Kind kind, errc code, ItemName item, std::uint64_t token) {
        history_.add(kind, item, [&](Record& record) {
            record.code = static_cast<std::int32_t>(code);
            record.token = token;
            record.count.store(1);
        });
    }
    void note(Kind kind, errc code, Place place) {
        const Record& run = record_of(place);
        note(kind, code, {run.producer, run.first + place.offset}, run.token + place.offset);
    }
    static void bear(const handoff::Error& error) {
        if (!is_bad_day(error.code())) throw error;
    }

    void stream();
    void settle(handoff::Consumer<Bytes>& consumer);
    void refused(std::uint64_t token, errc code);
    void batches();
    void singles();
    void gets();

    const Orders& orders_;
    History& history_;
    handoff::Queue<Bytes>& queue_;
    std::minstd_rand random_;
    std::map<std::uint32_t, std::uint64_t> runs_;  ///< the latest of each producer
    std::vector<Place> unsettled_;                 ///< the last item of each run, stream only
    std::uint64_t taken_ = 0;
};

Taking::Place Taking::given(const Bytes& item, std::uint64_t token, bool first_time) {
    const ItemName name = name_of(item);
    history_.header().progress.fetch_add(1);
    const auto known = runs_.find(name.producer);
    if (known != runs_.end()) {
        Record& run = history_.at(known->second);
        const std::uint64_t count = run.count.load();
        if (run.first + count == name.number && run.token + (token == 0 ? 0 : count) == token &&
            (run.first_time != 0) == first_time) {
            run.count.store(count + 1);
            return {known->second, count};
        }
    }
    history_.add(Kind::given, name, [&](Record& record) {
        record.token = token;
        record.first_time = first_time ? 1 : 0;
        record.count.store(1);
    });
    runs_[name.producer] = history_.size() - 1;
    return {history_.size() - 1, 0};
}

void Taking::refused(std::uint64_t token, errc code) {
    for (const Place& last : unsettled_) {
        const Record& run = record_of(last);
        if (token < run.token || token > run.token + last.offset) continue;
        return note(Kind::undone, code, {last.record, token - run.token});
    }
    // It was settled, they said: a note that fits nothing, for the checker to find.
    note(Kind::undone, code, {~0u, 0}, token);
}

void Taking::settle(handoff::Consumer<Bytes>& consumer) {
    for (bool done = false; !done;) {
        const InCall call{history_};
        done = consumer.try_flush_for(1s);
    }
    for (const Place& last : unsettled_) confirm_ack(last);
    unsettled_.clear();
}

void Taking::stream() {
    handoff::Consumer<Bytes> consumer = queue_.consumer({.credit = 1024});
    errc astray = errc::ok;
    consumer.on_error([&](std::uint64_t token, const handoff::Error& error) {
        refused(token, error.code());
        if (!is_bad_day(error.code())) astray = error.code();
    });
    while (goes_on()) {
        try {
            Lease<Bytes> lease;
            {
                const InCall call{history_};
                lease = consumer.try_lease_for(1s);
            }
            if (lease) {
                const Place place = given(lease);
                if (random_() % (one_in * 20) == 0) {
                    note(Kind::released, errc::ok, place);
                    begin_ack(place);  // those behind it are not to hide that they began
                    lease.release();
                } else {
                    begin_ack(place);
                    lease.ack();
                }
                if (!unsettled_.empty() && unsettled_.back().record == place.record) {
                    unsettled_.back() = place;
                } else {
                    unsettled_.push_back(place);
                }
                if (++taken_ % flush_every == 0) settle(consumer);
            }
            if (astray != errc::ok) throw handoff::Error(astray, "an acknowledgement went astray");
        } catch (const handoff::Error& error) {
            bear(error);
        }
    }
    settle(consumer);
}

void Taking::batches() {
    while (goes_on()) {
        std::vector<Place> places;
        try {
            std::vector<Lease<Bytes>> leases;
            {
                const InCall call{history_};
                leases = queue_.try_lease_many_for(batch, 1s);
            }
            for (const Lease<Bytes>& lease : leases) places.push_back(given(lease));
            if (leases.empty()) continue;
            handoff::Commit commit;
            for (Lease<Bytes>& lease : leases) commit.ack(lease);
            for (const Place& place : places) begin_ack(place);
            const InCall call{history_};
            if (commit.try_run_for(5s)) {
                for (const Place& place : places) confirm_ack(place);
            } else {
                for (const Place& place : places) note(Kind::released, errc::full, place);
            }
        } catch (const handoff::Error& error) {
            for (const Place& place : places) note(Kind::undone, error.code(), place);
            bear(error);
        }
    }
}

void Taking::singles() {
    while (goes_on()) {
        Place place;
        bool held = false;
        try {
            Lease<Bytes> lease;
            {
                const InCall call{history_};
                lease = queue_.try_lease_for(1s);
            }
            if (!lease) continue;
            place = given(lease);
            held = true;
            const InCall call{history_};
            if (random_() % one_in == 0) {
                note(Kind::released, errc::ok, place);
                lease.release();
            } else {
                begin_ack(place);
                lease.ack();
                confirm_ack(place);
            }
        } catch (const handoff::Error& error) {
            if (held) note(Kind::undone, error.code(), place);
            bear(error);
        }
    }
}

void Taking::gets() {
    while (goes_on()) {
        try {
            const InCall call{history_};
            history_.header().get_runs.store(1);
            const std::optional<Bytes> item = queue_.try_get_for(1s);
            if (item) begin_ack(given(*item, 0, false));
            history_.header().get_runs.store(0);
        } catch (const handoff::Error& error) {
            history_.header().get_runs.store(0);
            bear(error);
        }
    }
}

}  // namespace

int consume(const Orders& orders) {
    History history{orders.history};
    history.header().ready.store(1);
    handoff::Client client{orders.config()};
    handoff::Queue<Bytes> queue;
    if (open_queue(orders, history, client, queue)) Taking{orders, history, queue}.work();
    history.header().ended.store(1);
    return ends_well;
}

}  // namespace chaos
