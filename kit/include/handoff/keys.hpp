#pragma once

#include <filesystem>
#include <string>

namespace handoff {

/// The keys of one side under `[security] mechanism = "curve"` (CurveZMQ,
/// https://rfc.zeromq.org/spec/26), each in 40 characters of Z85. The secret one never leaves its
/// host.
struct KeyPair {
    std::string public_key;
    std::string secret_key;

    /// A new pair, of the system's random numbers.
    static KeyPair make();
    /// The pair that the secret key is of. Throws errc::invalid_argument if it is none.
    static KeyPair of_secret_key(const std::string& secret_key);

    bool operator==(const KeyPair&) const = default;
};

/// Writes STEM.key with the secret key, which only the owner may read (mode 0600), and STEM.pub
/// with the public one. Throws errc::invalid_argument if one of them is there already, and writes
/// neither; errc::system.
void write_key_files(const KeyPair& keys, const std::filesystem::path& stem);

/// Reads a STEM.key. Throws errc::config_invalid if the file is not there, holds no secret key, or
/// others than its owner may read it.
KeyPair read_key_file(const std::filesystem::path& file);

/// Reads a STEM.pub: a line with the public key. Lines that begin with "# " are comments. Throws
/// errc::config_invalid.
std::string read_public_key_file(const std::filesystem::path& file);

}  // namespace handoff
