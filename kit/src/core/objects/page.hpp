#pragma once

#include <cstdint>
#include <utility>

#include "core/objects/object.hpp"
#include "core/objects/snapshots.hpp"

namespace handoff::core::objects {

/// Which parts of entries a page has.
enum class PageOf : std::uint8_t { entries = 0, keys = 1, values = 2 };

/// The values of a page that is being written: as many as it may have, and at least one entry.
struct Page {
    std::size_t bytes_max = 0;
    PageOf what = PageOf::entries;
    std::size_t bytes = 0;
    std::vector<Packed> values;

    /// Whether an entry of so many bytes is still to come on this page.
    [[nodiscard]] bool takes(std::size_t more) const noexcept {
        return values.empty() || bytes + more <= bytes_max;
    }
    void add(const Packed& value) {
        bytes += value.size();
        values.push_back(value);
    }
};

/// The method `page` of any container. `Content` has fill(Page&, from): writes what fits, beginning
/// at that place (0: the first), and returns where to go on; 0: there is nothing more.
template <class Content>
Result page_of(Snapshots<Content>& snapshots, const Context& context, const Caller& caller,
               const Call& call, std::uint64_t version) {
    const Arguments given(call, 3);
    const auto number = static_cast<std::uint64_t>(given.number(0, 0));
    const auto from = static_cast<std::uint64_t>(given.number(1, 0));
    const std::int64_t what = given.number(2, 0);
    if (what < 0 || what > 2) throw Error(errc::invalid_argument, "a page of what?");
    auto snapshot = number == 0 ? snapshots.take(caller.session, version)
                                : snapshots.find(caller.session, number);
    Page page{context.page_bytes, static_cast<PageOf>(what), 0, {}};
    const std::uint64_t next = snapshot.content->fill(page, number == 0 ? 0 : from);
    Result result{errc::ok,
                  {to_number(snapshot.number), to_number(snapshot.version), to_number(next),
                   to_number(snapshot.content->size())},
                  std::move(page.values),
                  {}};
    if (next == 0) {
        snapshots.drop(snapshot.number);
    } else if (number == 0) {
        snapshots.keep(std::move(snapshot));
    }
    return result;
}

}  // namespace handoff::core::objects
