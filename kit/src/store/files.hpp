#pragma once

#include <string>

namespace handoff::store {

// Files of a file system that SQLite knows by name; the empty name is the system's.

/// The bytes of a file; empty if there is none.
[[nodiscard]] std::string read_file(const std::string& vfs, const std::string& path);
[[nodiscard]] bool file_exists(const std::string& vfs, const std::string& path);
/// A file whose being there says something; synced. Whether it could be made.
bool make_note(const std::string& vfs, const std::string& path) noexcept;
void remove_file(const std::string& vfs, const std::string& path) noexcept;

// Of the system's files only:

/// Puts the database `path`-new, whole, synced and closed, into the place of `path`. Whatever
/// happens on the way, either one or the other is there; finish_replacing() ends what was
/// interrupted, and is to be called before `path` is opened. Both throw errc::system.
void replace(const std::string& fresh, const std::string& path);
void finish_replacing(const std::string& path);

}  // namespace handoff::store
