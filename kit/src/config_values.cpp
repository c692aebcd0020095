#include "config_values.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <variant>

#include "core/name.hpp"
#include "handoff/endpoint.hpp"
#include "handoff/error.hpp"
#include "units.hpp"

namespace handoff::settings {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view unlimited_word = "unlimited";

[[noreturn]] void refuse(const std::string& text) {
    throw Error(errc::config_invalid, text);
}

std::string quoted_list(std::span<const std::string_view> words) {
    std::string out;
    for (const std::string_view word : words) {
        if (!out.empty()) out += ", ";
        out += core::quoted(word);
    }
    return out;
}

/// A found value for an error message: a string with what it says, otherwise its type.
std::string found_text(const Raw& raw) {
    struct Namer {
        std::string operator()(const Table&) const { return "a table"; }
        std::string operator()(const Foreign& foreign) const { return std::string(foreign.type); }
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(const std::string& text) const { return core::quoted(text); }
        std::string operator()(const std::vector<std::string>&) const { return "an array"; }
    };
    return std::visit(Namer{}, raw);
}

template <typename Type>
const Type& expect(const Key& key, const Raw& raw) {
    if (const Type* value = std::get_if<Type>(&raw)) return *value;
    refuse("expected " + expectation(key) + ", found " + found_text(raw));
}

bool says_unlimited(const Raw& raw) {
    const std::string* text = std::get_if<std::string>(&raw);
    return text != nullptr && *text == unlimited_word;
}

std::string out_of_range(const Key& key, const std::string& value) {
    return value + " is out of range; allowed is " + range_text(key);
}

std::uint64_t convert_count(const Key& key, const Raw& raw) {
    const std::int64_t number = expect<std::int64_t>(key, raw);
    if (number < 0) refuse(out_of_range(key, std::to_string(number)));
    return static_cast<std::uint64_t>(number);
}

std::uint64_t convert_word(const Key& key, const std::string& text) {
    const auto found = std::find(key.words.begin(), key.words.end(), text);
    if (found != key.words.end()) return static_cast<std::uint64_t>(found - key.words.begin());
    const std::string_view near = nearest(text, key.words);
    refuse(core::quoted(text) + " is not known; " +
           (near.empty() ? "known are " + quoted_list(key.words)
                         : "did you mean " + core::quoted(near) + "?"));
}

std::vector<std::string> convert_texts(const Key& key, const Raw& raw) {
    if (const std::string* text = std::get_if<std::string>(&raw)) return {*text};
    return expect<std::vector<std::string>>(key, raw);
}

/// A number with its bounds checked; `number` is not negative.
std::string range_fault(const Key& key, const Value& value, std::uint64_t number) {
    if (number >= key.range.low && number <= key.range.high) return {};
    return out_of_range(key, format(key, value));
}

std::string word_fault(const Key& key, std::uint64_t place) {
    if (place >= key.words.size()) {
        return std::to_string(place) + " is none of " + quoted_list(key.words);
    }
    if (place < key.words_supported) return {};
    return core::quoted(key.words[place]) + " is not supported by this version; supported is " +
           quoted_list(key.words.first(key.words_supported));
}

std::string names_fault(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const std::string_view why = core::name_fault(name);
        if (!why.empty()) return core::quoted(name) + ": a name " + std::string(why);
    }
    return {};
}

std::string address_fault(const Key& key, const std::vector<std::string>& addresses) try {
    std::set<std::string> seen;
    for (const std::string& address : addresses) {
        const Endpoint endpoint = Endpoint::parse(address);
        if (key.kind == Kind::connect && !endpoint.connectable()) {
            return core::quoted(address) +
                   " is an address to listen on; a client needs one host and one port";
        }
        const bool shared = endpoint.connectable();  // "any free port" may be had twice
        if (shared && !seen.insert(endpoint.text()).second) {
            return core::quoted(address) + " is named twice";
        }
    }
    return {};
} catch (const Error& error) {
    return error.what();
}

std::string number_text(const Key& key, std::uint64_t number) {
    if (number == unlimited) return core::quoted(unlimited_word);
    if (key.kind == Kind::count) return format_count(number);
    if (key.kind == Kind::size) return format_size(number);
    return format_duration(milliseconds{static_cast<std::int64_t>(number)});
}

/// An integer as TOML writes it: 10000, 10_000, -1.
std::optional<std::int64_t> parse_integer(std::string text) {
    if (!text.ends_with('_') && !text.starts_with('_')) std::erase(text, '_');
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, number);
    if (fault != std::errc{} || rest != end) return std::nullopt;
    return number;
}

/// The parts of a list with commas between them.
std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (start <= text.size()) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        parts.push_back(text.substr(start, comma - start));
        start = comma + 1;
    }
    return parts;
}

}  // namespace

void refuse(const std::string& where, const std::string& why) {
    throw Error(errc::config_invalid, where + ": " + why);
}

