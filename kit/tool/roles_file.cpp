#include "roles_file.hpp"

#include <tuple>
#include <utility>

#include "handoff/error.hpp"

namespace handoff::tool {

RolesFile::RolesFile(std::string path, Manager& manager, Log log)
    : path_(std::move(path)), manager_(manager), log_(std::move(log)) {}

bool RolesFile::same(const Seen& one, const Seen& other) {
    if (!one || !other) return !one && !other;
    const auto all = [](const Stamp& stamp) {
        return std::tuple(stamp.device, stamp.number, stamp.bytes, stamp.changed.tv_sec,
                          stamp.changed.tv_nsec);
    };
    return all(*one) == all(*other);
}

/// The time of the last change of the file itself, not of its text alone: a file that is put in
/// this one's place may be as old and as long.
RolesFile::Seen RolesFile::stamp() const {
    struct stat found {};
    if (::stat(path_.c_str(), &found) != 0) return std::nullopt;
    return Stamp{found.st_dev, found.st_ino, found.st_size, found.st_ctim};
}

void RolesFile::look() {
    if (path_.empty()) return;
    const Seen now = stamp();
    const bool settled = same(std::exchange(seen_, now), now);
    if (!settled || same(taken_, now)) return;
    taken_ = now;
    take_over();
}

void RolesFile::take_over() {
    try {
        manager_.set_roles(Config::load(path_).roles);
    } catch (const Error& error) {
        log_({LogLevel::warning, "the roles stay as they were: " + std::string(error.what())});
    }
}

}  // namespace handoff::tool
