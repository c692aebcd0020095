#include "simulation/promises/ledger.hpp"

#include <algorithm>

namespace handoff::core::sim {

ItemNumber Ledger::make_item(std::size_t queue, const Columns& columns, Maker maker,
                             std::uint64_t sequence) {
    Item& item = items_.emplace_back();
    item.number = items_.size();
    item.queue = queue;
    item.columns = columns;
    item.maker = maker;
    item.sequence = sequence;
    return item.number;
}

Item& Ledger::item(ItemNumber number) {
    if (number == 0 || number > items_.size()) {
        broken(Promise::never_lost, "an item came out that nobody ever put");
    }
    return items_[number - 1];
}

void Ledger::put_ends(ItemNumber number, End end, Time now) {
    Item& item = this->item(number);
    --item.puts_open;
    switch (end) {
        case End::done:
            ++confirmed;
            item.confirmed = true;
            item.confirmed_at = std::min(item.confirmed_at, now);
            if (!item.entered) {
                broken(Promise::never_lost,
                       name_of(item) + " was confirmed, and the manager never said so");
            }
            break;
        case End::not_done: ++refused; break;
        case End::unknown:
            ++unsure;
            item.put_unsure = true;
            break;
    }
    if (item.surely_absent() && (item.entered || item.was_taken_out)) {
        broken(Promise::never_twice,
               "the put of " + name_of(item) + " was said to be surely not done, and was done");
    }
}

void Ledger::handed_out(ItemNumber number, const std::string& to) {
    ++hand_outs;
    const Item& item = this->item(number);
    if (item.surely_absent()) {
        broken(Promise::never_lost, name_of(item) + " was handed to " + to +
                                        " although its put was said to be surely not done");
    }
}

void Ledger::ack_ends(ItemNumber number, End end) {
    Item& item = this->item(number);
    --item.acks_open;
    if (end == End::unknown) item.ack_unsure = true;
    if (end != End::done) return;
    ++acked;
    if (++item.acked > 1 && !item.may_come_again) {
        broken(Promise::never_twice, name_of(item) + " was acknowledged twice, with success");
    }
}

}  // namespace handoff::core::sim
