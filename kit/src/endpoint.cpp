#include "handoff/endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "core/name.hpp"
#include "handoff/error.hpp"

namespace handoff {

namespace {

constexpr std::array schemes{Scheme::inproc, Scheme::ipc, Scheme::tcp, Scheme::ws};

constexpr std::size_t ipc_path_bytes_max = 107;  // sockaddr_un's field less its final zero
constexpr std::size_t inproc_name_bytes_max = 255;
constexpr std::size_t host_bytes_max = 253;  // what the domain name system allows
constexpr std::size_t ws_path_bytes_max = 1024;

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
    throw Error(errc::invalid_argument, core::quoted(text) + ": " + why);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_host_character(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_';
}

std::optional<std::array<unsigned char, 4>> as_ipv4(const std::string& host) {
    std::array<unsigned char, 4> bytes{};
    if (::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) return bytes;
    return std::nullopt;
}

std::optional<in6_addr> as_ipv6(const std::string& host) {
    in6_addr bytes{};
    if (::inet_pton(AF_INET6, host.c_str(), &bytes) == 1) return bytes;
    return std::nullopt;
}

/// a.b.c.d for ::ffff:a.b.c.d, which is how sockets that serve both families report it.
std::optional<std::string> mapped_ipv4(const std::string& host) {
    const auto wide = as_ipv6(host);
    if (!wide || !IN6_IS_ADDR_V4MAPPED(&*wide)) return std::nullopt;
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, wide->s6_addr + 12, text.data(), text.size());
    return text.data();
}

bool is_loopback(const std::string& host) {
    if (const auto bytes = as_ipv4(host)) return bytes->front() == 127;
    const auto wide = as_ipv6(host);
    return wide && IN6_IS_ADDR_LOOPBACK(&*wide);
}

/// All interfaces: no address to go to.
bool is_wildcard(const std::string& host) {
    if (host == "*") return true;
    if (const auto bytes = as_ipv4(host)) return *bytes == std::array<unsigned char, 4>{};
    const auto wide = as_ipv6(host);
    return wide && IN6_IS_ADDR_UNSPECIFIED(&*wide);
}

Scheme parse_scheme(std::string_view text, std::string_view name) {
    for (const Scheme scheme : schemes) {
        if (to_string(scheme) == name) return scheme;
    }
    refuse(text, "unknown scheme " + core::quoted(name) + "; known are inproc, ipc, tcp, ws");
}

void check_inproc(std::string_view text, const std::string& name) {
    if (name.empty()) refuse(text, "a name must follow inproc://");
    if (name.size() > inproc_name_bytes_max) refuse(text, "the name is longer than 255 bytes");
}

void check_ipc(std::string_view text, const std::string& path) {
    if (path.empty()) refuse(text, "a path must follow ipc://");
    if (path.size() > ipc_path_bytes_max) {
        refuse(text, "the path has " + std::to_string(path.size()) +
                         " bytes; a socket's path has at most 107");
    }
    if (path == "*") refuse(text, "a path is needed; only a port can be left open");
    if (path.starts_with('@')) {
        refuse(text, "abstract sockets have no permissions: anyone here could connect; use a path");
    }
    if (path.ends_with('/')) refuse(text, "a directory; the name of a socket must follow");
}

void check_host(std::string_view text, const std::string& host, bool bracketed) {
    if (bracketed) {
        if (!as_ipv6(host)) refuse(text, core::quoted(host) + " is not an IPv6 address");
        return;
    }
    if (host.empty()) refuse(text, "a host must follow ://, or * for all interfaces");
    if (host == "*") return;
    if (host.find(':') != std::string::npos) {
        refuse(text, "an IPv6 address stands in brackets, as in tcp://[::1]:5555");
    }
    if (host.size() > host_bytes_max) refuse(text, "the host is longer than 253 bytes");
    if (!std::all_of(host.begin(), host.end(), is_host_character)) {
        refuse(text, core::quoted(host) + " is not the name or address of a host");
    }
    const bool numeric =
        std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
    if (numeric && !as_ipv4(host)) refuse(text, core::quoted(host) + " is not an IPv4 address");
}

std::uint16_t parse_port(std::string_view text, std::string_view port) {
    if (port == "*") return 0;
    std::uint16_t number = 0;
    const char* end = port.data() + port.size();
    const auto [rest, fault] = std::from_chars(port.data(), end, number);
    if (fault != std::errc{} || rest != end) {
        refuse(text,
               core::quoted(port) + " is not a port; ports are 1 to 65535, or * for any free one");
    }
    return number;
}

void check_ws_path(std::string_view text, std::string_view path) {
    if (path.size() > ws_path_bytes_max) refuse(text, "the path is longer than 1024 bytes");
    if (path.find_first_of(" ?#") != std::string_view::npos) {
        refuse(text, "only a path may follow the port, without spaces, ? and #");
    }
}

/// The host in the one form that all its names share.
std::string parse_host(std::string_view text, std::string host) {
    const bool bracketed = host.size() >= 2 && host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    check_host(text, host, bracketed);
    if (host == "localhost") return "127.0.0.1";
    return mapped_ipv4(host).value_or(host);
}

/// Splits HOST:PORT[/PATH], and puts it together again.
void parse_network(std::string_view text, Endpoint& endpoint) {
    const std::string_view rest = endpoint.address;
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view authority = rest.substr(0, slash);
    std::string path{rest.substr(slash)};
    if (endpoint.scheme == Scheme::tcp && !path.empty()) {
        refuse(text, "nothing may follow the port of a tcp address");
    }
    check_ws_path(text, path);
    if (path == "/") path.clear();  // what is asked for where there is no path

    const std::size_t colon = authority.rfind(':');
    if (colon == std::string_view::npos || authority.ends_with(']')) {
        refuse(text, "a port is missing; write HOST:PORT");
    }
    endpoint.host = parse_host(text, std::string(authority.substr(0, colon)));
    endpoint.port = parse_port(text, authority.substr(colon + 1));
    const bool wide = endpoint.host.find(':') != std::string::npos;
    endpoint.address = (wide ? "[" + endpoint.host + "]" : endpoint.host) + ":" +
                       (endpoint.port == 0 ? "*" : std::to_string(endpoint.port)) + path;
}

}  // namespace

