#include "raw_stream_state.hpp"

#include <exception>

#include "raw_queue_state.hpp"

namespace handoff::detail {

void StreamState::fail_inert() const {
    throw Error(errc::inert,
                queue.describe("stream of") +
                    (of_this_process() ? ": its Client has been destroyed"
                                       : ": it belongs to the process that this one was forked "
                                         "from; make another from the queue"));
}

core::QueueRef StreamState::ref() const {
    return queue.ref();
}

void StreamState::tell(const std::vector<core::StreamFailure>& failures,
                       const char* consequence) const {
    if (failures.empty()) return;
    if (!handler) {
        throw Error(failures.front().code, failures.front().text + " (item " +
                                               std::to_string(failures.front().number) + ")" +
                                               consequence);
    }
    for (const core::StreamFailure& failure : failures) {
        const Error error(failure.code, failure.text);
        for (std::uint64_t at = 0; at < failure.count; ++at) handler(failure.number + at, error);
    }
}

void StreamState::tell_at_the_end(ClientDriver& driver,
                                  const std::vector<core::StreamFailure>& failures) const noexcept {
    for (const core::StreamFailure& failure : failures) {
        try {
            const Error error(failure.code, failure.text);
            for (std::uint64_t at = 0; at < failure.count; ++at) {
                handler ? handler(failure.number + at, error) : driver.report(error);
            }
        } catch (const std::exception&) {
            // A destructor lets no exception out.
        }
    }
}

void StreamState::require_within(const std::string& what, const char* name, std::uint64_t value,
                                 std::uint64_t most) {
    if (value >= 1 && value <= most) return;
    throw Error(errc::invalid_argument, what + ": " + name + " is " + std::to_string(value) +
                                            "; 1 to " + std::to_string(most) + " are allowed");
}

}  // namespace handoff::detail
