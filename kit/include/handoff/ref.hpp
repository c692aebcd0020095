#pragma once

#include <cstdint>
#include <string>

#include "handoff/codec.hpp"
#include "handoff/detail/object_types.hpp"
#include "handoff/detail/raw_ref.hpp"
#include "handoff/object_options.hpp"

namespace handoff {

class Client;
template <typename T>
class Queue;

namespace detail {

/// The kind of object that a handle is of.
inline constexpr auto no_kind = static_cast<ObjectKind>(127);
template <typename T>
inline constexpr ObjectKind kind_of = no_kind;
template <>
inline constexpr ObjectKind kind_of<RemoteObject> = ObjectKind::registered;
template <typename T>
inline constexpr ObjectKind kind_of<Queue<T>> = ObjectKind::queue;
template <>
inline constexpr ObjectKind kind_of<Lock> = ObjectKind::lock;
template <>
inline constexpr ObjectKind kind_of<RecursiveLock> = ObjectKind::recursive_lock;
template <>
inline constexpr ObjectKind kind_of<Semaphore> = ObjectKind::semaphore;
template <>
inline constexpr ObjectKind kind_of<BoundedSemaphore> = ObjectKind::bounded_semaphore;
template <>
inline constexpr ObjectKind kind_of<Event> = ObjectKind::event;
template <>
inline constexpr ObjectKind kind_of<Barrier> = ObjectKind::barrier;
template <>
inline constexpr ObjectKind kind_of<RwLock> = ObjectKind::rw_lock;
template <>
inline constexpr ObjectKind kind_of<Latch> = ObjectKind::latch;
template <typename T>
inline constexpr ObjectKind kind_of<Election<T>> = ObjectKind::election;
template <typename T>
inline constexpr ObjectKind kind_of<Value<T>> = ObjectKind::value;
template <typename T>
inline constexpr ObjectKind kind_of<Array<T>> = ObjectKind::array;
template <typename T>
inline constexpr ObjectKind kind_of<List<T>> = ObjectKind::list;
template <typename K, typename V>
inline constexpr ObjectKind kind_of<Dict<K, V>> = ObjectKind::dict;
template <typename T>
inline constexpr ObjectKind kind_of<Set<T>> = ObjectKind::set;
template <>
inline constexpr ObjectKind kind_of<Namespace> = ObjectKind::name_space;

/// What a handle is made of.
struct RefAccess {
    template <typename T>
    static const auto& raw(const T& handle) {
        if constexpr (requires { handle.raw_; }) {
            return handle.raw_;
        } else if constexpr (requires { handle.hold_; }) {
            return handle.hold_.object();
        } else {
            return handle.values_.raw_;
        }
    }
};

}  // namespace detail

/// A reference to a shared object or a queue, for values and items: `Ref<Dict<K, V>>`, `Ref<Lock>`,
/// `Ref<Queue<T>>`. Whoever reads it opens it with Client::open(). It holds no secret and no
/// address; docs/objects/references.md.
///
/// Thread safety: as a plain value.
template <typename T>
class Ref {
public:
    static constexpr ObjectKind kind = detail::kind_of<T>;
    static_assert(kind != detail::no_kind, "there are no references to this");

    /// Refers to nothing; packing and opening it throw errc::inert.
    Ref() noexcept = default;
    /// To what the handle is of. Throws errc::stale_reference if that was destroyed,
    /// errc::unsupported for a queue of the direct engine.
    Ref(const T& handle) : raw_(detail::RefAccess::raw(handle)) {}  // NOLINT(*-explicit-*): a value

    [[nodiscard]] explicit operator bool() const noexcept { return !raw_.empty(); }
    /// Without a name. Such a reference cannot be put into a queue: errc::unsupported.
    [[nodiscard]] bool is_anonymous() const noexcept { return raw_.is_anonymous(); }
    /// Empty: it is anonymous, or refers to nothing.
    [[nodiscard]] const std::string& name() const noexcept { return raw_.name(); }

    /// Whether both refer to the same object.
    bool operator==(const Ref&) const = default;

private:
    friend class Client;
    friend struct msgpack::adaptor::convert<Ref<T>>;
    friend struct msgpack::adaptor::pack<Ref<T>>;
    detail::RawRef raw_;
};

}  // namespace handoff

// How msgpack-c packs them.
namespace msgpack {
MSGPACK_API_VERSION_NAMESPACE(MSGPACK_DEFAULT_API_NS) {
    namespace adaptor {

    template <typename T>
    struct convert<handoff::Ref<T>> {
        const msgpack::object& operator()(const msgpack::object& from, handoff::Ref<T>& to) const {
            const bool is_reference = from.type == msgpack::type::EXT &&
                                      from.via.ext.type() == handoff::detail::reference_ext;
            if (!is_reference) throw msgpack::type_error();
            to.raw_ = handoff::detail::RawRef::unpack({from.via.ext.data(), from.via.ext.size},
                                                      handoff::Ref<T>::kind);
            return from;
        }
    };

    template <typename T>
    struct pack<handoff::Ref<T>> {
        template <typename Stream>
        msgpack::packer<Stream>& operator()(msgpack::packer<Stream>& to,
                                            const handoff::Ref<T>& from) const {
            const std::string content = from.raw_.pack();
            to.pack_ext(content.size(), handoff::detail::reference_ext);
            to.pack_ext_body(content.data(), static_cast<std::uint32_t>(content.size()));
            return to;
        }
    };

    }  // namespace adaptor
}
}  // namespace msgpack
