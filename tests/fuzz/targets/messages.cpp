#include <string>
#include <utility>

#include "core/slice.hpp"
#include "fuzz/targets/targets.hpp"
#include "wire/codec.hpp"
#include "wire/vector_files.hpp"

namespace handoff::fuzz {
namespace {

/// Of an input, the first two bytes are the length of a second frame (0: there is none), which is
/// the end of the rest.
struct TwoFrames {
    core::Slice first;
    core::Slice second;
};

constexpr std::size_t length_bytes = 2;

TwoFrames frames_in(std::string_view bytes) {
    if (bytes.size() < length_bytes) return {core::Slice::copy(bytes), {}};
    const auto low = static_cast<unsigned char>(bytes[0]);
    const auto high = static_cast<unsigned char>(bytes[1]);
    bytes.remove_prefix(length_bytes);
    const std::size_t second = std::min<std::size_t>(low | high << 8, bytes.size());
    const std::size_t first = bytes.size() - second;
    return {core::Slice::copy(bytes.substr(0, first)), core::Slice::copy(bytes.substr(first))};
}

TwoFrames frames_of(const wire::Encoded& encoded) {
    std::string runs;
    for (const core::Slice& run : encoded.runs) runs += run.view();
    require(runs.size() == encoded.run_bytes, "run_bytes are those of the runs");
    if (encoded.one_frame()) return {core::Slice::copy(encoded.head + runs), {}};
    return {core::Slice::copy(encoded.head), core::Slice::copy(runs)};
}

/// What is decoded can be encoded, and is the same then; what is not says why.
template <class Message, class Decode>
void check(std::string_view bytes, Decode decode) {
    const TwoFrames frames = frames_in(bytes);
    const wire::Decoded<Message> decoded = decode(frames);
    if (const auto* error = std::get_if<wire::DecodeError>(&decoded)) {
        require(error->code != errc::ok && !error->text.empty(), "an error says what is wrong");
        require(error->text.size() < 1000, "an error is short, whatever was sent");
        return;
    }
    const auto& message = std::get<Message>(decoded);
    const wire::Decoded<Message> again = decode(frames_of(wire::encode(message)));
    const auto* same = std::get_if<Message>(&again);
    require(same != nullptr, "what was decoded can be encoded and decoded");
    require(*same == message, "and is the same then");
}

}  // namespace

void fuzz_request(std::string_view bytes) {
    check<core::Request>(bytes, [](const TwoFrames& frames) {
        return wire::decode_request(frames.first, frames.second);
    });
}

void fuzz_reply(std::string_view bytes) {
    check<core::Reply>(bytes, [](const TwoFrames& frames) {
        return wire::decode_reply(frames.first, frames.second);
    });
}

/// The golden vectors: each message that there is.
std::vector<std::string> message_seeds() {
    std::vector<std::string> seeds;
    for (const std::string& name : wire::tests::vector_names()) {
        const wire::tests::Frames frames = wire::tests::vector(name);
        const std::size_t second = frames.size() < 2 ? 0 : frames[1].size();
        if (second > 0xffff) continue;
        std::string seed{static_cast<char>(second & 0xff), static_cast<char>(second >> 8)};
        for (const std::string& frame : frames) seed += frame;
        seeds.push_back(std::move(seed));
    }
    return seeds;
}

}  // namespace handoff::fuzz
