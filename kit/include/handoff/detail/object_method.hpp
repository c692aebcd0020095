#pragma once

#include <cstdint>

namespace handoff::detail {

/// What can be asked of shared objects. The numbers are the protocol's; docs/protocol-objects.md
/// says what each takes and answers, by the kind of object.
enum class Method : std::uint16_t {
    acquire = 1,
    acquire_shared = 2,
    release = 3,
    renew = 4,
    break_hold = 5,
    state = 6,
    wait = 7,
    sleep = 8,
    notify = 9,
    proclaim = 10,
    set = 11,
    count_down = 12,
    acted = 13,
    abort = 14,
    reset = 15,

    get = 20,
    put = 21,
    add = 22,
    compare_exchange = 23,
    exchange = 24,
    size = 25,
    clear = 26,
    changed = 27,
    page = 28,
    contains = 29,
    erase = 30,
    take = 31,
    take_any = 32,
    get_or_put = 33,
    append = 34,
    insert = 35,
    find = 36,
    count = 37,
    erase_value = 38,
    reverse = 39,
    replace = 40,
    fill = 41,
    combine = 42,
    compare = 43,

    invoke = 64,
};

}  // namespace handoff::detail
