#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "commands.hpp"
#include "handoff/error.hpp"
#include "handoff/version.hpp"
#include "signals.hpp"

namespace handoff::tool {
namespace {

constexpr const char* overview =
    R"(Queues and shared objects that threads, processes and machines use as if they were local.

The manager is found by --manager, HANDOFF_MANAGER, the file of --config or HANDOFF_CONFIG, and
the default address, in this order.)";

constexpr const char* examples = R"(Examples:
  handoff serve                              a manager at the default address
  handoff serve --log info                   the same, telling of clients that come and go
  handoff serve --listen tcp://127.0.0.1:5555 --listen ipc:///run/handoff.sock
  handoff put jobs "first" "second"          two items
  seq 100000 | handoff put jobs -            a line of standard input is an item
  handoff get jobs --count 10 --timeout 5s   ten items, none later than 5 s after the one before
  handoff get jobs --follow                  all that comes, until the queue is closed
  handoff put --json jobs '{"id": 7}'        any JSON value
  handoff stats                              all queues at a glance
  handoff objects                            all shared objects, with those who hold locks
  handoff dict prices set apples 3           an entry of a dictionary; without an action, all of it
  handoff lock gpu --break                   takes it from its holder, for whom it is lost
  handoff keygen keys/ann                    keys/ann.key, which is secret, and keys/ann.pub
  handoff store check --data /srv/handoff    says what is wrong with stored queues
  handoff config check farm.toml             says what is wrong with a file
  handoff config show --config farm.toml     every setting in force, and where it came from

Exit status: 0 done, 1 error, 75 no manager answers, 124 nothing came in time.)";

/// What all commands share.
struct Common {
    std::string manager;
    std::string config;
    std::string log = "warning";
    bool json = false;
};

constexpr std::array log_levels{LogLevel::debug, LogLevel::info, LogLevel::warning,
                                LogLevel::error};

/// Lines on standard error of what is at least as important as that level.
Log log_from(const std::string& level) {
    const LogLevel least = *std::find_if(log_levels.begin(), log_levels.end(),
                                         [&](LogLevel each) { return to_string(each) == level; });
    return [least](const LogRecord& record) {
        if (record.level < least) return;
        std::fprintf(stderr, "handoff: %s: %.*s\n", to_string(record.level).data(),
                     static_cast<int>(record.text.size()), record.text.data());
    };
}

Setup setup_from(const Common& common) {
    Setup setup;
    setup.config = common.config.empty() ? Config::load() : Config::load(common.config);
    const char* named = std::getenv("HANDOFF_CONFIG");
    setup.file = common.config.empty() && named != nullptr ? named : common.config;
    if (!common.manager.empty()) setup.config.client.connect = {common.manager};
    setup.log = log_from(common.log);
    return setup;
}

using Command = std::function<int(const Common&, const Signals&)>;

/// The command line as it was read: which command, with which arguments bound to it.
struct CommandLine {
    Common common;
    Command command;
};

using Millis = std::chrono::milliseconds;

/// "200ms", "5s", "1m", "2h" as milliseconds.
CLI::Option* add_duration(CLI::App* app, const std::string& name, std::optional<long>& into,
                          const std::string& help) {
    const std::map<std::string, long> units{
        {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
    return app->add_option(name, into, help)
        ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "DURATION"))
        ->check(CLI::NonNegativeNumber);
}

std::optional<Millis> millis(const std::optional<long>& count) {
    return count ? std::optional(Millis(*count)) : std::nullopt;
}

CLI::App* add_command(CLI::App& app, Common& common, const char* name, const char* help) {
    CLI::App* command = app.add_subcommand(name, help);
    command->add_option("--manager", common.manager, "the manager's address")->type_name("URL");
    command->add_option("--config", common.config, "a configuration file")->type_name("FILE");
    std::set<std::string> levels;
    for (const LogLevel level : log_levels) levels.emplace(to_string(level));
    command->add_option("--log", common.log, "what is told: debug, info, warning or error")
        ->check(CLI::IsMember(levels).description(""))
        ->type_name("LEVEL");
    return command;
}

std::shared_ptr<std::vector<std::string>> add_listen(CLI::App* command) {
    auto listen = std::make_shared<std::vector<std::string>>();
    command
        ->add_option("--listen", *listen,
                     "an address to serve instead of the file's; may be repeated")
        ->type_name("URL");
    return listen;
}

void add_serve(CLI::App& app, CommandLine& line) {
    CLI::App* command =
        add_command(app, line.common, "serve", "run a manager until SIGINT or SIGTERM");
    const auto listen = add_listen(command);
    command->callback([&line, listen] {
        line.command = [listen](const Common& common, const Signals& signals) {
            Setup setup = setup_from(common);
            if (!listen->empty()) setup.config.manager.listen = *listen;
            return serve(setup, signals.token());
        };
    });
}

