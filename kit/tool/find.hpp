#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "commands.hpp"
#include "handoff/client.hpp"

namespace handoff::tool {

/// `lock "gpu" at ipc:///run/handoff.sock`: for texts.
std::string described(const Setup& setup, ObjectKind kind, const std::string& name);

/// The object of this name, which must be there and of one of these kinds; the first is the one
/// that the command is named after. Throws errc::stale_reference, errc::object_mismatch.
ObjectStats find(Client& client, const Setup& setup, const std::string& name,
                 std::initializer_list<ObjectKind> kinds);

/// The kind of the object of this name, if there is one; else the first of `kinds`.
ObjectKind kind_of(Client& client, const Setup& setup, const std::string& name,
                   std::initializer_list<ObjectKind> kinds);

/// How many words an action takes, and what they are.
struct Usage {
    std::string action;
    std::size_t least = 0;
    std::uint64_t most = 0;
    std::string words;
};

/// Throws errc::invalid_argument if the action takes fewer or more words than were given, or (with
/// `json`) one of them is no JSON.
void check_words(const ContentArguments& arguments, const std::vector<Usage>& usages);

}  // namespace handoff::tool
