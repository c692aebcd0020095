#include "files.hpp"
#include "roles.hpp"

namespace word_count {

namespace {

void put_all(handoff::Queue<Chunk>& jobs, const Settings& settings) {
    for (const std::string& file : files_below(settings.directory)) {
        for_each_piece(file, settings.chunk_bytes, [&](const std::string& text) {
            jobs.put({file, text});
        });
    }
}

}  // namespace

int produce(const handoff::Config& config, const Settings& settings) {
    Queues queues{config};
    try {
        put_all(queues.jobs, settings);
    } catch (...) {
        queues.jobs.close_now();  // or the others would wait for the rest of a stream for ever
        queues.results.close_now();
        throw;
    }
    queues.jobs.close();     // workers drain it and end
    queues.jobs.join();      // every chunk is counted, and its tally is in `results`:
    queues.results.close();  // the collector drains that and ends
    return 0;
}

}  // namespace word_count
