// Serves the same queues with Boost.Asio; with the Asio that stands alone only the names differ.
//
//   event_loop_asio        the manager is found as always: HANDOFF_MANAGER, HANDOFF_CONFIG …

#include <utility>  // boost/asio.hpp of 1.74 forgets it

#include <boost/asio.hpp>
#include <csignal>
#include <iostream>

#include "handoff/asio.hpp"
#include "service.hpp"

namespace {

void run() {
    boost::asio::io_context loop;
    handoff::Client client;
    handoff::AsioDispatch<boost::asio::posix::stream_descriptor> dispatching{loop, client};
    boost::asio::signal_set asked_to_stop{loop, SIGINT, SIGTERM};

    Service service{client, [&] {
                        dispatching.stop();
                        asked_to_stop.cancel();
                    }};
    asked_to_stop.async_wait([&service](const boost::system::error_code& error, int) {
        if (!error) service.stop();
    });
    service.start();
    std::cout << "serving" << std::endl;
    loop.run();
    std::cout << service.report() << '\n';
}

}  // namespace

int main() {
    try {
        run();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "event_loop_asio: " << error.what() << '\n';
        return 1;
    }
}
