// Counts words: a producer cuts files into chunks, workers count, a collector adds up. Everything
// goes through two queues, and nothing is lost or counted twice, also when workers are killed.

#include <exception>
#include <iostream>

#include "roles.hpp"

namespace {

int run(const handoff::Config& config, const word_count::Settings& settings) {
    if (settings.role == "produce") return word_count::produce(config, settings);
    if (settings.role == "work") return word_count::work(config, settings);
    if (settings.role == "collect") return word_count::collect(config, settings);
    if (settings.role == "help") return std::cout << word_count::usage, 0;
    return word_count::run_all(config, settings);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(word_count::read_config(), word_count::read_arguments(argc, argv));
    } catch (const std::invalid_argument& error) {
        std::cerr << "word_count: " << error.what() << '\n' << word_count::usage;
    } catch (const std::exception& error) {
        std::cerr << "word_count: " << error.what() << '\n';
    }
    return 1;
}
