#include "support/not_direct.hpp"

#include <algorithm>

namespace handoff::test {
namespace {

/// What these cases show the engine refuses by design, or it means something else there.
struct Group {
    const char* reason;
    std::vector<std::string> cases;
};

const std::vector<Group> groups{
    {"asynchronous calls are refused: they end in the session with one manager",
     {
         "a destroyed client flushes its asynchronous puts",
         "a destroyed client tells the end of what it had begun, once",
         "a handler cannot dispatch",
         "a handler that throws while its client is destroyed is reported",
         "a result that is fetched when its client is gone gives no item, which went back",
         "a result that is fetched when its session has ended gives no item",
         "a result that was moved from holds nothing",
         "a session lives while its application does not dispatch",
         "a settlement that is described and does not begin gives the item back",
         "a stopped asynchronous get is cancelled and takes nothing",
         "an asynchronous acknowledgement and its put happen together",
         "an asynchronous call begins once",
         "an asynchronous call may be stopped by another thread, and before it begins",
         "an asynchronous get is told the item that is there",
         "an asynchronous get of another type says so, and the item is not lost",
         "an asynchronous get waits, and the descriptor tells when its item has come",
         "an asynchronous get with a limit ends empty when nothing came in time",
         "an asynchronous join is told when everything is acknowledged",
         "an asynchronous put is told when the manager has the item",
         "an asynchronous put waits while the queue is full",
         "an asynchronous put with a limit is surely not done when there is no room in time",
         "an asynchronous settlement of a lapsed lease is told so",
         "an item of another type is reported and not lost",
         "an item whose result nobody fetches goes back",
         "asynchronous calls are told when their manager is gone, and go on with the next",
         "asynchronous calls without a manager are told that it cannot be reached",
         "asynchronous settlements do what the waiting ones do",
         "asynchronous takers end when the queue is closed and drained",
         "bad arguments of asynchronous calls are told at once",
         "calls that a handler begins are sent together, in their order",
         "handlers may make calls that wait",
         "of two copies of a settlement one begins",
         "two threads cannot dispatch at once",
         "waiting and asynchronous calls of one client do not hinder each other",
         "what a destroyed client had been given and not told goes back",
         "what a handler throws leaves dispatch, its item goes back, and the others are told",
     }},
    {"coroutines are refused: they stand upon asynchronous calls",
     {
         "a client that is destroyed leaves no coroutine waiting",
         "a coroutine awaits another and gets what it returns",
         "a coroutine puts what is built in braces, named before it is awaited",
         "a coroutine waits for a limited time",
         "a stop token ends a coroutine where it waits",
         "what a coroutine throws comes out where it is awaited",
         "what a spawned coroutine throws is told at its end",
     }},
    {"commits are refused: one manager carries them out",
     {
         "a commit acknowledges and puts on several queues at once",
         "a commit does not reach over to another manager",
         "a commit that waits for room ends when its target is closed",
         "a commit whose put is recognised acknowledges all the same",
         "a commit with a lapsed lease does nothing at all",
         "a commit with one closed target does nothing",
         "a commit with one full target puts nothing to the others",
         "a lease does not lapse while its commit waits for room",
         "a lease of a consumer can be released, buried, extended and committed",
         "a stopped ack_and_put does neither, and the lease is as it was",
         "a trace passes through a put and through ack_and_put untouched",
         "ack_and_put may put to the queue that it takes from, even where that is full",
         "ack_and_put takes the job away and adds the result",
         "ack_and_put waits as a whole while the target is full",
         "many workers move every job once",
         "the puts of a commit heed their options",
         "what is too large in a commit is refused, and nothing of it is done",
     }},
    {"keys are refused: a producer does not know which of them came in at others",
     {
         "a closed queue goes on recognising what it took",
         "a key is put again after its window",
         "a key is put again when enough newer ones have come",
         "a key may have as many bytes as the limit, and no more",
         "a key that several items would share is refused, and nothing is put",
         "a key within its window is put once, in every way to put",
         "a recognised put needs no room",
         "keys are the queue's, whoever puts",
         "many clients that put the same keys put each of them once",
         "of two puts with one key that wait the second is recognised",
         "the items of a producer keep their options, and their order",
     }},
    {"the orders lifo and priority are refused: no producer knows what the others have",
     {
         "a batch shares its options",
         "a lifo queue hands out the newest first, released ones at their old places",
         "a priority queue hands out the greatest first and the oldest among equals",
         "a released item of a priority queue takes its old place",
         "an option that differs from what is in force is a mismatch that names it",
         "the first to open a queue decides where the manager has no opinion",
     }},
    {"dead_letter is refused: a producer has no other queue to move items to",
     {
         "a dead item moves to the dead-letter queue that was named",
         "a dead item stays where it is while the dead-letter queue is full",
         "a dead-letter queue is there without having been opened",
         "the dead keep their keys",
         "the dead tell why they died, and keep what they came with",
     }},
    {"destroy_queue is refused: a part goes with its producer",
     {
         "a handle stays stale when its queue's name is used again",
         "a lease of a destroyed queue cannot be acknowledged",
         "a manager tells its log of addresses, sessions and queues",
         "a stream of a destroyed queue says so",
         "destroying a queue ends the calls that wait at it",
         "handles to a destroyed queue are stale",
         "no log holds what is in an item",
     }},
    {"it is about a manager, which a direct queue does not ask",
     {
         "a client made from its manager needs no settings",
         "a manager serves several endpoints, and names them as clients can use them",
         "a restarted manager has none of what it kept in memory, and says so once",
         "a token grows with each delivery, of whatever queue",
         "calls made after the manager has gone end as well",
         "more waiting calls than the manager takes of a session delay nobody else",
         "streams go on after their manager has come back",
         "without a manager a call ends as unreachable, naming the endpoint",
     }},
    {"what several clients put has no common order and no common room: each is a producer",
     {
         "puts of two clients come out in the order in which they finished",
         "waiting puts enter in the order in which they came",
     }},
    {"those who wait at several producers have no common line, and what was fetched for one and "
     "given back may come after newer items",
     {
         "a closed queue is not drained while another client may give an item back",
         "each item goes to one consumer of many",
         "waiting gets are served in the order in which they came",
     }},
    {"a queue to which nobody has put has no producer, and so nobody who answers",
     {
         "a get waits on while the manager answers",
     }},
    {"the first peek gives addresses without a producer half a second, which is past its delay",
     {
         "an item released with a delay stays away and then takes its old place",
     }},
    {"what a producer put and nobody acknowledged ends with its client",
     {
         "the handles of a destroyed client are inert",
     }},
};

}  // namespace

const char* reason_not_to_be_direct(const std::string& test_case) {
    for (const Group& group : groups) {
        if (std::ranges::find(group.cases, test_case) != group.cases.end()) return group.reason;
    }
    return nullptr;
}

std::vector<std::string> cases_not_for_direct_queues() {
    std::vector<std::string> all;
    for (const Group& group : groups) {
        all.insert(all.end(), group.cases.begin(), group.cases.end());
    }
    return all;
}

}  // namespace handoff::test