void add_put(CLI::App& app, CommandLine& line) {
    CLI::App* command =
        add_command(app, line.common, "put", "put items; returns when all are in the queue");
    const auto arguments = std::make_shared<PutArguments>();
    const auto delay = std::make_shared<std::optional<long>>();
    command->add_option("QUEUE", arguments->queue)->required();
    command
        ->add_option("VALUE", arguments->values,
                     "items; - reads one from each line of standard input")
        ->required();
    command->add_flag("--json", line.common.json, "values are JSON, not strings");
    command->add_option("--priority", arguments->priority, "greater comes first");
    add_duration(command, "--delay", *delay, "not handed out before");
    command->add_option("--key", arguments->key,
                        "of one item: put again with it, the item is not added again");
    command->add_option("--header", arguments->headers, "travels with the items; may be repeated")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);  // one at a time, or it would take QUEUE as well
    command->callback([&line, arguments, delay] {
        line.command = [arguments, delay](const Common& common, const Signals& signals) {
            arguments->json = common.json;
            arguments->delay = millis(*delay).value_or(Millis{0});
            return put(setup_from(common), *arguments, signals.token());
        };
    });
}

void add_get(CLI::App& app, CommandLine& line) {
    CLI::App* command =
        add_command(app, line.common, "get", "take items and print them, a line each");
    const auto arguments = std::make_shared<GetArguments>();
    const auto timeout = std::make_shared<std::optional<long>>();
    command->add_option("QUEUE", arguments->queue)->required();
    command->add_option("--count", arguments->count, "so many items")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    add_duration(command, "--timeout", *timeout, "wait no longer for each item");
    command->add_flag("--follow", arguments->follow, "until the queue is closed and drained");
    command->add_flag("--json", line.common.json, "print strings as JSON as well");
    command->callback([&line, arguments, timeout] {
        line.command = [arguments, timeout](const Common& common, const Signals& signals) {
            arguments->json = common.json;
            arguments->timeout = millis(*timeout);
            return get(setup_from(common), *arguments, signals.token());
        };
    });
}

void add_peek(CLI::App& app, CommandLine& line) {
    CLI::App* command = add_command(app, line.common, "peek", "print items without taking them");
    const auto arguments = std::make_shared<PeekArguments>();
    const std::map<std::string, ItemState> states{{"ready", ItemState::ready},
                                                  {"leased", ItemState::leased},
                                                  {"delayed", ItemState::delayed},
                                                  {"dead", ItemState::dead}};
    command->add_option("QUEUE", arguments->queue)->required();
    command->add_option("--count", arguments->count, "at most so many")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command->add_option("--state", arguments->state, "ready, leased, delayed or dead")
        ->transform(CLI::CheckedTransformer(states).description(""))
        ->type_name("STATE");
    command->add_flag("--json", line.common.json, "print strings as JSON as well");
    command->callback([&line, arguments] {
        line.command = [arguments](const Common& common, const Signals&) {
            arguments->json = common.json;
            return peek(setup_from(common), *arguments);
        };
    });
}

void add_stats(CLI::App& app, CommandLine& line) {
    CLI::App* command = add_command(app, line.common, "stats", "show the manager's queues");
    const auto queue = std::make_shared<std::optional<std::string>>();
    command->add_option("QUEUE", *queue, "only this one");
    command->add_flag("--json", line.common.json, "everything, as JSON");
    command->callback([&line, queue] {
        line.command = [queue](const Common& common, const Signals&) {
            return stats(setup_from(common), *queue, common.json);
        };
    });
}

void add_objects(CLI::App& app, CommandLine& line) {
    CLI::App* command =
        add_command(app, line.common, "objects", "show the manager's shared objects");
    const auto name = std::make_shared<std::optional<std::string>>();
    command->add_option("NAME", *name, "only this one");
    command->add_flag("--json", line.common.json, "everything, as JSON");
    command->callback([&line, name] {
        line.command = [name](const Common& common, const Signals&) {
            return objects(setup_from(common), *name, common.json);
        };
    });
}

void add_lock(CLI::App& app, CommandLine& line) {
    CLI::App* command = add_command(app, line.common, "lock",
                                    "show who holds a lock, an election or permits, and who waits");
    const auto name = std::make_shared<std::string>();
    const auto take = std::make_shared<bool>(false);
    command->add_option("NAME", *name)->required();
    command->add_flag("--break", *take, "take it from its holder, who gets lock_lost");
    command->add_flag("--json", line.common.json, "everything, as JSON");
    command->callback([&line, name, take] {
        line.command = [name, take](const Common& common, const Signals&) {
            return lock(setup_from(common), *name, *take, common.json);
        };
    });
}

