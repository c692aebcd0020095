#include "bench/frame/item.hpp"

#include <algorithm>
#include <cstring>

namespace handoff::bench {

namespace {

// number, producer and size, then a pattern; the last word of a longer item depends on the number.
constexpr std::size_t number_at = 0;
constexpr std::size_t producer_at = 8;
constexpr std::size_t size_at = 12;
constexpr std::size_t word = 8;
constexpr std::size_t words_summed = 64;

template <typename T>
void store(char* at, T value) {
    std::memcpy(at, &value, sizeof value);
}

template <typename T>
T load(const char* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

}  // namespace

Maker::Maker(std::uint32_t producer, std::size_t size) : producer_(producer), body_(size) {
    std::uint32_t state = producer + 1;
    for (char& byte : body_) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24);
    }
}

void Maker::write(char* to, std::uint64_t number) const {
    std::memcpy(to, body_.data(), body_.size());
    store(to + producer_at, producer_);
    store(to + size_at, static_cast<std::uint32_t>(body_.size()));
    renumber(to, number);
}

void Maker::renumber(char* item, std::uint64_t number) const {
    store(item + number_at, number);
    if (body_.size() >= item_bytes_min + word) {
        store(item + body_.size() - word, number * 0x9e3779b97f4a7c15U);
    }
}

std::uint64_t checksum(std::string_view item) noexcept {
    if (item.size() < word) return item.size();
    const std::size_t step = std::max(word, item.size() / words_summed / word * word);
    const std::size_t last = item.size() - word;
    std::uint64_t sum = load<std::uint64_t>(item.data() + last);
    for (std::size_t at = 0; at < last; at += step) {
        sum += load<std::uint64_t>(item.data() + at) * (2 * at + 1);
    }
    return sum;
}

Tally::Tally(unsigned producers, std::size_t size) : size_(size), next_(producers, 0) {}

void Tally::take(std::string_view item) noexcept {
    ++count_;
    if (item.size() != size_ || load<std::uint32_t>(item.data() + size_at) != size_) {
        ++damaged_;
        return;
    }
    const auto producer = load<std::uint32_t>(item.data() + producer_at);
    const auto number = load<std::uint64_t>(item.data() + number_at);
    if (producer >= next_.size()) {
        ++damaged_;
        return;
    }
    if (number < next_[producer]) ++disordered_;
    next_[producer] = std::max(next_[producer], number + 1);
    sum_ += checksum(item);
}

std::uint64_t sum_of(const Numbers& numbers, std::size_t size) {
    const Maker maker(numbers.producer, size);
    std::vector<char> item(size);
    maker.write(item.data(), numbers.first);
    std::uint64_t sum = 0;
    for (std::uint64_t number = numbers.first; number < numbers.first + numbers.count; ++number) {
        maker.renumber(item.data(), number);
        sum += checksum({item.data(), size});
    }
    return sum;
}

}  // namespace handoff::bench
