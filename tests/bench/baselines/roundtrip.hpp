#pragma once

#include <string>

#include "bench/frame/run.hpp"
#include "bench/frame/stopwatch.hpp"

namespace handoff::bench {

/// Times `exchange(item, watch)`, once for each item: between watch.start() and watch.stop() it
/// sends the item and waits for what comes back, which it returns as a std::string_view.
template <typename Exchange>
void exchange_all(const Setting& setting, Board& board, Exchange exchange) {
    const Maker maker(0, setting.size);
    std::string item(setting.size, '\0');
    maker.write(item.data(), 0);
    Tally tally(1, setting.size);
    Stopwatch watch(setting.count);
    board.ready();
    board.begins();
    for (std::uint64_t number = 0; number < setting.count; ++number) {
        maker.renumber(item.data(), number);
        tally.take(exchange(item, watch));
    }
    watch.tell(board, tally);
}

}  // namespace handoff::bench
