#include "wire/vectors.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "core/run.hpp"
#include "support/catch.hpp"

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

Frames frames(const Encoded& encoded) {
    std::string runs;
    for (const core::Slice& run : encoded.runs) runs += run.view();
    if (runs.size() != encoded.run_bytes) throw std::runtime_error("run_bytes is wrong");
    if (encoded.one_frame()) return {encoded.head + runs};
    return {encoded.head, runs};
}

Decoded<core::Request> request_of(const Frames& frames, const DecodeLimits& limits) {
    return decode_request(core::Slice::copy(frames.at(0)),
                          frames.size() < 2 ? core::Slice{} : core::Slice::copy(frames.at(1)),
                          limits);
}

Decoded<core::Reply> reply_of(const Frames& frames, const DecodeLimits& limits) {
    return decode_reply(core::Slice::copy(frames.at(0)),
                        frames.size() < 2 ? core::Slice{} : core::Slice::copy(frames.at(1)),
                        limits);
}

namespace {

template <class Message>
Message good(Decoded<Message> decoded) {
    if (const auto* error = std::get_if<DecodeError>(&decoded)) FAIL("refused: " << error->text);
    return std::get<Message>(std::move(decoded));
}

template <class Message>
DecodeError bad(Decoded<Message> decoded) {
    if (std::holds_alternative<Message>(decoded)) FAIL("accepted");
    return std::get<DecodeError>(std::move(decoded));
}

}  // namespace

core::Request good_request(const Frames& frames, const DecodeLimits& limits) {
    return good(request_of(frames, limits));
}
core::Reply good_reply(const Frames& frames, const DecodeLimits& limits) {
    return good(reply_of(frames, limits));
}
DecodeError bad_request(const Frames& frames, const DecodeLimits& limits) {
    return bad(request_of(frames, limits));
}
DecodeError bad_reply(const Frames& frames, const DecodeLimits& limits) {
    return bad(reply_of(frames, limits));
}

std::string hex(const Frames& frames) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::string& frame : frames) {
        for (const char c : frame) {
            const auto byte = static_cast<unsigned char>(c);
            text.append({digits[byte >> 4], digits[byte & 15], ' '});
        }
        text += '\n';
    }
    return text;
}

core::Slice run_of(const std::vector<std::string>& payloads) {
    std::string run;
    for (const std::string& payload : payloads) core::append_item(run, payload);
    return core::Slice::copy(run);
}

}  // namespace handoff::wire::tests
