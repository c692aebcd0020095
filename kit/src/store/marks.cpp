#include "store/marks.hpp"

#include <algorithm>

#include "store/bytes.hpp"

namespace handoff::store {

Marks Marks::from(std::uint32_t items, std::string_view value) {
    Marks marks(items);
    ByteReader in(value);
    std::uint32_t end = 0;
    for (auto left = in.number<std::uint32_t>(); left > 0; --left) {
        Back back;
        back.offset = in.number<std::uint32_t>();
        back.count = in.number<std::uint32_t>();
        back.deliveries = in.number<std::uint32_t>();
        back.due = in.time();
        back.loan.token = in.number<std::uint64_t>();
        back.loan.holder = in.number<std::uint64_t>();
        back.loan.lease = core::Millis{in.number<std::int64_t>()};
        back.loan.held = in.flag();
        if (back.offset < end || back.count > items - std::min(items, back.offset)) {
            throw Error(errc::store_failed, "marks of items that are not there");
        }
        end = back.end();
        marks.backs_.push_back(back);
    }
    if (in.rest().size() != marks.done_.size()) {
        throw Error(errc::store_failed, "marks of another row");
    }
    marks.done_ = in.rest();
    return marks;
}

std::string Marks::value() const {
    ByteWriter out;
    out.number(static_cast<std::uint32_t>(backs_.size()));
    for (const Back& back : backs_) {
        out.number(back.offset);
        out.number(back.count);
        out.number(back.deliveries);
        out.time(back.due);
        out.number(back.loan.token);
        out.number(back.loan.holder);
        out.number(std::int64_t{back.loan.lease.count()});
        out.flag(back.loan.held);
    }
    out.raw(done_);
    return out.take();
}

std::uint32_t Marks::next(std::uint32_t item, std::uint32_t end, bool done) const noexcept {
    while (item < end && is_done(item) != done) ++item;
    return item;
}

std::uint32_t Marks::set_done(std::uint32_t offset, std::uint32_t count) noexcept {
    std::uint32_t fresh = 0;
    for (std::uint32_t item = offset; item < offset + count; ++item) {
        if (is_done(item)) continue;
        char& byte = done_[item / 8];
        byte = static_cast<char>(static_cast<unsigned char>(byte) | 1u << item % 8);
        ++fresh;
    }
    return fresh;
}

void Marks::set_back(Back back) {
    std::vector<Back> kept;
    kept.reserve(backs_.size() + 2);
    for (const Back& old : backs_) {
        if (old.offset < back.offset) {
            kept.push_back(old);
            kept.back().count = std::min(old.end(), back.offset) - old.offset;
        }
        if (old.end() > back.end()) {
            kept.push_back(old);
            kept.back().offset = std::max(old.offset, back.end());
            kept.back().count = old.end() - kept.back().offset;
            if (old.loan.token != 0) kept.back().loan.token += kept.back().offset - old.offset;
        }
    }
    kept.push_back(back);
    std::sort(kept.begin(), kept.end(),
              [](const Back& a, const Back& b) { return a.offset < b.offset; });
    backs_ = std::move(kept);
}

}  // namespace handoff::store