std::string expectation(const Key& key) {
    switch (key.kind) {
        case Kind::flag: return "true or false";
        case Kind::count:
            return key.range.high == unlimited ? "a whole number or \"unlimited\""
                                               : "a whole number";
        case Kind::size: return "a size such as \"64MiB\" or \"10kB\"";
        case Kind::duration: return "a duration such as \"200ms\", \"30s\" or \"5m\"";
        case Kind::word: return "one of " + quoted_list(key.words);
        case Kind::queue: return "the name of a queue";
        case Kind::folder: return "the path of a folder";
        case Kind::file: return "the path of a file";
        case Kind::names: return "a name, or an array of names";
        case Kind::listen:
        case Kind::connect:
            return "an address such as \"tcp://127.0.0.1:5555\", or an array of addresses";
        case Kind::refused: break;
    }
    return "nothing";
}

std::string range_text(const Key& key) {
    switch (key.kind) {
        case Kind::count:
        case Kind::size:
        case Kind::duration:
            if (key.range.high != unlimited) {
                return number_text(key, key.range.low) + " to " + number_text(key, key.range.high);
            }
            return number_text(key, key.range.low) + " or more, or \"unlimited\"";
        case Kind::word: return quoted_list(key.words.first(key.words_supported));
        default: return {};
    }
}

std::string format(const Key& key, const Value& value) {
    if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* time = std::get_if<milliseconds>(&value)) return format_duration(*time);
    if (const std::string* text = std::get_if<std::string>(&value)) return core::quoted(*text);
    if (const auto* number = std::get_if<std::uint64_t>(&value)) return number_text(key, *number);
    return {};
}

std::string toml(const Key& key, const Value& value) {
    if (const auto* addresses = std::get_if<std::vector<std::string>>(&value)) {
        std::string list;
        for (const std::string& address : *addresses) {
            list += (list.empty() ? "" : ", ") + toml_string(address);
        }
        return "[" + list + "]";
    }
    if (const std::string* text = std::get_if<std::string>(&value)) return toml_string(*text);
    if (std::holds_alternative<std::monostate>(value)) return {};
    if (key.kind == Kind::word) return toml_string(key.words[std::get<std::uint64_t>(value)]);
    const std::string text = format(key, value);
    const bool bare = key.kind == Kind::flag || key.kind == Kind::count || text.starts_with('"');
    return bare ? text : toml_string(text);
}

std::string toml_default(const Key& key) {
    const bool has_none = key.kind == Kind::queue || key.kind == Kind::folder ||
                          key.kind == Kind::file || key.kind == Kind::listen ||
                          key.kind == Kind::connect || key.kind == Kind::names;
    if (has_none) return {};
    if (!key.initial.empty()) return std::string(key.initial);
    return key.access.get == nullptr ? "" : toml(key, key.access.get(Config{}, ""));
}

Value convert(const Key& key, const Raw& raw) {
    switch (key.kind) {
        case Kind::flag: return expect<bool>(key, raw);
        case Kind::count:
            if (key.range.high == unlimited && says_unlimited(raw)) return unlimited;
            return convert_count(key, raw);
        case Kind::size:
            if (key.range.high == unlimited && says_unlimited(raw)) return unlimited;
            return parse_size(expect<std::string>(key, raw));
        case Kind::duration: return parse_duration(expect<std::string>(key, raw));
        case Kind::word: return convert_word(key, expect<std::string>(key, raw));
        case Kind::queue:
        case Kind::folder:
        case Kind::file: return expect<std::string>(key, raw);
        case Kind::names:
        case Kind::listen:
        case Kind::connect: return convert_texts(key, raw);
        case Kind::refused: break;
    }
    refuse("not supported by this version; it is " + std::string(key.meaning));
}

std::string fault(const Key& key, const Value& value) {
    if (std::holds_alternative<std::monostate>(value)) return {};
    switch (key.kind) {
        case Kind::count:
        case Kind::size: return range_fault(key, value, std::get<std::uint64_t>(value));
        case Kind::duration: {
            const milliseconds time = std::get<milliseconds>(value);
            if (time.count() < 0) return out_of_range(key, format_duration(time));
            return range_fault(key, value, static_cast<std::uint64_t>(time.count()));
        }
        case Kind::word: return word_fault(key, std::get<std::uint64_t>(value));
        case Kind::queue: {
            const std::string& name = std::get<std::string>(value);
            const std::string_view why = core::name_fault(name);
            return why.empty() ? std::string{}
                               : core::quoted(name) + ": the name of a queue " + std::string(why);
        }
        case Kind::names: return names_fault(std::get<std::vector<std::string>>(value));
        case Kind::listen:
        case Kind::connect: return address_fault(key, std::get<std::vector<std::string>>(value));
        case Kind::folder:
        case Kind::file:
            if (std::get<std::string>(value).find('\0') == std::string::npos) break;
            return "a path has no zero byte in it";
        case Kind::flag:
        case Kind::refused: break;
    }
    return {};
}

Raw from_text(const Key& key, const std::string& text) {
    if (key.kind == Kind::flag && (text == "true" || text == "false")) return text == "true";
    if (key.kind == Kind::listen || key.kind == Kind::connect) return split(text);
    if (key.kind == Kind::count) {
        if (const std::optional<std::int64_t> number = parse_integer(text)) return *number;
    }
    return text;
}

}  // namespace handoff::settings
