#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "chaos/record/history.hpp"
#include "handoff/client.hpp"
#include "handoff/codec.hpp"
#include "handoff/config.hpp"

namespace chaos {

enum class Role : std::uint8_t { manager, rival, producer, consumer };
/// How a producer puts.
enum class PutMode : std::uint8_t { stream, many, single, keyed };
/// How a consumer takes.
enum class TakeMode : std::uint8_t { stream, many, single, get };

/// What one process of the chaos is told to be: this program again, with these as its arguments.
struct Orders {
    Role role = Role::manager;
    std::filesystem::path history;
    std::string endpoint;  ///< where the manager is, or listens by ipc
    std::string queue;
    std::uint8_t durability = 0;
    std::uint8_t mode = 0;
    std::uint32_t number = 0;  ///< of this life; its items bear it
    std::string data;          ///< a manager's
    std::uint64_t data_reserve = 0;

    [[nodiscard]] std::vector<std::string> words() const;
    static Orders read(const std::vector<std::string>& words);

    [[nodiscard]] handoff::Config config() const;
    [[nodiscard]] handoff::QueueOptions queue_options() const;
};

/// How a process ends of itself.
inline constexpr int ends_well = 0;
inline constexpr int ends_astray = 3;   ///< an error that should not be
inline constexpr int ends_refused = 4;  ///< a rival: the store is in use
inline constexpr int ends_served = 5;   ///< a rival: it was let in

int serve(const Orders& orders);
int challenge(const Orders& orders);
int produce(const Orders& orders);
int consume(const Orders& orders);

inline constexpr std::size_t item_bytes = 100;
handoff::Bytes item_of(ItemName name);
ItemName name_of(const handoff::Bytes& item);

/// Whether a worker meets this error on a bad day.
bool is_bad_day(handoff::errc code);

/// Opens the queue, as often as it takes. False: told to end before that.
bool open_queue(const Orders& orders, const History& history, handoff::Client& client,
                handoff::Queue<handoff::Bytes>& queue);

}  // namespace chaos
