// Two players, a parent and a child: one puts "Put", the other answers "Received". Whether the
// child is a process or a thread, and what carries the messages, is for the configuration to say.
//
//   ping_pong [ROUNDS [CONFIG]]

#include "ping_pong.hpp"

#include <exception>
#include <iostream>

namespace {

void play(const handoff::Config& config, long rounds) {
    const handoff::Manager manager{config};
    const std::string& endpoint = manager.endpoints().front();
    handoff::Client client{manager};
    const Messages puts = client.queue<std::string>("puts");
    const Messages answers = client.queue<std::string>("answers");

    OutMe out{puts};
    QMe in{answers};
    MProc child{puts, answers};
    child.begin(handoff::Endpoint::parse(endpoint).scheme);

    for (long round = 0; round < rounds; ++round) {
        out.do_put("Put");
        if (in.rec() != "Received") throw std::runtime_error{"that is not an answer"};
    }
    out.do_put("End");
    if (child.end() != 0) throw std::runtime_error{"the child came to a bad end"};
    std::cout << rounds << " rounds over " << endpoint << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const long rounds = argc > 1 ? std::stol(argv[1]) : 10;
        play(argc > 2 ? handoff::Config::load(argv[2]) : handoff::Config::load(), rounds);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "ping_pong: " << error.what() << "\nusage: ping_pong [ROUNDS [CONFIG]]\n";
        return 1;
    }
}
