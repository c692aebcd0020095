#pragma once

/// The types of shared objects, declared: each has a header of its own.
namespace handoff {

namespace detail {

template <bool Recursive>
class BasicLock;
template <bool Recursive>
class BasicCondition;
template <bool Bounded>
class BasicSemaphore;

}  // namespace detail

using Lock = detail::BasicLock<false>;
using RecursiveLock = detail::BasicLock<true>;
using Condition = detail::BasicCondition<false>;
using Semaphore = detail::BasicSemaphore<false>;
using BoundedSemaphore = detail::BasicSemaphore<true>;

class RwLock;
class Event;
class Barrier;
class Latch;
template <typename T>
class Election;
template <typename T>
class Value;
template <typename T>
class Array;
template <typename T>
class List;
template <typename K, typename V>
class Dict;
template <typename T>
class Set;
class Namespace;
class RemoteObject;

}  // namespace handoff
