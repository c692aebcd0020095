// The shared objects of a Client, as far as they need no type of the application's.
#include "handoff/client.hpp"
#include "handoff/lock.hpp"

namespace handoff {

Lock Client::lock(const std::string& name, const ObjectOptions& options) {
    return Lock(detail::RawObject(connection_, ObjectKind::lock, name, options));
}

}  // namespace handoff
