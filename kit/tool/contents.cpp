#include <charconv>
#include <utility>

#include "commands.hpp"
#include "find.hpp"
#include "handoff/array.hpp"
#include "handoff/dynamic.hpp"
#include "handoff/list.hpp"
#include "handoff/set.hpp"
#include "handoff/value.hpp"
#include "output.hpp"
#include "value.hpp"

// Values, lists and sets. Of dictionaries there is dict.cpp.
namespace handoff::tool {
namespace {

std::int64_t number_from(const std::string& word, const std::string& what) {
    std::int64_t number = 0;
    const char* end = word.data() + word.size();
    const auto [at, error] = std::from_chars(word.data(), end, number);
    if (error == std::errc{} && at == end) return number;
    throw Error(errc::invalid_argument, word + ": " + what + " is an integer of 64 bits");
}

std::vector<Bytes> contents_of(const ContentArguments& arguments) {
    std::vector<Bytes> values;
    for (const std::string& word : arguments.words) {
        values.push_back(parsed_content(word, arguments.json));
    }
    return values;
}

template <typename T>
void print_content(const T& value, bool json) {
    std::string payload;
    Codec<T>::encode(value, payload);
    print_line(printed_content(to_bytes(payload), json));
}

template <typename Container>
void print_all(const Container& container, bool json) {
    for (const auto& value : container.snapshot()) print_content(value, json);
}

// ------------------------------------------------------------------ values

int show(const Value<Bytes>& value, bool json) {
    const std::optional<Bytes> content = value.versioned().value;
    if (content) print_content(*content, json);
    return content ? exit_done : exit_nothing;
}

/// Each value that it gets from now on, the present one first.
int watch(const Value<Bytes>& value, const ContentArguments& arguments, std::stop_token stop) {
    try {
        std::uint64_t version = 0;
        for (std::uint64_t left = arguments.count; left > 0; --left) {
            const Versioned<Bytes> now = value.wait_until_changed(version, stop);
            version = now.version;
            if (now.value) print_content(*now.value, arguments.json);
            flush_output();
        }
    } catch (const Error& error) {
        if (error.code() != errc::cancelled || !stop.stop_requested()) throw;
    }
    return exit_done;
}

// ------------------------------------------------------------------ lists and arrays

/// What both have.
template <typename T>
void use_sequence(detail::Sequence<T>& sequence, const ContentArguments& arguments) {
    if (arguments.action.empty()) return print_all(sequence, arguments.json);
    const std::int64_t index = number_from(arguments.words.front(), "an index");
    if (arguments.action == "get") {
        print_content(sequence.at(index), arguments.json);
    } else {
        const Bytes value = parsed_content(arguments.words.at(1), arguments.json);
        sequence.put(index, Codec<T>::decode(to_text(value)));
    }
}

void use_list(List<Bytes> list, const ContentArguments& arguments) {
    if (arguments.action == "append") {
        list.append_many(contents_of(arguments));
    } else if (arguments.action == "erase") {
        list.erase(number_from(arguments.words.front(), "an index"));
    } else {
        use_sequence(list, arguments);
    }
}

}  // namespace

int value(const Setup& setup, const ContentArguments& arguments, std::stop_token stop) {
    const std::string& action = arguments.action;
    check_words(
        arguments,
        {{"get", 0, 0, ""}, {"set", 1, 1, "VALUE"}, {"add", 0, 1, "[N]"}, {"watch", 0, 0, ""}});
    Client client(setup.config, setup.log);
    if (action == "set" || action == "add") {
        kind_of(client, setup, arguments.name, {ObjectKind::value});
    } else {
        find(client, setup, arguments.name, {ObjectKind::value});
    }
    Value<Bytes> value = client.value<Bytes>(arguments.name);
    if (action == "watch") return watch(value, arguments, std::move(stop));
    int status = exit_done;
    if (action == "add") {
        const std::int64_t n =
            arguments.words.empty() ? 1 : number_from(arguments.words.front(), "what is added");
        const auto sum = client.value<std::int64_t>(arguments.name).add(n);
        print_line(std::to_string(sum));
    } else if (action == "set") {
        value.set(parsed_content(arguments.words.front(), arguments.json));
    } else {
        status = show(value, arguments.json);
    }
    flush_output();
    return status;
}

int list(const Setup& setup, const ContentArguments& arguments, std::stop_token /*stop*/) {
    const std::string& action = arguments.action;
    const auto kinds = {ObjectKind::list, ObjectKind::array};
    check_words(arguments, {{"get", 1, 1, "INDEX"},
                            {"set", 2, 2, "INDEX VALUE"},
                            {"append", 1, unlimited, "VALUE..."},
                            {"erase", 1, 1, "INDEX"}});
    Client client(setup.config, setup.log);
    if (action == "append") {
        kind_of(client, setup, arguments.name, {ObjectKind::list});
        use_list(client.list<Bytes>(arguments.name), arguments);
        return exit_done;
    }
    const ObjectStats object = find(client, setup, arguments.name, kinds);
    if (object.kind == ObjectKind::list) {
        use_list(client.list<Bytes>(arguments.name), arguments);
    } else if (action == "erase") {
        throw Error(errc::unsupported, "erase of " + described(setup, object.kind, object.name) +
                                           ": the length of an array is fixed");
    } else {
        // To open it as one of nils changes nothing: that is what an array begins with.
        auto array = client.array<Dynamic>(arguments.name, object.options.count.value_or(0));
        use_sequence(array, arguments);
    }
    flush_output();
    return exit_done;
}

int set(const Setup& setup, const ContentArguments& arguments, std::stop_token /*stop*/) {
    const std::string& action = arguments.action;
    check_words(arguments, {{"contains", 1, 1, "VALUE"},
                            {"add", 1, unlimited, "VALUE..."},
                            {"erase", 1, unlimited, "VALUE..."}});
    Client client(setup.config, setup.log);
    if (action == "add") {
        kind_of(client, setup, arguments.name, {ObjectKind::set});
    } else {
        find(client, setup, arguments.name, {ObjectKind::set});
    }
    Set<Bytes> set = client.set<Bytes>(arguments.name);
    if (action == "contains") {
        return set.contains(contents_of(arguments).front()) ? exit_done : exit_nothing;
    }
    if (action.empty()) {
        print_all(set, arguments.json);
    } else {
        const std::vector<Bytes> values = contents_of(arguments);
        print_line(std::to_string(action == "add" ? set.add_many(values) : set.erase_many(values)));
    }
    flush_output();
    return exit_done;
}

}  // namespace handoff::tool
