#include <csignal>
#include <random>

#include "handoff/patterns/worker.hpp"

#include "roles.hpp"

namespace word_count {

int work(const handoff::Config& config, const Settings& settings) {
    Queues queues{config};
    std::mt19937 random{std::random_device{}()};
    std::bernoulli_distribution unlucky{settings.die};

    handoff::patterns::run_worker(queues.jobs, queues.results, [&](const Chunk& chunk) {
        Tally tally{chunk.file, count_words(chunk.text)};
        if (unlucky(random)) std::raise(SIGKILL);  // the worst moment: computed, not handed on
        return tally;
    });
    return 0;
}

}  // namespace word_count