constexpr const char* content_footer = R"(
A word is the JSON value that it can be read as, else a text: 5 is a number, '"5"' and fast are
texts. What is printed reads back as what it was.)";

/// Commands for what is in shared objects: without an action they show all of it.
struct ContentCommand {
    const char* name;
    const char* help;
    const char* actions;  ///< a line each
    std::set<std::string> words;
    int (*run)(const Setup&, const ContentArguments&, std::stop_token);
};

void add_content(CLI::App& app, CommandLine& line, const ContentCommand& content) {
    CLI::App* command = add_command(app, line.common, content.name, content.help);
    const auto arguments = std::make_shared<ContentArguments>();
    command->add_option("NAME", arguments->name)->required();
    command->add_option("ACTION", arguments->action, "see below; show it if there is none")
        ->check(CLI::IsMember(content.words).description(""));
    command->add_option("WORD", arguments->words, "what the action is about");
    if (content.words.contains("watch")) {
        command->add_option("--count", arguments->count, "watch so many changes, then end");
    }
    command->add_flag("--json", line.common.json, "all words are JSON, and what is printed");
    command->footer(std::string("Actions:\n") + content.actions + content_footer);
    command->callback([&line, arguments, run = content.run] {
        line.command = [arguments, run](const Common& common, const Signals& signals) {
            arguments->json = common.json;
            return run(setup_from(common), *arguments, signals.token());
        };
    });
}

void add_contents(CLI::App& app, CommandLine& line) {
    add_content(app, line,
                {"dict",
                 "show or change a dictionary or a namespace",
                 R"(  get KEY...          the values of these keys; 124 if one is not there
  set KEY VALUE...    put entries; makes the dictionary if there is none
  erase KEY...        prints how many were there
  watch [KEY]         print what is there, and then each change, until SIGINT
)",
                 {"get", "set", "erase", "watch"},
                 dict});
    add_content(app, line,
                {"list",
                 "show or change a list or an array",
                 R"(  get INDEX           below 0 it counts from the end
  set INDEX VALUE     in the place of what is there
  append VALUE...     at the end; makes the list if there is none
  erase INDEX
)",
                 {"get", "set", "append", "erase"},
                 list});
    add_content(app, line,
                {"value",
                 "show or change a value",
                 R"(  get                 124 if it was never set
  set VALUE           makes it if there is none
  add [N]             atomic; prints the sum
  watch               print it, and then each change, until SIGINT
)",
                 {"get", "set", "add", "watch"},
                 value});
    add_content(app, line,
                {"set",
                 "show or change a set",
                 R"(  contains VALUE      124 if not
  add VALUE...        prints how many are new; makes the set if there is none
  erase VALUE...      prints how many were there
)",
                 {"contains", "add", "erase"},
                 set});
}

/// Commands that need the name of a queue and, some of them, one thing more.
void add_queue_commands(CLI::App& app, CommandLine& line) {
    const auto queue = std::make_shared<std::string>();
    const auto add = [&](const char* name, const char* help) {
        CLI::App* command = add_command(app, line.common, name, help);
        command->add_option("QUEUE", *queue)->required();
        return command;
    };
    add("purge", "drop what is ready, delayed or dead; prints how many")->callback([&line, queue] {
        line.command = [queue](const Common& common, const Signals&) {
            return purge(setup_from(common), *queue);
        };
    });
    const auto count = std::make_shared<std::uint64_t>(unlimited);
    CLI::App* kick_command = add("kick", "make dead items ready again; prints how many");
    kick_command->add_option("--count", *count, "at most so many")->check(CLI::NonNegativeNumber);
    kick_command->callback([&line, queue, count] {
        line.command = [queue, count](const Common& common, const Signals&) {
            return kick(setup_from(common), *queue, *count);
        };
    });
    const auto now = std::make_shared<bool>(false);
    CLI::App* close_command = add("close", "no more puts; consumers drain what is there");
    close_command->add_flag("--now", *now, "also drop what is there");
    close_command->callback([&line, queue, now] {
        line.command = [queue, now](const Common& common, const Signals&) {
            return close(setup_from(common), *queue, *now);
        };
    });
    const auto timeout = std::make_shared<std::optional<long>>();
    CLI::App* join_command = add("join", "wait until everything has been acknowledged");
    add_duration(join_command, "--timeout", *timeout, "wait no longer");
    join_command->callback([&line, queue, timeout] {
        line.command = [queue, timeout](const Common& common, const Signals& signals) {
            return join(setup_from(common), *queue, millis(*timeout), signals.token());
        };
    });
    add("destroy", "remove a queue and all that is in it")->callback([&line, queue] {
        line.command = [queue](const Common& common, const Signals&) {
            return destroy(setup_from(common), *queue);
        };
    });
}

