#include "files.hpp"
#include "roles.hpp"

namespace word_count {

int produce(const handoff::Config& config, const Settings& settings) {
    Queues queues{config};
    for (const std::string& file : files_below(settings.directory)) {
        for_each_piece(file, settings.chunk_bytes, [&](const std::string& text) {
            queues.jobs.put({file, text});
        });
    }
    queues.jobs.close();     // workers drain it and end
    queues.jobs.join();      // every chunk is counted, and its tally is in `results`:
    queues.results.close();  // the collector drains that and ends
    return 0;
}

}  // namespace word_count
