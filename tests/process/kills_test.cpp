// Consumers and producers are killed at all sorts of moments; a ledger shows how the items fared.
#include <chrono>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "handoff/client.hpp"
#include "handoff/manager.hpp"
#include "process/children.hpp"
#include "process/ledger.hpp"
#include "process/places.hpp"
#include "process/tethered.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

using handoff::Client;
using handoff::errc;
using handoff::Lease;
using handoff::Manager;
using handoff::Queue;
using handoff::QueueStats;
using handoff::test::Background;
using handoff::test::eventually;
using handoff::test::gets_wait;
using namespace std::chrono_literals;
using Deed = Ledger::Deed;
using Item = Ledger::Item;

namespace {

constexpr int rounds = 4;
constexpr int victims_at_once = 5;

/// One queue, those who are killed at it, and in this process those who are not.
///
/// On a busy machine a session of 300 ms may end although its process is well. So everybody bears
/// the errors that say this.
class Field {
public:
    explicit Field(std::string scheme)
        : scheme_{std::move(scheme)},
          place_{scheme_},
          manager_{place_.config},
          client_{place_.config} {}

    [[nodiscard]] Queue<Item>& queue() { return queue_; }
    [[nodiscard]] const Ledger& ledger() const { return ledger_; }
    [[nodiscard]] QueueStats stats() const { return manager_.stats().queues.at(0); }
    /// Whether all sessions but those of the killed lived on.
    [[nodiscard]] bool calm() const { return manager_.stats().sessions_lost <= kills_; }

    /// Every other victim uses the handle that it inherits, the rest have clients of their own.
    template <typename Work>
    void start_victim(Work work) {
        inherits_ = !inherits_;
        victims_.push_back(std::make_unique<Tethered>([this, work, inherits = inherits_] {
            if (inherits) {
                work(queue_);
            } else {
                Client own{place_.config};
                work(own.queue<Item>("q"));
            }
        }));
    }
    void kill_victim(std::size_t number) {
        victims_.at(number)->kill();
        ++kills_;
        victims_.erase(victims_.begin() + static_cast<std::ptrdiff_t>(number));
    }
    void kill_victims() {
        while (!victims_.empty()) kill_victim(victims_.size() - 1);
    }
    [[nodiscard]] std::size_t victims() const { return victims_.size(); }

    void put_one(Queue<Item>& queue, std::uint32_t producer, std::uint32_t number) const {
        const Item item = Item{producer} << 32 | number;
        ledger_.note(Deed::begins_to_put, item);
        if (code_of([&] { queue.put(item); }) == errc::ok) ledger_.note(Deed::has_put, item);
    }
    void put(std::uint32_t producer, std::uint32_t count) {
        for (std::uint32_t number = 0; number < count; ++number) put_one(queue_, producer, number);
    }

    /// Leases and acknowledges; false: stopped.
    bool finish_one(Queue<Item>& queue, std::stop_token stop = {}) const {
        try {
            Lease<Item> lease = queue.lease({}, std::move(stop));
            if (!lease) return false;
            ledger_.note(Deed::was_given, *lease);
            lease.ack();
            ledger_.note(Deed::has_finished, *lease);
        } catch (const handoff::Error& error) {
            if (error.code() != errc::session_lost && error.code() != errc::lease_lapsed) throw;
        }
        return true;
    }
    [[nodiscard]] std::unique_ptr<Background<bool>> consumer() {
        return std::make_unique<Background<bool>>([this](std::stop_token stop) {
            while (finish_one(queue_, stop)) {
            }
            return true;
        });
    }

    void finish_until(std::uint64_t acks) {
        while (stats().acks < acks) finish_one(queue_);
    }

