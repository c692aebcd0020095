#include "wire/vector_files.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace handoff::wire::tests {
namespace {

std::filesystem::path directory() {
    return std::filesystem::path(HANDOFF_SOURCE_DIR) / "tests" / "wire" / "vectors";
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream before_comment{line.substr(0, line.find('#'))};
        for (std::string word; before_comment >> word;) words.push_back(word);
    }
    return words;
}

char byte_of(const std::string& word) {
    const auto is_hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
    if (word.size() != 2 || !std::all_of(word.begin(), word.end(), is_hex)) {
        throw std::runtime_error("not a byte in a vector: " + word);
    }
    return static_cast<char>(std::stoi(word, nullptr, 16));
}

}  // namespace

Frames parse_vector(std::string_view text) {
    Frames frames(1);
    const std::vector<std::string> words = words_of(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "frame") {
            frames.emplace_back();
        } else if (words[i] == "repeat") {
            const unsigned long times = std::stoul(words.at(i + 1));
            std::string bytes;
            for (i += 3; words.at(i) != "}"; ++i) bytes += byte_of(words[i]);
            for (unsigned long n = 0; n < times; ++n) frames.back() += bytes;
        } else {
            frames.back() += byte_of(words[i]);
        }
    }
    return frames;
}

Frames vector(const std::string& name) {
    std::ifstream file(directory() / (name + ".hex"));
    if (!file) throw std::runtime_error("no vector " + name);
    std::ostringstream text;
    text << file.rdbuf();
    return parse_vector(text.str());
}

std::vector<std::string> vector_names() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory())) {
        if (entry.path().extension() == ".hex") names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace handoff::wire::tests
