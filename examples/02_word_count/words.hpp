#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace word_count {

using Counts = std::map<std::string, std::uint64_t>;

/// A word is a run of letters and digits, in lower case. What is not ASCII counts as letters, so
/// that words in UTF-8 hold together. A longer run than this counts as several words, so that any
/// text can be cut near any place.
inline constexpr std::size_t word_bytes_max = 64;

Counts count_words(std::string_view text);

void add(Counts& sum, const Counts& part);

/// How much of the text can be cut off without parting a word that goes on behind it.
std::size_t whole_words(std::string_view text);

}  // namespace word_count
