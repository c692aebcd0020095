#include "words.hpp"

#include <algorithm>

namespace word_count {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool in_word(char c) {
    const char low = lower(c);
    const bool ascii = (static_cast<unsigned char>(c) & 0x80u) == 0;
    return !ascii || (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

Counts count_words(std::string_view text) {
    Counts counts;
    std::string word;
    const auto end_word = [&] {
        if (!word.empty()) ++counts[word];
        word.clear();
    };
    for (const char c : text) {
        if (!in_word(c) || word.size() == word_bytes_max) end_word();
        if (in_word(c)) word += lower(c);
    }
    end_word();
    return counts;
}

void add(Counts& sum, const Counts& part) {
    for (const auto& [word, count] : part) sum[word] += count;
}

std::size_t whole_words(std::string_view text) {
    const auto last = std::find_if_not(text.rbegin(), text.rend(), in_word);
    const auto run = static_cast<std::size_t>(last - text.rbegin());
    return text.size() - run % word_bytes_max;
}

}  // namespace word_count
