#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "handoff/config.hpp"
#include "handoff/detail/object_types.hpp"
#include "handoff/detail/raw_object.hpp"
#include "handoff/error.hpp"
#include "handoff/log.hpp"
#include "handoff/queue.hpp"
#include "handoff/ref.hpp"
#include "handoff/stats.hpp"

namespace handoff {

class Batch;
class Manager;
struct BatchOptions;

/// One process's session with a manager. Make one, share it between all threads: calls of several
/// threads travel together, and reach the manager in the order in which they were made.
///
/// It connects by itself, keeps its session over lost connections, and sends again what was not
/// answered; the manager recognises repeats. When the manager does not answer for
/// `unreachable_after`, waiting calls throw errc::unreachable, and later ones try again.
///
/// In a forked child, queues opened through it work (on a session of the child's own); the object
/// itself is inert there: its destructor does nothing.
///
/// Thread safety: safe from every thread. Do not destroy it while calls of its queues wait, nor in
/// a handler that dispatch() calls.
class Client {
public:
    /// Connects in the background; throws errc::config_invalid only. Connections and sessions that
    /// come and go are told to `log`.
    explicit Client(const Config& config = Config::load(), const Log& log = {});

    /// A client of a manager in this process, on its first endpoint.
    explicit Client(const Manager& manager, const Log& log = {});

    /// Sends what is not confirmed yet, for at most `linger`, then ends the session: its leases go
    /// back at once. Queues and leases of this client throw errc::inert from then on. Asynchronous
    /// calls that have not ended do so now, and their handlers are called by this thread: gets and
    /// joins are cancelled, the others are done or cancelled, or, if no answer comes, unknown.
    ~Client();

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Opens a queue, and makes it if there is none. The same name is the same queue everywhere.
    /// Throws errc::queue_mismatch if an option that is set differs from what is in force,
    /// errc::invalid_argument for a bad name or option, errc::unreachable.
    template <typename T>
    [[nodiscard]] Queue<T> queue(const std::string& name, const QueueOptions& options = {}) {
        return Queue<T>(detail::RawQueue(connection_, name, options));
    }

    /// Removes a queue and all that is in it. Handles to it throw errc::stale_reference from then
    /// on, also when the name is used again. Throws errc::stale_reference if there is none.
    void destroy_queue(const std::string& name);

    // ---- shared objects: include the header of the kind, handoff/lock.hpp and so on; see
    // docs/objects. Each opens the object of that name, and makes it if there is none. Throws
    // errc::object_mismatch if the name belongs to another kind of object or an option that is set
    // differs from what is in force, errc::invalid_argument, errc::unreachable.

    [[nodiscard]] Lock lock(const std::string& name, const ObjectOptions& options = {});
    [[nodiscard]] RecursiveLock recursive_lock(const std::string& name,
                                               const ObjectOptions& options = {});
    [[nodiscard]] RwLock rw_lock(const std::string& name, const ObjectOptions& options = {});
    /// With so many permits, when it is made.
    [[nodiscard]] Semaphore semaphore(const std::string& name, std::uint64_t permits = 1);
    [[nodiscard]] BoundedSemaphore bounded_semaphore(const std::string& name,
                                                     std::uint64_t permits = 1);
    [[nodiscard]] Event event(const std::string& name);
    [[nodiscard]] Barrier barrier(const std::string& name, std::uint64_t parties,
                                  ObjectOptions options = {});
    [[nodiscard]] Latch latch(const std::string& name, std::uint64_t count);
    template <typename T>
    [[nodiscard]] Election<T> election(const std::string& name, const ObjectOptions& options = {}) {
        return Election<T>(detail::RawObject(connection_, ObjectKind::election, name, options));
    }

    template <typename T>
    [[nodiscard]] Value<T> value(const std::string& name, const ObjectOptions& options = {}) {
        return Value<T>(detail::RawObject(connection_, ObjectKind::value, name, options));
    }
    /// So many values, all T{} when it is made.
    template <typename T>
    [[nodiscard]] Array<T> array(const std::string& name, std::uint64_t length,
                                 ObjectOptions options = {}) {
        options.count = length;
        return Array<T>(detail::RawObject(connection_, ObjectKind::array, name, options));
    }
    template <typename T>
    [[nodiscard]] List<T> list(const std::string& name, const ObjectOptions& options = {}) {
        return List<T>(detail::RawObject(connection_, ObjectKind::list, name, options));
    }
    template <typename K, typename V>
    [[nodiscard]] Dict<K, V> dict(const std::string& name, const ObjectOptions& options = {}) {
        return Dict<K, V>(detail::RawObject(connection_, ObjectKind::dict, name, options));
    }
    template <typename T>
    [[nodiscard]] Set<T> set(const std::string& name, const ObjectOptions& options = {}) {
        return Set<T>(detail::RawObject(connection_, ObjectKind::set, name, options));
    }
    [[nodiscard]] Namespace name_space(const std::string& name, const ObjectOptions& options = {});

