#include "direct_host.hpp"

#include <algorithm>
#include <atomic>

#include "handoff/error.hpp"
#include "log_entries.hpp"
#include "manager_settings.hpp"
#include "os/host.hpp"
#include "os/quiet_thread.hpp"

namespace handoff::detail {
namespace {

/// How long the last messages may take to leave, once the producer has ended.
constexpr core::Millis last_words_linger{200};
/// How long a consumer that can be reached may take to answer the farewell.
constexpr core::Millis last_answer{1000};

core::ManagerSettings settings_of(const std::string& queue, const QueueOptions& options,
                                  const Config& config) {
    core::ManagerSettings settings = manager_settings(config);
    settings.queues_max = 1;
    settings.queues = {{queue, options}};
    return settings;
}

std::string fresh_own_address() {
    static std::atomic<unsigned int> number{0};
    return "inproc://handoff.direct." + std::to_string(++number);
}

}  // namespace

DirectHost::DirectHost(const std::string& queue, const QueueOptions& options, const Config& config,
                       const Log& log)
    : router_(net::process_context(), router_limits(config)),
      loop_(router_, settings_of(queue, options, config), decode_limits(router_limits(config)),
            config.manager.spin, log),
      own_address_(fresh_own_address()) {
    router_.linger(last_words_linger);
    bind(queue, config.routes.at(queue).bind);
    router_.bind(own_address_, 1);
    tell(log, {{LogLevel::info, "a producer of queue \"" + queue + "\" serves " + address_}});
    thread_ = quiet_thread([this] { loop_.run(); });
}

DirectHost::~DirectHost() {
    loop_.stop();
    thread_.join();
}

void DirectHost::say_farewell(core::Millis limit) {
    loop_.say_farewell(std::min(limit, last_answer));
}

void DirectHost::bind(const std::string& queue, const std::vector<std::string>& addresses) {
    std::string reasons;
    errc code = errc::system;
    for (const std::string& address : addresses) {
        try {
            router_.bind(address, 1);
            address_ = address;
            return;
        } catch (const Error& error) {
            // It is another producer's, or another host's.
            if (error.code() != errc::address_in_use && error.code() != errc::system) throw;
            if (error.code() == errc::address_in_use) code = error.code();
            reasons += std::string("; ") + error.what();
        }
    }
    throw Error(code,
                "put on queue \"" + queue +
                    "\": none of its addresses is free for another producer; name one in bind for "
                    "each" +
                    reasons);
}

}  // namespace handoff::detail
