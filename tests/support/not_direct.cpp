#include "support/not_direct.hpp"

#include <map>
#include <string_view>

namespace handoff::test {
namespace {

constexpr const char* managers = "it is about a manager, which a direct queue does not ask";
constexpr const char* credit =
    "it waits for waiting_gets; who waits at producers is there by credit, and not counted";
constexpr const char* producers =
    "it puts from several clients; there is no order, and no room, that several producers share";
constexpr const char* refused = "a call that the engine refuses is only a part of it";

const std::map<std::string_view, const char*> reasons{
    {"a client made from its manager needs no settings", managers},
    {"without a manager a call ends as unreachable, naming the endpoint", managers},
    {"calls made after the manager has gone end as well", managers},
    {"a stop token ends a call although the manager has gone", managers},
    {"a restarted manager has none of what it kept in memory, and says so once", managers},
    {"a manager serves several endpoints, and names them as clients can use them", managers},
    {"streams go on after their manager has come back", managers},
    {"a token grows with each delivery, of whatever queue",
     "tokens grow within a producer; the other queue of the case is a manager's"},
    {"the handles of a destroyed client are inert",
     "what a producer put and nobody acknowledged ends with its client"},
    {"a delayed item is not handed out before its time, and others pass it",
     "the first try_get gives addresses without a producer half a second, which is past its delay"},
    {"each item goes to one consumer of many",
     "what was fetched for one that waits and given back may come after newer items"},
    {"puts of two clients come out in the order in which they finished", producers},
    {"waiting puts enter in the order in which they came", producers},
    {"close wakes the gets that wait", credit},
    {"a closed queue is not drained while another client may give an item back", credit},
    {"a lease waits for an item, or for its time", credit},
    {"a released item comes again, first to those who wait", credit},
    {"waiting gets are served in the order in which they came", credit},
    {"a get that is stopped leaves its turn to the next", credit},
    {"a get waits for the put and ends as soon as it comes", credit},
    {"more waiting calls than the manager takes of a session delay nobody else", credit},
    {"each of many waiting threads gets one item", credit},
    {"a get waits on while the manager answers", credit},
    {"a stopped get is cancelled and takes nothing", credit},
    {"a stopped lease holds nothing", credit},
    {"get_many waits for the first item, and takes what is there up to its maximum", credit},
    {"an item of another type is reported and not lost", refused},
    {"an asynchronous get is told the item that is there", refused},
    {"bad arguments of asynchronous calls are told at once", refused},
    {"ack_and_put waits as a whole while the target is full", refused},
    {"a stopped ack_and_put does neither, and the lease is as it was", refused},
    {"a commit that waits for room ends when its target is closed", refused},
    {"a commit does not reach over to another manager", refused},
    {"a lease does not lapse while its commit waits for room", refused},
    {"many workers move every job once", refused},
    {"waiting and asynchronous calls of one client do not hinder each other", refused},
    {"a coroutine awaits another and gets what it returns", refused},
    {"what a coroutine throws comes out where it is awaited", refused},
    {"what a spawned coroutine throws is told at its end", refused},
    {"a stop token ends a coroutine where it waits", refused},
    {"a coroutine waits for a limited time", refused},
    {"a client that is destroyed leaves no coroutine waiting", refused},
    {"a coroutine puts what is built in braces, named before it is awaited", refused},
    {"many clients that put the same keys put each of them once", refused},
    {"of two puts with one key that wait the second is recognised", refused},
    {"what is too large in a commit is refused, and nothing of it is done", refused},
};

}  // namespace

const char* reason_not_to_be_direct(const std::string& test_case) {
    const auto found = reasons.find(test_case);
    return found == reasons.end() ? nullptr : found->second;
}

}  // namespace handoff::test
