// Work whose results are counted once, however its workers end.
#include <chrono>
#include <iostream>
#include <sstream>
#include <string>

#include "handoff/handoff.hpp"

using namespace std::chrono_literals;

struct Line {
    int number = 0;
    std::string text;
    MSGPACK_DEFINE(number, text)
};

void one_result(handoff::Queue<Line> lines, handoff::Queue<int> lengths) {
    while (auto line = lines.try_lease()) {
        const int length = static_cast<int>(line->text.size());
        line.ack_and_put(lengths, length);  // both or neither
    }
}

void many_results(handoff::Queue<Line> lines, handoff::Queue<std::string> words,
                  handoff::Queue<int> finished) {
    while (auto line = lines.try_lease()) {
        handoff::Commit commit;
        commit.ack(line);
        std::istringstream text{line->text};
        for (std::string word; text >> word;) commit.put(words, word);
        commit.put(finished, line->number);
        commit.run();  // all of it or nothing
    }
}

void come_too_late(handoff::Queue<Line> lines, handoff::Queue<int> lengths) {
    lines.put({3, "once"});
    auto stopped = lines.lease({.ttl = 50ms});  // a process that is stopped for longer than this
    auto other = lines.lease();                 // somebody else is given the line
    other.ack_and_put(lengths, 4);
    try {
        stopped.ack_and_put(lengths, 4);
    } catch (const handoff::Error& error) {
        std::cout << "refused: " << to_string(error.code()) << '\n';
    }
    std::cout << lengths.size() << " length of line 3\n";
}

int main() {
    const handoff::Config config = handoff::Config::load();
    handoff::Manager manager{config};
    handoff::Client client{config};
    auto lines = client.queue<Line>("lines");
    auto lengths = client.queue<int>("lengths");
    auto words = client.queue<std::string>("words");
    auto finished = client.queue<int>("finished");

    lines.put({1, "both or neither"});
    one_result(lines, lengths);
    std::cout << "length " << lengths.get() << '\n';

    lines.put({2, "all of it or nothing"});
    many_results(lines, words, finished);
    std::cout << words.size() << " words of line " << finished.get() << '\n';

    come_too_late(lines, lengths);
}
