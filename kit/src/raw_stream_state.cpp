#include "raw_stream_state.hpp"

#include <exception>

#include "raw_queue_state.hpp"

namespace handoff::detail {

void StreamState::require_usable() const {
    if (of_this_process()) return;
    throw Error(errc::inert, queue.describe("stream of") +
                                 ": it belongs to the process that this one was forked from; make "
                                 "another from the queue");
}

ClientDriver& StreamState::driver() const {
    return queue.connection().driver();
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
        handler(failure.number, Error(failure.code, failure.text));
    }
}

void StreamState::tell_at_the_end(ClientDriver& driver,
                                  const std::vector<core::StreamFailure>& failures) const noexcept {
    for (const core::StreamFailure& failure : failures) {
        try {
            const Error error(failure.code, failure.text);
            handler ? handler(failure.number, error) : driver.report(error);
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
