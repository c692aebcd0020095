#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <typeindex>
#include <vector>

#include "handoff/config.hpp"
#include "handoff/log.hpp"
#include "handoff/stats.hpp"

namespace handoff {

namespace detail {
struct NoInstance;
struct ServedType;
}  // namespace detail
template <typename T>
class ExposedType;

/// The server: owns queues and serves them on a thread of its own from construction to destruction.
/// Put one into your program, or run `handoff serve` beside it.
///
/// A forked child inherits a Manager that does nothing there.
///
/// Thread safety: safe from every thread.
class Manager {
public:
    /// Binds every endpoint of `config.manager.listen` and begins to serve. Throws Error:
    /// config_invalid, address_in_use (another manager is there), system. Then nothing stays bound.
    /// Its sessions, and strangers that it turns away, are told to `log`.
    explicit Manager(const Config& config = {}, const Log& log = {});

    /// Stops. What is kept in memory only is gone; clients see an unreachable manager. Methods of
    /// registered types that run are asked to stop, and waited for; no other is begun.
    ~Manager();

    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    /// The endpoints that are served, free ports (`tcp://127.0.0.1:*`) as they were chosen.
    [[nodiscard]] const std::vector<std::string>& endpoints() const noexcept;

    /// The manager and all its queues, at this moment.
    [[nodiscard]] ManagerStats stats() const;

    /// From now on clients with keys may do what these roles allow: also those that are there, from
    /// their next request on. What they wait for and may not have any more ends with
    /// errc::not_authorised; leases and locks that they have stay theirs. docs/security.md.
    ///
    /// Throws errc::config_invalid, and changes nothing, if a role is not valid, if there is none
    /// while there were some, or if somebody could pass by them, without a key. Costs a look at
    /// each session and at what it waits for.
    void set_roles(const std::map<std::string, RoleOptions>& roles);

    // ---- registered types: include handoff/expose.hpp; see docs/objects/registered.md

    /// Offers a class to clients, who call its methods by `client.object(name)`; what is returned
    /// takes the methods. This manager serves already: a client that asks before the type is
    /// exposed gets errc::stale_reference, and may ask again.
    ///
    /// An instance is made when it is first needed, from copies of `arguments`; or, if there is one
    /// argument and that is a function, by calling it for a `std::shared_ptr<T>` or
    /// `std::unique_ptr<T>`. Instances are destroyed by threads of the manager's, or by that
    /// which destroys the manager.
    ///
    /// Throws errc::invalid_argument for a bad name, errc::object_mismatch if there is an object of
    /// that name, errc::limit_exceeded.
    template <typename T, typename... Arguments>
    ExposedType<T> expose(const std::string& name, Arguments... arguments);
    /// Functions that need no class.
    ExposedType<detail::NoInstance> expose(const std::string& name);
    /// Tells the methods of a class whose instances other methods return, see
    /// ExposedType::method_returning_object(). If it is described again, that counts for instances
    /// that are returned from then on.
    template <typename T>
    ExposedType<T> describe();

private:
    friend class Client;
    /// As endpoints(), behind one for clients of this process, if others need keys.
    [[nodiscard]] std::vector<std::string> endpoints_within() const;

    template <typename T>
    friend class ExposedType;
    [[nodiscard]] std::size_t reserve(const std::string& name);
    void offer(std::size_t id, detail::ServedType type);
    void withdraw(std::size_t id);
    void describe(std::type_index type, detail::ServedType description);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace handoff
