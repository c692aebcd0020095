#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "handoff/config.hpp"
#include "handoff/log.hpp"
#include "handoff/stats.hpp"

/// The commands of `handoff`, apart from reading the command line. Each returns the exit status, or
/// throws Error.
namespace handoff::tool {

inline constexpr int exit_done = 0;
inline constexpr int exit_error = 1;
inline constexpr int exit_unreachable = 75;  ///< EX_TEMPFAIL of sysexits.h
inline constexpr int exit_nothing = 124;     ///< as timeout(1) has it

/// What every command goes by.
struct Setup {
    Config config;
    std::string file;  ///< that it was read from; empty: none
    Log log;           ///< to standard error
};

int serve(const Setup& setup, std::stop_token stop);

struct PutArguments {
    std::string queue;
    std::vector<std::string> values;  ///< "-": the lines of standard input
    bool json = false;
    std::int32_t priority = 0;
    std::chrono::milliseconds delay{0};
    std::string key;
    std::vector<std::string> headers;  ///< "NAME=VALUE"
};
int put(const Setup& setup, const PutArguments& arguments, std::stop_token stop);

struct GetArguments {
    std::string queue;
    std::uint64_t count = 1;
    std::optional<std::chrono::milliseconds> timeout;  ///< for each item; unset: waits
    bool follow = false;
    bool json = false;
};
int get(const Setup& setup, const GetArguments& arguments, std::stop_token stop);

struct PeekArguments {
    std::string queue;
    std::uint32_t count = 10;
    ItemState state = ItemState::ready;
    bool json = false;
};
int peek(const Setup& setup, const PeekArguments& arguments);

int config_check(const std::string& file);

struct ShowArguments {
    std::string file;                 ///< empty: what HANDOFF_CONFIG says
    std::string manager;              ///< of the option; empty: not given
    std::vector<std::string> listen;  ///< likewise
    bool json = false;
};
int config_show(const ShowArguments& arguments);

/// Writes STEM.key and STEM.pub.
int keygen(const std::string& stem);

/// `data` is the folder; empty: that of the configuration.
int store_check(const Setup& setup, const std::string& data);
int store_compact(const Setup& setup, const std::string& data);
int store_export(const Setup& setup, const std::string& data);

/// All shared objects, or the one of this name.
int objects(const Setup& setup, const std::optional<std::string>& name, bool json);
/// Who holds a lock and who waits; `take` ends the holds that there are.
int lock(const Setup& setup, const std::string& name, bool take, bool json);

/// What is done with the content of a shared object: an action, and words behind it.
struct ContentArguments {
    std::string name;
    std::string action;  ///< empty: show it
    std::vector<std::string> words;
    std::uint64_t count = unlimited;  ///< of changes that are watched
    bool json = false;
};
int dict(const Setup& setup, const ContentArguments& arguments, std::stop_token stop);
int list(const Setup& setup, const ContentArguments& arguments, std::stop_token stop);
int value(const Setup& setup, const ContentArguments& arguments, std::stop_token stop);
int set(const Setup& setup, const ContentArguments& arguments, std::stop_token stop);

int stats(const Setup& setup, const std::optional<std::string>& queue, bool json);
int purge(const Setup& setup, const std::string& queue);
int kick(const Setup& setup, const std::string& queue, std::uint64_t count);
int close(const Setup& setup, const std::string& queue, bool now);
int join(const Setup& setup, const std::string& queue,
         const std::optional<std::chrono::milliseconds>& timeout, std::stop_token stop);
int destroy(const Setup& setup, const std::string& queue);

}  // namespace handoff::tool