    /// The end: kills who is left, has everything finished that can be, and checks.
    Ledger::Sums settle();

private:
    std::string scheme_;
    HastyPlace place_;
    Ledger ledger_;
    Manager manager_;
    Client client_;
    Queue<Item> queue_ = client_.queue<Item>("q", {.capacity = 50, .deliveries_max = 10'000});
    std::vector<std::unique_ptr<Tethered>> victims_;
    bool inherits_ = false;
    std::uint64_t kills_ = 0;
};

Ledger::Sums Field::settle() {
    kill_victims();
    // What the dead had is back then, and what they were about to put will not come any more.
    REQUIRE(eventually([&] { return manager_.stats().sessions == 1; }));
    const auto last = consumer();
    CHECK(queue_.try_join_for(handoff::test::patience));
    last->stop();
    CHECK(last->code() == errc::ok);
    const Ledger::Sums sums = ledger_.close();
    const QueueStats end = stats();
    std::cout << scheme_ << ": " << kills_ << " kills, " << sums << "; " << end.redeliveries
              << " redeliveries, " << manager_.stats().sessions_lost << " sessions lost\n";
    CHECK(sums.lost == 0);
    CHECK(sums.unexpected == 0);
    CHECK(sums.finished_twice == 0);
    CHECK(end.unfinished() == 0);
    CHECK(end.acks == end.puts);
    return sums;
}

}  // namespace

TEST_CASE("nothing is lost to consumers that are killed while they wait in get") {
    Field field{GENERATE(as<std::string>{}, "ipc", "tcp")};
    for (std::uint32_t round = 0; round < rounds; ++round) {
        for (int i = 0; i < victims_at_once; ++i) {
            field.start_victim(
                [&](Queue<Item> queue) { field.ledger().note(Deed::was_given, queue.get()); });
        }
        REQUIRE(gets_wait(field.queue(), victims_at_once));
        field.kill_victims();
        field.put(round, 2 * victims_at_once);  // the dead are first in line
        field.finish_until((round + 1) * 2 * victims_at_once);
    }
    const Ledger::Sums sums = field.settle();
    if (field.calm()) {
        CHECK(sums.ok == rounds * 2 * victims_at_once);
        CHECK(sums.duplicated == 0);
    }
}

TEST_CASE("what consumers had leased comes again when they are killed, and nothing else") {
    Field field{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const Pipe told;
    for (std::uint32_t round = 0; round < rounds; ++round) {
        field.put(round, 4 * victims_at_once);
        for (int i = 0; i < victims_at_once; ++i) {
            field.start_victim([&](Queue<Item> queue) {
                std::vector<Lease<Item>> leases = queue.lease_many(3);
                for (Lease<Item>& lease : leases) field.ledger().note(Deed::was_given, *lease);
                leases.at(0).ack();
                field.ledger().note(Deed::has_finished, *leases.at(0));
                told.send("h");
                ::pause();
            });
        }
        for (int i = 0; i < victims_at_once; ++i) REQUIRE(told.receive() == "h");
        field.kill_victims();
        field.finish_until((round + 1) * 4 * victims_at_once);
    }
    const Ledger::Sums sums = field.settle();
    if (field.calm()) {
        CHECK(sums.duplicated == rounds * victims_at_once * 2);
        CHECK(field.stats().redeliveries == sums.duplicated);
    }
}

TEST_CASE("what was confirmed is there, once, when producers are killed while they put") {
    Field field{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const auto consumer = field.consumer();
    std::minstd_rand random{1};
    std::uint32_t producer = 0;
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < victims_at_once; ++i) {
            field.start_victim([&, producer](Queue<Item> queue) {
                for (std::uint32_t number = 0;; ++number) field.put_one(queue, producer, number);
            });
            ++producer;
        }
        while (field.victims() > 0) {
            const std::uint64_t moment = field.stats().puts + random() % 200;
            REQUIRE(eventually([&] { return field.stats().puts > moment; }));
            field.kill_victim(random() % field.victims());
        }
    }
    consumer->stop();
    CHECK(consumer->code() == errc::ok);
    const Ledger::Sums sums = field.settle();
    if (field.calm()) CHECK(sums.duplicated == 0);
    CHECK(sums.recovered + sums.vanished <= producer);
}

TEST_CASE("nothing is lost when consumers and producers are killed and others take their places") {
    Field field{GENERATE(as<std::string>{}, "ipc", "tcp")};
    const auto consumer = field.consumer();
    std::minstd_rand random{2};
    std::uint32_t next = 0;
    const auto start_one = [&] {
        const std::uint32_t number_of_victim = next++;
        field.start_victim([&, number_of_victim](Queue<Item> queue) {
            for (std::uint32_t number = 0;; ++number) {
                if (number_of_victim % 2 == 0) {
                    field.put_one(queue, number_of_victim, number);
                } else {
                    field.finish_one(queue);
                }
            }
        });
    };
    for (int i = 0; i < 6; ++i) start_one();
    for (int kill = 0; kill < 30; ++kill) {
        const std::uint64_t moment = field.stats().puts + random() % 200;
        REQUIRE(eventually([&] { return field.stats().puts > moment; }));
        field.kill_victim(0);  // the oldest; so producers and consumers take turns
        start_one();
    }
    consumer->stop();
    CHECK(consumer->code() == errc::ok);
    static_cast<void>(field.settle());
}
