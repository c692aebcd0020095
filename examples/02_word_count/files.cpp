#include "files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "words.hpp"

namespace word_count {

namespace {

std::ifstream open(const std::string& file) {
    std::ifstream input(file, std::ios::binary);
    if (!input) throw std::runtime_error("cannot read " + file);
    return input;
}

/// Fills up `piece` to the given size from what is left in the file; false if that was not enough.
bool fill(std::ifstream& input, std::string& piece, std::size_t bytes) {
    const std::size_t kept = piece.size();
    piece.resize(bytes);
    input.read(piece.data() + kept, static_cast<std::streamsize>(bytes - kept));
    piece.resize(kept + static_cast<std::size_t>(input.gcount()));
    return piece.size() == bytes;
}

}  // namespace

std::vector<std::string> files_below(const std::string& directory) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        if (!entry.is_symlink() && entry.is_regular_file()) files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

void for_each_piece(const std::string& file, std::size_t bytes_max,
                    const std::function<void(const std::string&)>& use) {
    std::ifstream input = open(file);
    std::string piece;
    bool first = true;
    while (fill(input, piece, bytes_max)) {
        const std::size_t cut = whole_words(piece);
        use(piece.substr(0, cut));
        piece.erase(0, cut);
        first = false;
    }
    if (first || !piece.empty()) use(piece);
}

std::string whole(const std::string& file) {
    std::ifstream input = open(file);
    return {std::istreambuf_iterator<char>(input), {}};
}

}  // namespace word_count