std::string_view to_string(Scheme scheme) noexcept {
    switch (scheme) {
        case Scheme::inproc: return "inproc";
        case Scheme::ipc: return "ipc";
        case Scheme::tcp: return "tcp";
        case Scheme::ws: return "ws";
    }
    return "unknown";
}

Endpoint Endpoint::parse(std::string_view text) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) {
        refuse(text, "is not an address; write one such as tcp://127.0.0.1:5555");
    }
    const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
    if (!core::is_utf8(text) || std::any_of(text.begin(), text.end(), is_control)) {
        refuse(text, "an address is UTF-8 and holds no control characters");
    }
    Endpoint endpoint;
    endpoint.scheme = parse_scheme(text, text.substr(0, colon));
    endpoint.address = text.substr(colon + 3);
    switch (endpoint.scheme) {
        case Scheme::inproc: check_inproc(text, endpoint.address); break;
        case Scheme::ipc: check_ipc(text, endpoint.address); break;
        case Scheme::tcp:
        case Scheme::ws: parse_network(text, endpoint); break;
    }
    return endpoint;
}

std::string Endpoint::text() const {
    return std::string(to_string(scheme)) + "://" + address;
}

bool Endpoint::local() const {
    return scheme == Scheme::inproc || scheme == Scheme::ipc || is_loopback(host);
}

bool Endpoint::connectable() const {
    return scheme == Scheme::inproc || scheme == Scheme::ipc || (port != 0 && !is_wildcard(host));
}

}  // namespace handoff
