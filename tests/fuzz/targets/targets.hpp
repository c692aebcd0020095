#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What is fuzzed: each target takes any bytes, and whatever they are, nothing may happen but what
/// its decoder promises. A broken promise ends the process, by fail() or by a sanitizer.
///
/// Thread safety: none.
namespace handoff::fuzz {

struct Target {
    std::string_view name;
    std::string_view what;  ///< for people
    void (*run)(std::string_view bytes);
    std::vector<std::string> (*seeds)();  ///< inputs to begin with
};

[[nodiscard]] std::span<const Target> targets();

/// Null: there is none of this name.
[[nodiscard]] const Target* find_target(std::string_view name);

/// Says why on standard error, and aborts.
[[noreturn]] void fail(std::string_view promise);

inline void require(bool kept, std::string_view promise) {
    if (!kept) fail(promise);
}

// ------------------------------------------------------------------ the targets, by their files

void fuzz_request(std::string_view bytes);
void fuzz_reply(std::string_view bytes);
std::vector<std::string> message_seeds();

void fuzz_run(std::string_view bytes);
std::vector<std::string> run_seeds();
void fuzz_headers(std::string_view bytes);
std::vector<std::string> headers_seeds();
void fuzz_value(std::string_view bytes);
std::vector<std::string> value_seeds();

void fuzz_config(std::string_view bytes);
std::vector<std::string> config_seeds();
void fuzz_text(std::string_view bytes);
std::vector<std::string> text_seeds();
void fuzz_keys(std::string_view bytes);
std::vector<std::string> keys_seeds();

void fuzz_row(std::string_view bytes);
std::vector<std::string> row_seeds();
void fuzz_fact(std::string_view bytes);
std::vector<std::string> fact_seeds();
void fuzz_log(std::string_view bytes);
std::vector<std::string> log_seeds();

void fuzz_manager(std::string_view bytes);
void fuzz_client(std::string_view bytes);
std::vector<std::string> story_seeds();

}  // namespace handoff::fuzz
