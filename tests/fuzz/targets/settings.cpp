#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "core/name.hpp"
#include "fuzz/targets/targets.hpp"
#include "handoff/config.hpp"
#include "handoff/endpoint.hpp"
#include "handoff/error.hpp"
#include "handoff/keys.hpp"
#include "units.hpp"

namespace handoff::fuzz {

// ------------------------------------------------------------------ configuration

void fuzz_config(std::string_view bytes) {
    try {
        const Config config = Config::parse(std::string(bytes));
        config.check();
        require(config.effective().effective() == config.effective(), "what is filled in stays");
    } catch (const Error& error) {
        require(error.code() == errc::config_invalid, "a bad file is config_invalid");
    }
}

std::vector<std::string> config_seeds() {
    std::vector<std::string> seeds{
        "[manager]\nlisten = [\"tcp://*:5555\", \"ipc:///x\"]\nsession_limit = \"10s\"\n"
        "item_bytes_max = \"16MiB\"\nsessions_max = 4096\nspin = false\n",
        "[queues.jobs]\ncapacity = \"unlimited\"\norder = \"lifo\"\ndead_letter = \"dead\"\n"
        "durability = \"fsync\"\nengine = \"direct\"\nbind = \"tcp://127.0.0.1:7001\"\n",
        "[security]\nmechanism = \"curve\"\nmanager_key = '/k'\nclients = \"\"\"\n/c\"\"\"\n",
        "[client]\nconnect = \"tcp://h:1\"\nunreachable_after = \"1m\"\nx = [[1, 2.5e3], {a = 1}]",
        "a.b.c = 1979-05-27T07:32:00Z\n[[t]]\n[[t]]\nx = 0x_1\ny = \"\\u00e9\\U0001F600\"\n"};
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(HANDOFF_SOURCE_DIR "/examples")) {
        if (entry.path().extension() != ".toml") continue;
        std::ifstream file(entry.path());
        seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return seeds;
}

// ------------------------------------------------------------------ short texts

namespace {

/// Throws nothing but errc::invalid_argument.
template <typename Check>
void refuses_politely(Check check) {
    try {
        check();
    } catch (const Error& error) {
        require(error.code() == errc::invalid_argument, "a bad text is invalid_argument");
    }
}

/// Of ASCII, and those that UTF-8 writes as C2 80 to C2 9F.
bool has_controls(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (byte(at) < 0x20 || byte(at) == 0x7f) return true;
        if (byte(at) == 0xc2 && at + 1 < text.size() && byte(at + 1) < 0xa0) return true;
    }
    return false;
}

}  // namespace

void fuzz_text(std::string_view text) {
    refuses_politely([&] {
        const Endpoint endpoint = Endpoint::parse(text);
        require(Endpoint::parse(endpoint.text()) == endpoint, "an endpoint is its text");
        static_cast<void>(endpoint.local());
        static_cast<void>(endpoint.connectable());
    });
    refuses_politely([&] {
        const std::chrono::milliseconds duration = parse_duration(text);
        require(duration >= std::chrono::milliseconds{0} && duration <= duration_max,
                "durations are bounded");
        require(parse_duration(format_duration(duration)) == duration, "durations are kept");
    });
    refuses_politely([&] {
        const std::uint64_t size = parse_size(text);
        require(size <= size_max, "sizes are bounded");
        require(parse_size(format_size(size)) == size, "sizes are kept");
    });
    refuses_politely([&] { core::check_name(text); });
    const std::string quoted = core::quoted(text);
    require(quoted.size() < 400 && core::is_utf8(quoted), "what is quoted is short, and UTF-8");
    require(!has_controls(quoted), "and has no control characters");
}

std::vector<std::string> text_seeds() {
    return {"tcp://127.0.0.1:5555",
            "ws://[::1]:*/path",
            "ipc:///run/x.sock",
            "inproc://n",
            "tcp://localhost:65535",
            "250ms",
            "3650d",
            "16MiB",
            "1152921504606846976B",
            "jobs",
            "\xe2\x82\xac\x01",
            "\xf0\x9f\x98\x80"};
}

// ------------------------------------------------------------------ keys

namespace {

/// A file in memory; there is one, which is written anew each time.
const std::string& in_file(std::string_view bytes) {
    static const int fd = ::memfd_create("keys", MFD_CLOEXEC);
    static const std::string path = "/proc/self/fd/" + std::to_string(fd);
    const bool written =
        ::ftruncate(fd, 0) == 0 && ::fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
        ::pwrite(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
    if (!written) throw std::system_error(errno, std::generic_category(), path);
    return path;
}

}  // namespace

void fuzz_keys(std::string_view bytes) {
    const std::string& path = in_file(bytes);
    for (const bool secret : {false, true}) {
        try {
            if (secret) {
                const KeyPair keys = read_key_file(path);
                require(KeyPair::of_secret_key(keys.secret_key) == keys, "a pair is a pair");
            } else {
                require(read_public_key_file(path).size() == 40, "a key has 40 characters");
            }
        } catch (const Error& error) {
            require(error.code() == errc::config_invalid, "a bad key file is config_invalid");
        }
    }
}

std::vector<std::string> keys_seeds() {
    const KeyPair keys = KeyPair::of_secret_key("D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs");
    return {keys.public_key + "\n", "# Secret.\n" + keys.secret_key + "\n",
            "#\n\n" + keys.secret_key, std::string(40, '~'), std::string(40, '#') + "\n"};
}

}  // namespace handoff::fuzz
