// A dictionary as a service: any number of servers, any number of clients, no addresses but the
// manager's.   service serve FILE | service define WORD | service words BEGIN | service health
#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include "handoff/patterns/service.hpp"

using handoff::patterns::Parts;

namespace {

/// Lines of "word: text".
std::map<std::string, std::string> read_words(const std::string& file) {
    std::map<std::string, std::string> words;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        const auto colon = line.find(": ");
        if (colon != std::string::npos) words[line.substr(0, colon)] = line.substr(colon + 2);
    }
    return words;
}

int serve(const handoff::Config& config, const std::string& file) {
    const auto words = read_words(file);
    handoff::Client client{config};
    handoff::patterns::Service service{client, "dictionary"};
    service.method("define", [&](const std::string& word) { return words.at(word); });
    service.stream("words", [&](Parts<std::string>& parts, const std::string& begin) {
        for (auto word = words.lower_bound(begin); word != words.end(); ++word) {
            if (!word->first.starts_with(begin)) break;
            parts.send(word->first);
        }
    });
    service.run();
    return 0;
}

int ask(const handoff::Config& config, const std::string& what, const std::string& word) {
    handoff::patterns::ServiceClient dictionary{config, "dictionary"};
    if (what == "define") {
        std::cout << dictionary.call<std::string>("define", word) << '\n';
    } else {
        for (const auto& each : dictionary.stream<std::string>("words", word)) {
            std::cout << each << '\n';
        }
    }
    return 0;
}

int health(const handoff::Config& config) {
    handoff::Client client{config};
    for (const auto& service : handoff::patterns::services(client)) {
        std::cout << service.name << ": " << service.servers << " servers, " << service.waiting
                  << " waiting, " << service.served << " served\n";
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto config = handoff::Config::load(SERVICE_FOLDER "/handoff.toml");
        const std::string what = argc > 1 ? argv[1] : "health";
        if (what == "health") return health(config);
        if (argc < 3) throw std::invalid_argument("service " + what + " needs one more word");
        return what == "serve" ? serve(config, argv[2]) : ask(config, what, argv[2]);
    } catch (const std::exception& error) {
        std::cerr << "service: " << error.what() << '\n';
        return 1;
    }
}
