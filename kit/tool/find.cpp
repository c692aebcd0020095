#include "find.hpp"

#include <algorithm>
#include <optional>

#include "value.hpp"

namespace handoff::tool {
namespace {

/// The command that shows objects of this kind.
std::string command_for(ObjectKind kind) {
    switch (kind) {
        case ObjectKind::lock:
        case ObjectKind::recursive_lock:
        case ObjectKind::rw_lock:
        case ObjectKind::semaphore:
        case ObjectKind::bounded_semaphore:
        case ObjectKind::election: return "handoff lock";
        case ObjectKind::value: return "handoff value";
        case ObjectKind::array:
        case ObjectKind::list: return "handoff list";
        case ObjectKind::dict:
        case ObjectKind::name_space: return "handoff dict";
        case ObjectKind::set: return "handoff set";
        default: return "handoff objects";
    }
}

void check_kind(const Setup& setup, const ObjectStats& object,
                std::initializer_list<ObjectKind> kinds) {
    if (std::find(kinds.begin(), kinds.end(), object.kind) != kinds.end()) return;
    throw Error(errc::object_mismatch, described(setup, *kinds.begin(), object.name) +
                                           ": it is a " + std::string(to_string(object.kind)) +
                                           "; see `" + command_for(object.kind) + " " +
                                           object.name + "`");
}

}  // namespace

std::string described(const Setup& setup, ObjectKind kind, const std::string& name) {
    return std::string(to_string(kind)) + " \"" + name + "\" at " +
           setup.config.effective().client.connect.front();
}

ObjectStats find(Client& client, const Setup& setup, const std::string& name,
                 std::initializer_list<ObjectKind> kinds) {
    std::optional<ObjectStats> object = client.find_object(name);
    if (!object) {
        throw Error(errc::stale_reference, "there is no " + described(setup, *kinds.begin(), name) +
                                               "; `handoff objects` lists what there is");
    }
    check_kind(setup, *object, kinds);
    return std::move(*object);
}

ObjectKind kind_of(Client& client, const Setup& setup, const std::string& name,
                   std::initializer_list<ObjectKind> kinds) {
    const std::optional<ObjectStats> object = client.find_object(name);
    if (!object) return *kinds.begin();
    check_kind(setup, *object, kinds);
    return object->kind;
}

void check_words(const ContentArguments& arguments, const std::vector<Usage>& usages) {
    for (const std::string& word : arguments.words) {
        static_cast<void>(parsed_content(word, arguments.json));
    }
    for (const Usage& usage : usages) {
        const std::size_t count = arguments.words.size();
        if (usage.action != arguments.action) continue;
        if (count >= usage.least && count <= usage.most) continue;
        throw Error(errc::invalid_argument,
                    usage.action + " takes " + (usage.words.empty() ? "no words" : usage.words) +
                        ", not " + std::to_string(count) + (count == 1 ? " word" : " words"));
    }
}

}  // namespace handoff::tool
