#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "process/tool.hpp"
#include "support/world.hpp"

/// A manager in a process of its own, an honest client that uses it all the time, and somebody who
/// attacks it. What has to hold whatever the attack is stands in attack().
namespace handoff::hostile {

/// Key files of a manager, and of the honest client, whom it lets in.
class Keys {
public:
    Keys();
    /// What makes a manager ask for them.
    [[nodiscard]] Program::Words environment() const;
    [[nodiscard]] SecurityConfig honest() const;
    [[nodiscard]] std::string manager_public_key() const;

private:
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path() / name; }

    test::TemporaryFolder folder_;
};

class Siege {
public:
    /// `handoff serve` over tcp, with more settings by environment.
    explicit Siege(const Program::Words& environment = {});
    /// The same, where clients need keys.
    explicit Siege(const Keys& keys, const Program::Words& environment = {});

    /// Measures the honest client's round trips, begins the attack, measures them meanwhile, and
    /// fails the test unless: the manager lives; each honest item came, once and in order; the
    /// manager has grown by no more than `memory_max` bytes; round trips took no longer than they
    /// may; and whoever comes after it is served. `name` is for people.
    void attack(const std::string& name, std::size_t memory_max,
                const std::function<void()>& attack);

    [[nodiscard]] const std::string& endpoint() const { return served_.endpoint(); }
    [[nodiscard]] Config config() const;
    /// How often the manager's log has this text.
    [[nodiscard]] std::size_t told(const std::string& text);
    [[nodiscard]] pid_t manager() { return served_.server().pid(); }
    /// What the manager has in memory.
    [[nodiscard]] std::size_t memory();
    /// Whether it comes to rest in time: at twenty looks in a row each of its threads sleeps. One
    /// that spins does not, however little of a core it gets.
    [[nodiscard]] bool comes_to_rest();

private:
    [[nodiscard]] bool sleeps();

    Served served_;
    SecurityConfig security_;  ///< of the honest client
};

/// Allows this process as many descriptors as it may have.
void take_all_descriptors();

}  // namespace handoff::hostile
