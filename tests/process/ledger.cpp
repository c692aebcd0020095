#include "process/ledger.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <ostream>

namespace {

struct Note {
    Ledger::Item item;
    Ledger::Deed deed;
    std::array<char, 7> rest;
};
static_assert(sizeof(Note) == 16, "a pipe keeps notes of one size together");

}  // namespace

Ledger::Ledger() : reader_{[this] { read(); }} {}

Ledger::~Ledger() {
    pipe_.close_writer();
    if (reader_.joinable()) reader_.join();
}

void Ledger::note(Deed deed, Item item) const {
    const Note note{item, deed, {}};
    pipe_.send({reinterpret_cast<const char*>(&note), sizeof note});
}

void Ledger::read() {
    std::array<Note, 256> notes{};
    for (;;) {
        const ssize_t bytes = ::read(pipe_.reader(), notes.data(), sizeof notes);
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes <= 0) return;
        const auto count = static_cast<std::size_t>(bytes) / sizeof(Note);
        for (std::size_t i = 0; i < count; ++i) {
            Entry& entry = entries_[notes.at(i).item];
            switch (notes.at(i).deed) {
                case Deed::begins_to_put: ++entry.begun; break;
                case Deed::has_put: ++entry.put; break;
                case Deed::was_given: ++entry.given; break;
                case Deed::has_finished: ++entry.finished; break;
            }
        }
    }
}

Ledger::Sums Ledger::close() {
    pipe_.close_writer();
    reader_.join();
    Sums sums;
    for (const auto& [item, entry] : entries_) {
        const bool given = entry.given > 0;
        if (entry.begun == 0) {
            ++sums.unexpected;
        } else if (entry.put > 0 && !given) {
            ++sums.lost;
        } else if (entry.put == 0) {
            ++(given ? sums.recovered : sums.vanished);
        } else if (entry.given == 1) {
            ++sums.ok;
        }
        if (entry.given > 1) sums.duplicated += entry.given - 1;
        if (entry.finished > 1) ++sums.finished_twice;
    }
    return sums;
}

std::ostream& operator<<(std::ostream& out, const Ledger::Sums& sums) {
    return out << "ok " << sums.ok << ", lost " << sums.lost << ", unexpected " << sums.unexpected
               << ", finished twice " << sums.finished_twice << ", duplicated " << sums.duplicated
               << ", recovered " << sums.recovered << ", vanished " << sums.vanished;
}
