#include "net/strangers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>

namespace handoff::net {
namespace {

constexpr core::Millis telling_pause = std::chrono::minutes{1};
/// Of whom it is remembered that they were told of.
constexpr std::size_t told_max = 1000;

core::LogEntry entry_of(const std::string& address, Strangers::Reason why) {
    const std::string refused = "refused a connection from " + address + ": ";
    switch (why) {
        case Strangers::Reason::mechanism:
            return {LogLevel::warning,
                    refused +
                        "it does not use the security mechanism of this address; with "
                        "[security] mechanism = \"curve\" here, clients need it as well"};
        case Strangers::Reason::other_key:
            return {LogLevel::warning,
                    refused +
                        "what it encrypted does not fit this manager's key; it may expect "
                        "another manager ([security] manager_public_key)"};
        case Strangers::Reason::no_zmtp:
            return {LogLevel::warning, refused + "it does not speak ZMTP, or does it badly"};
        default: break;
    }
    return {LogLevel::info, "a connection from " + address + " ended before its handshake did"};
}

}  // namespace

void Strangers::ended(const std::string& address, core::Time now) {
    const std::optional<Reason> why = std::exchange(why_, std::nullopt);
    if (!why || *why == Reason::not_admitted) return;
    const auto known = told_.find({address, *why});
    if (known != told_.end() && now < core::later(known->second, telling_pause)) return;
    if (told_.size() >= told_max) {
        std::erase_if(told_, [&](const auto& each) {
            return now >= core::later(each.second, telling_pause);
        });
        if (told_.size() >= told_max) return;
    }
    told_[{address, *why}] = now;
    log_.push_back(entry_of(address, *why));
}

std::string peer_of(int descriptor) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return "an address that is gone";
    }
    if (address.ss_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
        ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    } else if (address.ss_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {  // as libzmq's listeners see everybody
            ::inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], text.data(), text.size());
        } else {
            ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
        }
    } else {
        return "this host";
    }
    return text.data();
}

}  // namespace handoff::net
