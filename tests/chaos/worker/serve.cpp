#include <unistd.h>

#include <string>

#include "chaos/worker/orders.hpp"
#include "handoff/endpoint.hpp"
#include "handoff/manager.hpp"

namespace chaos {

int serve(const Orders& orders) {
    const History history{orders.history};
    const handoff::Manager manager{orders.config()};
    const auto tcp = handoff::Endpoint::parse(manager.endpoints().back());
    history.header().port.store(tcp.port);
    history.header().ready.store(1);
    for (;;) {
        ::pause();
    }
}

int challenge(const Orders& orders) {
    try {
        const handoff::Manager manager{orders.config()};
    } catch (const handoff::Error& error) {
        if (error.code() == handoff::errc::store_in_use) return ends_refused;
        throw;
    }
    return ends_served;
}

}  // namespace chaos
