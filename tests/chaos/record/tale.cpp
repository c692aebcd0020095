#include "chaos/record/tale.hpp"

namespace chaos {

std::string to_string(FaultKind kind) {
    switch (kind) {
        case FaultKind::killed: return "killed";
        case FaultKind::stopped: return "stopped";
        case FaultKind::cut: return "cut off";
        case FaultKind::black_hole: return "black-holed";
        case FaultKind::starved: return "out of descriptors";
        case FaultKind::disk_full: return "out of disk";
    }
    return "?";
}

std::vector<Entry> entries_of(const History& history) {
    std::vector<Entry> entries;
    for (std::uint64_t i = 0; i < history.size(); ++i) {
        const Record& from = history.at(i);
        Entry entry;
        entry.kind = from.kind;
        entry.producer = from.producer;
        entry.first = from.first;
        entry.token = from.token;
        entry.code = from.code;
        entry.first_time = from.first_time != 0;
        entry.count = from.count.load();
        entry.begun = from.begun.load();
        entry.finished = from.finished.load();
        entry.began = from.began;
        entry.ended = from.ended.load();
        entries.push_back(entry);
    }
    return entries;
}

}  // namespace chaos
