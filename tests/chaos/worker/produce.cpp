#include <chrono>
#include <string>
#include <vector>

#include "chaos/worker/orders.hpp"

namespace chaos {

using handoff::Bytes;
using handoff::errc;
using namespace std::chrono_literals;

namespace {

class Putting {
public:
    Putting(const Orders& orders, History& history, handoff::Queue<Bytes>& queue)
        : orders_{orders},
          history_{history},
          queue_{queue},
          run_{history.add(Kind::put, {orders.number, 0}, [](Record&) {})} {}

    void work() {
        switch (static_cast<PutMode>(orders_.mode)) {
            case PutMode::stream: return stream();
            case PutMode::many: return batches();
            case PutMode::single: return singles();
            case PutMode::keyed: return keyed();
        }
    }

private:
    static constexpr std::uint64_t flush_every = 5000;
    static constexpr std::size_t batch = 500;

    [[nodiscard]] bool goes_on() const {
        return history_.header().told_to_end.load() == 0 && !history_.almost_full();
    }
    [[nodiscard]] Bytes next(std::uint64_t ahead = 0) const {
        return item_of({orders_.number, sent_ + ahead});
    }
    /// From now on they may be in the queue.
    void begin(std::uint64_t count) {
        sent_ += count;
        run_.count.store(sent_);
        run_.begun.store(sent_);
    }
    /// All that began is confirmed, but for what is noted otherwise.
    void confirm() {
        history_.header().progress.fetch_add(sent_ - run_.finished.load());
        run_.finished.store(sent_);
        run_.ended.store(now_ns());
    }
    void note(errc code, std::uint64_t first, std::uint64_t count) {
        const Kind kind = code == errc::outcome_unknown ? Kind::unknown : Kind::refused;
        Record& last = history_.at(history_.size() - 1);
        if (last.kind == kind && last.code == static_cast<std::int32_t>(code) &&
            last.first + last.count.load() == first) {
            last.count.fetch_add(count);
            return;
        }
        history_.add(kind, {orders_.number, first}, [&](Record& record) {
            record.code = static_cast<std::int32_t>(code);
            record.count.store(count);
        });
    }
    static void bear(errc code) {
        if (!is_bad_day(code)) {
            throw handoff::Error(code, "a put ended with " + std::string(to_string(code)));
        }
    }

    void stream();
    void batches();
    void singles();
    void keyed();

    const Orders& orders_;
    History& history_;
    handoff::Queue<Bytes>& queue_;
    Record& run_;
    std::uint64_t sent_ = 0;
};

void Putting::stream() {
    errc astray = errc::ok;
    handoff::Producer<Bytes> producer = queue_.producer();
    producer.on_error([&](const handoff::SendFailure& failure) {
        note(failure.code, failure.number - 1, 1);
        if (!is_bad_day(failure.code)) astray = failure.code;
    });
    while (goes_on()) {
        for (std::uint64_t i = 0; i < flush_every && goes_on(); ++i) {
            const Bytes item = next();
            const InCall call{history_};
            begin(1);
            bool sent = false;
            while (!sent && goes_on()) sent = producer.try_send_for(item, 1s);
            if (!sent) note(errc::full, sent_ - 1, 1);
        }
        bool done = false;
        while (!done) {
            const InCall call{history_};
            done = producer.try_flush_for(1s);
        }
        confirm();
        if (astray != errc::ok) bear(astray);
    }
}

void Putting::batches() {
    while (goes_on()) {
        std::vector<Bytes> items;
        for (std::size_t i = 0; i < batch; ++i) items.push_back(next(i));
        const std::uint64_t first = sent_;
        begin(batch);
        std::size_t put = 0;
        try {
            const InCall call{history_};
            put = queue_.try_put_many_for(items, 1s);
            if (put < batch) note(errc::full, first + put, batch - put);
        } catch (const handoff::Error& error) {
            // Some of the first may be in: only the error's text knows how many.
            note(errc::outcome_unknown, first, batch);
            bear(error.code());
        }
        confirm();
    }
}

void Putting::singles() {
    while (goes_on()) {
        const Bytes item = next();
        begin(1);
        try {
            const InCall call{history_};
            if (!queue_.try_put_for(item, 1s)) note(errc::full, sent_ - 1, 1);
        } catch (const handoff::Error& error) {
            note(error.code(), sent_ - 1, 1);
            bear(error.code());
        }
        confirm();
    }
}

void Putting::keyed() {
    while (goes_on()) {
        const Bytes item = next();
        const std::string key = std::to_string(orders_.number) + "-" + std::to_string(sent_);
        begin(1);
        for (bool done = false; !done;) {
            try {
                const InCall call{history_};
                done = queue_.try_put_for(item, 1s, {.key = key});
            } catch (const handoff::Error& error) {
                bear(error.code());
            }
            if (!done && !goes_on()) {
                note(errc::outcome_unknown, sent_ - 1, 1);
                done = true;
            }
        }
        confirm();
    }
}

}  // namespace

int produce(const Orders& orders) {
    History history{orders.history};
    history.header().ready.store(1);
    handoff::Client client{orders.config()};
    handoff::Queue<Bytes> queue;
    if (open_queue(orders, history, client, queue)) Putting{orders, history, queue}.work();
    history.header().ended.store(1);
    return ends_well;
}

}  // namespace chaos