    /// Calls of shared objects that travel in one message; include handoff/batch.hpp.
    [[nodiscard]] Batch batch();
    [[nodiscard]] Batch batch(const BatchOptions& options);

    /// An object of a registered type, which the manager's program has exposed under this name:
    /// its methods run there. Throws errc::stale_reference if there is none.
    [[nodiscard]] RemoteObject object(const std::string& name);

    /// Makes an object without a name: `client.anonymous<Dict<int, Ref<Lock>>>()`. It lives while
    /// this client has a handle of it or another session a reference to it, or it is in a container
    /// that lives; docs/objects/references.md.
    template <typename T>
    [[nodiscard]] T anonymous(const ObjectOptions& options = {}) {
        static_assert(detail::kind_of<T> != ObjectKind::queue, "queues have names");
        static_assert(detail::kind_of<T> != ObjectKind::registered, "a method returns such a one");
        return T(detail::RawObject(connection_, detail::kind_of<T>, options));
    }

    /// What a reference refers to, an object or a queue. Throws errc::stale_reference if that was
    /// destroyed, or is of another manager or an earlier life of this one.
    template <typename T>
    [[nodiscard]] T open(const Ref<T>& reference) {
        if constexpr (detail::kind_of<T> == ObjectKind::queue) {
            return T(detail::RawQueue(connection_, reference.raw_));
        } else {
            return T(detail::RawObject(connection_, reference.raw_));
        }
    }

    /// Removes an object of this kind, and what is in it. Calls that wait there, and handles to it
    /// from then on, throw errc::stale_reference, as this does if there is none.
    void destroy_object(const std::string& name, ObjectKind kind);

    /// The manager and all its queues; not those that have another manager by the configuration.
    [[nodiscard]] ManagerStats stats();
    /// All shared objects, by name, each with up to 16 of its holders and 16 of the calls that wait
    /// there. Throws errc::unsupported if the manager is too old to tell.
    [[nodiscard]] std::vector<ObjectStats> objects();
    /// The shared object of this name, with up to 1,000 of both; empty: there is none. Makes none.
    [[nodiscard]] std::optional<ObjectStats> find_object(const std::string& name);

    /// Waits until the manager has answered; throws errc::unreachable and what a refusal says.
    void wait_until_connected();

    // ---- for an application with an event loop: asynchronous calls, see async.hpp

    /// A descriptor that is readable when dispatch() has something to do, for epoll, poll or a
    /// library that watches descriptors. Do nothing but watch it: it is closed with the client
    /// (which takes it out of an epoll set), and a forked child asks for one of its own.
    [[nodiscard]] int fd();

    /// Sends and receives what there is, and calls the handlers of asynchronous calls that have
    /// ended, in this thread; resumes their coroutines. Never waits. Returns how many it called.
    /// Those that end meanwhile are left for the next time, and fd() stays readable for them.
    ///
    /// An exception that leaves a handler leaves dispatch(); what the handler had been given and
    /// had not fetched goes back, and the next dispatch() goes on with the other handlers.
    ///
    /// One thread at a time dispatches; a second one, or a handler, that calls it throws
    /// errc::misuse. The session lives also while nobody dispatches, but no handler is called.
    std::size_t dispatch();

    /// Acknowledgements sent without waiting (by get) that the manager refused: their items had
    /// gone back already and will be, or were, handed out again.
    [[nodiscard]] std::uint64_t late_acknowledgements() const;

    /// Called with what no call can report any more: acknowledgements that are unconfirmed when the
    /// client is destroyed. In the thread that destroys it. Without a callback they are dropped.
    void on_error(std::function<void(const Error&)> callback);

private:
    std::shared_ptr<detail::Connection> connection_;
};

}  // namespace handoff
