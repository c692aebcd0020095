#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "wire/vectors.hpp"

// Messages written by hand, for the tests that hold the decoder against docs/protocol.md: each
// element is the bytes that the page demands, in hexadecimal. Nothing of our encoder is in them.

namespace handoff::wire::tests {

/// One element of an array, as hexadecimal.
using Elements = std::vector<std::string>;

/// `value` in so many bytes, most significant first.
inline std::string big_endian(std::uint64_t value, int width) {
    std::string text;
    for (int byte = width - 1; byte >= 0; --byte) {
        char digits[4];
        std::snprintf(digits, sizeof digits, "%02x ",
                      static_cast<unsigned>(value >> 8 * byte & 255));
        text += digits;
    }
    return text;
}

/// The widest form of an unsigned integer.
inline std::string u64(std::uint64_t value) {
    return "cf " + big_endian(value, 8);
}

inline std::string repeated(std::size_t times, const std::string& bytes) {
    return times == 0 ? "" : "repeat " + std::to_string(times) + " { " + bytes + " } ";
}

/// `bytes` bytes of 'a' as a str or a bin.
inline std::string str_of(std::size_t bytes) {
    return "db " + big_endian(bytes, 4) + repeated(bytes, "61");
}
inline std::string bin_of(std::size_t bytes) {
    return "c6 " + big_endian(bytes, 4) + repeated(bytes, "61");
}

inline std::string array_of(const Elements& elements) {
    std::string text = "dc " + big_endian(elements.size(), 2);
    for (const std::string& element : elements) text += element + " ";
    return text;
}

inline Elements operator+(Elements one, const Elements& more) {
    one.insert(one.end(), more.begin(), more.end());
    return one;
}

/// The head of request 7 with no limit of time and no trace.
inline std::string request_head(const std::string& opcode, const Elements& fields) {
    return array_of(Elements{opcode, "07", "05", "c0", "c0"} + fields);
}
/// The head of a reply to request 7.
inline std::string reply_head(const std::string& opcode, const Elements& fields) {
    return array_of(Elements{opcode, "07"} + fields);
}

/// The body of the message with this head, and these runs behind it.
template <class Body>
Body request_by_hand(const std::string& opcode, const Elements& fields,
                     const std::string& runs = {}) {
    const core::Request request = good_request(parse_vector(request_head(opcode, fields) + runs));
    CHECK(request.id == 7);
    CHECK(request.done_below == 5);
    return std::get<Body>(request.body);
}
template <class Body>
Body reply_by_hand(const std::string& opcode, const Elements& fields,
                   const std::string& runs = {}) {
    const core::Reply reply = good_reply(parse_vector(reply_head(opcode, fields) + runs));
    CHECK(reply.id == 7);
    return std::get<Body>(reply.body);
}

inline DecodeError bad_request_by_hand(const std::string& opcode, const Elements& fields,
                                       const std::string& runs = {}) {
    const DecodeError error = bad_request(parse_vector(request_head(opcode, fields) + runs));
    CHECK(error.id == 7);
    return error;
}
inline DecodeError bad_reply_by_hand(const std::string& opcode, const Elements& fields,
                                     const std::string& runs = {}) {
    const DecodeError error = bad_reply(parse_vector(reply_head(opcode, fields) + runs));
    CHECK(error.id == 7);
    return error;
}

/// All that a message may have, one element for each field of its table.
struct Table {
    std::string name;
    std::string opcode;
    struct Field {
        std::string name;
        std::string bytes;
        std::string kinds;   ///< of those below, the ones that may be in this place
        bool needed = true;  ///< without a default
    };
    std::vector<Field> fields;
    std::string runs = {};

    [[nodiscard]] Elements first(std::size_t count) const {
        Elements elements;
        for (std::size_t i = 0; i < count; ++i) elements.push_back(fields[i].bytes);
        return elements;
    }
};

/// One object of each kind that msgpack has, by a letter.
struct Sample {
    char kind;
    std::string bytes;
};
inline const std::vector<Sample> samples{
    {'n', "c0"},    {'b', "c3"},       {'i', "01"},       {'f', "ca 3f 80 00 00"},
    {'s', "a1 78"}, {'x', "c4 01 78"}, {'e', "d4 01 00"}, {'a', "90"},
    {'m', "80"}};

/// What one decoder says of a message by hand.
using Judge = DecodeError (*)(const std::string& opcode, const Elements& fields,
                              const std::string& runs);

/// In the place of each field each kind of object that may not be there makes the message
/// malformed.
inline void no_field_takes_another_type(const Table& table, Judge judge) {
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
        for (const Sample& sample : samples) {
            if (table.fields[i].kinds.find(sample.kind) != std::string::npos) continue;
            Elements fields = table.first(table.fields.size());
            fields[i] = sample.bytes;
            INFO(table.name << ", " << table.fields[i].name << " as " << sample.bytes);
            CHECK(judge(table.opcode, fields, table.runs).code == errc::protocol);
        }
    }
}

/// The message may end in front of a field that has a default, and not in front of one that has
/// none.
template <class Accept>
void ends_only_before_defaults(const Table& table, Judge judge, Accept accept) {
    for (std::size_t count = 0; count < table.fields.size(); ++count) {
        const Table::Field& missing = table.fields[count];
        INFO(table.name << " without " << missing.name);
        if (missing.needed) {
            const DecodeError error = judge(table.opcode, table.first(count), table.runs);
            CHECK(error.code == errc::protocol);
            CHECK_THAT(error.text, Catch::Matchers::Contains(missing.name + " is missing"));
        } else {
            accept(table.first(count));
        }
    }
}

}  // namespace handoff::wire::tests
