#include <cstdio>
#include <map>
#include <memory>
#include <utility>

#include "commands.hpp"
#include "find.hpp"
#include "output.hpp"
#include "table.hpp"
#include "value.hpp"

namespace handoff::tool {
namespace {

/// "KEY<tab>VALUE", or as JSON `{"key": KEY, "value": VALUE}`; without a value the entry is gone.
void print_entry(const Bytes& key, const std::optional<Bytes>& value, bool json) {
    const std::string shown = printed_content(key, json);
    if (json) {
        print_line("{\"key\":" + shown +
                   (value ? ",\"value\":" + printed_content(*value, true) : ",\"gone\":true") +
                   "}");
    } else {
        print_line(shown + "\t" + (value ? printed_content(*value, false) : "(gone)"));
    }
}

/// What a key was taken for, since a number and a text look alike.
std::string no_such_key(const Bytes& key) {
    const std::string exact = printed_content(key, true);
    std::string text = "no key " + exact;
    if (exact.front() != '"') text += " (as a text it is '\"" + exact + "\"')";
    return text;
}

int get_keys(const Table& table, const ContentArguments& arguments, const std::string& what) {
    std::string missing;
    for (const std::string& word : arguments.words) {
        const Bytes key = parsed_content(word, arguments.json);
        if (const std::optional<Bytes> value = table.get(key)) {
            print_line(printed_content(*value, arguments.json));
        } else {
            missing += (missing.empty() ? "" : ", ") + no_such_key(key);
        }
    }
    flush_output();
    if (missing.empty()) return exit_done;
    std::fprintf(stderr, "handoff: get of %s: %s\n", what.c_str(), missing.c_str());
    return exit_nothing;
}

void set_entries(Table& table, const ContentArguments& arguments) {
    for (std::size_t at = 0; at + 1 < arguments.words.size(); at += 2) {
        table.put(parsed_content(arguments.words[at], arguments.json),
                  parsed_content(arguments.words[at + 1], arguments.json));
    }
}

int erase_keys(Table& table, const ContentArguments& arguments) {
    std::size_t erased = 0;
    for (const std::string& word : arguments.words) {
        erased += table.erase(parsed_content(word, arguments.json)) ? 1 : 0;
    }
    print_line(std::to_string(erased));
    return exit_done;
}

/// Each value that this key gets from now on, the present one first.
void watch_key(const Table& table, const ContentArguments& arguments, const std::stop_token& stop) {
    const Bytes key = parsed_content(arguments.words.front(), arguments.json);
    std::uint64_t version = 0;
    for (std::uint64_t left = arguments.count; left > 0; --left) {
        version = table.changed(key, version, stop);
        print_entry(key, version == 0 ? std::nullopt : table.get(key), arguments.json);
        flush_output();
    }
}

/// Prints what is not as it was known, as far as `left` goes; it is known then.
void print_changes(const Table& table, std::map<Bytes, Bytes>& known, std::uint64_t& left,
                   bool json) {
    std::map<Bytes, Bytes> before = std::exchange(known, {});
    const auto print = [&](const Bytes& key, const std::optional<Bytes>& value) {
        if (left == 0) return;
        --left;
        print_entry(key, value, json);
    };
    table.for_each([&](const Bytes& key, const Bytes& value) {
        const auto old = before.find(key);
        if (old == before.end() || old->second != value) print(key, value);
        if (old != before.end()) before.erase(old);
        known.emplace(key, value);
    });
    for (const auto& [key, value] : before) print(key, std::nullopt);
    flush_output();
}

/// Each entry that changes from now on, those that are there first.
void watch_all(const Table& table, const ContentArguments& arguments, const std::stop_token& stop) {
    std::map<Bytes, Bytes> known;
    std::uint64_t left = arguments.count;
    for (std::uint64_t version = 0; left > 0;) {
        version = table.changed(version, stop);
        print_changes(table, known, left, arguments.json);
    }
}

int watch(const Table& table, const ContentArguments& arguments, const std::stop_token& stop) {
    try {
        arguments.words.empty() ? watch_all(table, arguments, stop)
                                : watch_key(table, arguments, stop);
    } catch (const Error& error) {
        if (error.code() != errc::cancelled || !stop.stop_requested()) throw;
    }
    return exit_done;
}

}  // namespace

int dict(const Setup& setup, const ContentArguments& arguments, std::stop_token stop) {
    const auto kinds = {ObjectKind::dict, ObjectKind::name_space};
    const std::string& action = arguments.action;
    check_words(arguments, {{"get", 1, unlimited, "KEY..."},
                            {"set", 2, unlimited, "KEY VALUE..."},
                            {"erase", 1, unlimited, "KEY..."},
                            {"watch", 0, 1, "[KEY]"}});
    if (action == "set" && arguments.words.size() % 2 != 0) {
        throw Error(errc::invalid_argument, "set: the last key has no value");
    }
    Client client(setup.config, setup.log);
    const ObjectKind kind = action == "set" ? kind_of(client, setup, arguments.name, kinds)
                                            : find(client, setup, arguments.name, kinds).kind;
    const std::unique_ptr<Table> table = open_table(client, kind, arguments.name);
    if (action == "get") return get_keys(*table, arguments, described(setup, kind, arguments.name));
    if (action == "erase") return erase_keys(*table, arguments);
    if (action == "watch") return watch(*table, arguments, stop);
    if (action == "set") {
        set_entries(*table, arguments);
    } else {
        table->for_each(
            [&](const Bytes& key, const Bytes& value) { print_entry(key, value, arguments.json); });
        flush_output();
    }
    return exit_done;
}

}  // namespace handoff::tool
