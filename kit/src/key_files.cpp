#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "handoff/error.hpp"
#include "handoff/keys.hpp"
#include "net/curve.hpp"

namespace handoff {
namespace {

/// Enough for a key and some lines of comment.
constexpr std::size_t file_bytes_max = 4096;

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& file) {
    throw Error(errc::system, what + " " + file.string() + ": " + std::strerror(errno));
}

/// Throws if the file is there.
void write_new(const std::filesystem::path& file, const std::string& text, mode_t mode) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0 && errno == EEXIST) {
        throw Error(errc::invalid_argument,
                    file.string() + " is there already; a key is not overwritten");
    }
    if (fd < 0) fail("cannot make", file);
    const ssize_t written = ::write(fd, text.data(), text.size());
    const bool done = ::close(fd) == 0 && written == static_cast<ssize_t>(text.size());
    if (done) return;
    ::unlink(file.c_str());
    fail("cannot write", file);
}

bool is_comment(const std::string& line) {
    return line.empty() || line == "#" || line.starts_with("# ");
}

/// The one line that is no comment.
std::string key_in(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        throw Error(errc::config_invalid,
                    "cannot read the key " + file.string() + ": " + std::strerror(errno));
    }
    std::string text(file_bytes_max, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    std::string key;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, end - at);
        if (!is_comment(line)) {
            if (!key.empty()) key += '\n';
            key += line;
        }
        at = end + 1;
    }
    if (net::is_key(key)) return key;
    throw Error(errc::config_invalid, file.string() +
                                          " holds no key, which is one line of 40 characters "
                                          "(Z85) as `handoff keygen` writes it");
}

}  // namespace

void write_key_files(const KeyPair& keys, const std::filesystem::path& stem) {
    std::filesystem::path secret = stem;
    std::filesystem::path open = stem;
    secret += ".key";
    open += ".pub";
    write_new(open, keys.public_key + "\n", S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
    try {
        write_new(secret, "# Secret.\n" + keys.secret_key + "\n", S_IRUSR | S_IWUSR);
    } catch (...) {
        ::unlink(open.c_str());
        throw;
    }
}

KeyPair read_key_file(const std::filesystem::path& file) {
    struct stat found {};
    if (::stat(file.c_str(), &found) == 0 && (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        throw Error(errc::config_invalid, "others may read the secret key " + file.string() +
                                              "; `chmod 600` it, or make a new one if they did");
    }
    try {
        return KeyPair::of_secret_key(key_in(file));
    } catch (const Error& error) {
        if (error.code() != errc::invalid_argument) throw;
        throw Error(errc::config_invalid, file.string() + ": " + error.what());
    }
}

std::string read_public_key_file(const std::filesystem::path& file) {
    return key_in(file);
}

}  // namespace handoff
