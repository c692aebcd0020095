#include "config_toml.hpp"

#include <algorithm>

#include <toml++/toml.h>  // the one file that includes it: it is dear to compile

#include "handoff/error.hpp"

namespace handoff::settings {

namespace {

std::string_view type_name(toml::node_type type) {
    switch (type) {
        case toml::node_type::array: return "an array";
        case toml::node_type::integer: return "an integer";
        case toml::node_type::floating_point: return "a floating-point number";
        case toml::node_type::boolean: return "a boolean";
        case toml::node_type::string: return "a string";
        case toml::node_type::date: return "a date";
        case toml::node_type::time: return "a time of day";
        case toml::node_type::date_time: return "a date and time";
        default: return "a table";
    }
}

Raw read_array(const toml::array& array) {
    std::vector<std::string> texts;
    for (const toml::node& node : array) {
        const toml::value<std::string>* text = node.as_string();
        if (text == nullptr) return Foreign{"an array that holds more than strings"};
        texts.push_back(text->get());
    }
    return texts;
}

Raw read_value(const toml::node& node) {
    if (node.is_table()) return Table{};
    if (const toml::array* array = node.as_array()) return read_array(*array);
    if (const toml::value<bool>* flag = node.as_boolean()) return flag->get();
    if (const toml::value<std::int64_t>* number = node.as_integer()) return number->get();
    if (const toml::value<std::string>* text = node.as_string()) return text->get();
    return Foreign{type_name(node.type())};
}

/// Adds what is in the table `from`, which is itself at `path`, and everything below.
void read_table(const toml::table& from, const std::vector<std::string>& path,
                std::vector<Entry>& entries) {
    struct Child {
        const toml::key* key;
        const toml::node* node;
    };
    std::vector<Child> children;
    for (auto item = from.begin(); item != from.end(); ++item) {
        children.push_back({&item->first, &item->second});
    }
    const auto line = [](const Child& child) { return child.key->source().begin.line; };
    std::stable_sort(children.begin(), children.end(),
                     [&](const Child& a, const Child& b) { return line(a) < line(b); });

    for (const Child& child : children) {
        std::vector<std::string> below = path;
        below.emplace_back(child.key->str());
        entries.push_back({below, read_value(*child.node), line(child)});
        if (const toml::table* inner = child.node->as_table()) read_table(*inner, below, entries);
    }
}

}  // namespace

std::vector<Entry> read_toml(const std::string& text, const std::string& name) {
    try {
        std::vector<Entry> entries;
        read_table(toml::parse(text, name), {}, entries);
        return entries;
    } catch (const toml::parse_error& error) {
        throw Error(errc::config_invalid, name + ":" + std::to_string(error.source().begin.line) +
                                              ": not TOML: " + std::string(error.description()));
    }
}

}  // namespace handoff::settings
