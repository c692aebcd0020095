// What can be an item: structs, standard types, bytes, types of other forms, anything.
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "handoff/handoff.hpp"

enum class Level { info = 0, warning = 1, alarm = 2 };
MSGPACK_ADD_ENUM(Level)

struct Position {
    double latitude = 0;
    double longitude = 0;
    MSGPACK_DEFINE(latitude, longitude)
};

struct Message {
    Level level = Level::info;
    std::string text;
    std::optional<Position> position;
    std::map<std::string, std::vector<int>> readings;
    MSGPACK_DEFINE(level, text, position, readings)
};

struct OldOrder {
    int id = 0;
    MSGPACK_DEFINE(id)
};

struct Order {
    int id = 0;
    std::string currency = "EUR";  // new fields go to the end
    MSGPACK_DEFINE(id, currency)
};

/// A line of a log, which other programs read as text.
struct LogLine {
    std::string text;
};

template <>
struct handoff::Codec<LogLine> {
    static void encode(const LogLine& line, std::string& payload) { payload += line.text; }
    static LogLine decode(std::string_view payload) { return {std::string(payload)}; }
};

void use_a_struct(handoff::Client& client) {
    auto messages = client.queue<Message>("messages");
    messages.put({Level::alarm, "frost", Position{52.5, 13.4}, {{"road", {-2, -3}}}});
    const Message message = messages.get();
    std::cout << message.text << " at " << message.position->latitude << ", road "
              << message.readings.at("road").back() << '\n';
}

void grow(handoff::Client& client) {
    client.queue<OldOrder>("orders").put({7});  // a program that was not built anew
    const Order order = client.queue<Order>("orders").get();
    std::cout << "order " << order.id << " in " << order.currency << '\n';
}

void use_bytes(handoff::Client& client) {
    auto raw = client.queue<handoff::Bytes>("raw");
    raw.put(handoff::to_bytes("\x01\x02"));
    std::cout << raw.get().size() << " bytes\n";

    client.queue<LogLine>("log").put({"disk full"});
    std::cout << handoff::to_text(client.queue<handoff::Bytes>("log").get()) << '\n';
}

void look_at_anything(handoff::Client& client) {
    client.queue<int>("mixed").put(42);
    client.queue<std::string>("mixed").put("forty-two");
    auto mixed = client.queue<handoff::Dynamic>("mixed");
    while (const auto item = mixed.try_get()) {
        if (item->kind() == handoff::Dynamic::Kind::integer) {
            std::cout << "a number: " << item->as<int>() << '\n';
        } else {
            std::cout << "a text: " << item->as<std::string>() << '\n';
        }
    }
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};

    use_a_struct(client);
    grow(client);
    use_bytes(client);
    look_at_anything(client);
}