void add_config(CLI::App& app, CommandLine& line) {
    CLI::App* config = app.add_subcommand("config", "look at the configuration");
    config->require_subcommand(1);
    CLI::App* check = config->add_subcommand("check", "say what is wrong with a file");
    const auto file = std::make_shared<std::string>();
    check->add_option("FILE", *file)->required();
    check->callback([&line, file] {
        line.command = [file](const Common&, const Signals&) { return config_check(*file); };
    });
    CLI::App* show = add_command(*config, line.common, "show",
                                 "print every setting in force, and where it came from");
    const auto listen = add_listen(show);
    show->add_flag("--json", line.common.json, "values and origins, as JSON");
    show->callback([&line, listen] {
        line.command = [listen](const Common& common, const Signals&) {
            return config_show({common.config, common.manager, *listen, common.json});
        };
    });
}

void add_keygen(CLI::App& app, CommandLine& line) {
    CLI::App* command = app.add_subcommand(
        "keygen", "make the keys of a manager or a client: STEM.key and STEM.pub");
    const auto stem = std::make_shared<std::string>();
    command->add_option("STEM", *stem)->required();
    command->callback([&line, stem] {
        line.command = [stem](const Common&, const Signals&) { return keygen(*stem); };
    });
}

/// What is done with the data of a manager that does not run.
void add_store(CLI::App& app, CommandLine& line) {
    CLI::App* store = app.add_subcommand("store", "look after durable queues of a stopped manager");
    store->require_subcommand(1);
    const auto data = std::make_shared<std::string>();
    using Action = int (*)(const Setup&, const std::string&);
    const auto add = [&](const char* name, const char* help, Action action) {
        CLI::App* command = store->add_subcommand(name, help);
        command->add_option("--config", line.common.config, "a configuration file")
            ->type_name("FILE");
        command->add_option("--data", *data, "the folder, instead of the file's")
            ->type_name("FOLDER");
        command->callback([&line, data, action] {
            line.command = [data, action](const Common& common, const Signals&) {
                return action(setup_from(common), *data);
            };
        });
    };
    add("check", "read all of it and say what is wrong", store_check);
    add("compact", "write it anew, as small as it can be", store_compact);
    add("export", "print its items, a JSON object a line", store_export);
}

/// CLI11 means something of its own by some words: a list in brackets, say, it parts at its commas.
/// With a mark behind it a word stays whole, until the options take the mark off again.
constexpr std::string_view special_beginnings = "[{%";

bool is_special(const std::string& word) {
    return !word.empty() && special_beginnings.find(word.front()) != std::string_view::npos;
}

/// From the last one to the first, as CLI11 wants them.
std::vector<std::string> marked_words(int argc, char** argv) {
    std::vector<std::string> words(std::make_reverse_iterator(argv + argc),
                                   std::make_reverse_iterator(argv + 1));
    for (std::string& word : words) {
        if (is_special(word)) word += '\x1f';
    }
    return words;
}

void take_marks_off(CLI::App& app) {
    for (CLI::Option* option : app.get_options()) {
        option->transform([](std::string word) {
            if (is_special(word)) word.pop_back();
            return word;
        });
    }
    for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
        take_marks_off(*command);
    }
}

int run(const CommandLine& line) {
    const Signals signals;
    try {
        return line.command(line.common, signals);
    } catch (const Error& error) {
        std::fprintf(stderr, "handoff: %s\n", error.what());
        return error.code() == errc::unreachable ? exit_unreachable : exit_error;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "handoff: %s\n", error.what());
        return exit_error;
    }
}

}  // namespace
}  // namespace handoff::tool

int main(int argc, char** argv) {
    using namespace handoff::tool;
    CLI::App app{overview, "handoff"};
    app.footer(examples);
    app.require_subcommand(0, 1);  // with 1 a word that is no command would not be named
    app.set_version_flag("--version", std::string(handoff::version()));
    CommandLine line;
    add_serve(app, line);
    add_put(app, line);
    add_get(app, line);
    add_peek(app, line);
    add_stats(app, line);
    add_queue_commands(app, line);
    add_objects(app, line);
    add_contents(app, line);
    add_lock(app, line);
    add_config(app, line);
    add_keygen(app, line);
    add_store(app, line);
    take_marks_off(app);
    try {
        app.parse(marked_words(argc, argv));
        if (!line.command) throw CLI::RequiredError("A command");
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_done : exit_error;
    }
    return run(line);
}
