#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bench/frame/item.hpp"
#include "bench/frame/run.hpp"
#include "handoff/codec.hpp"

/// Items as the application's types: Bytes, or std::string.
namespace handoff::bench {

template <typename T>
char* data_of(T& item) {
    return reinterpret_cast<char*>(item.data());
}

template <typename T>
std::string_view view_of(const T& item) {
    return {reinterpret_cast<const char*>(item.data()), item.size()};
}

/// The producer's items, one after the other, in memory that is used again.
template <typename T>
class Items {
public:
    Items(std::uint32_t producer, std::size_t size, std::size_t at_a_time, std::uint64_t first = 0)
        : maker_(producer, size), items_(at_a_time, T(size, {})), number_(first) {
        for (T& item : items_) maker_.write(data_of(item), 0);
    }

    /// The next one.
    const T& next() {
        maker_.renumber(data_of(items_.front()), number_++);
        return items_.front();
    }

    /// The next so many, fewer at the end.
    const std::vector<T>& next_many(std::uint64_t left) {
        if (left < items_.size()) items_.resize(left);
        for (T& item : items_) maker_.renumber(data_of(item), number_++);
        return items_;
    }

private:
    Maker maker_;
    std::vector<T> items_;
    std::uint64_t number_;
};

/// How many items are put or taken at a time where the work does so: up to 256 KiB.
inline std::uint32_t batch_of(const Setting& setting) {
    return static_cast<std::uint32_t>(std::clamp<std::size_t>((256 << 10) / setting.size, 1, 1000));
}

/// Calls `with` for the type of item that was asked for.
template <typename With>
auto with_type(const Setting& setting, With with) {
    return setting.text ? with(std::string()) : with(Bytes());
}

}  // namespace handoff::bench
