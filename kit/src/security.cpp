#include "security.hpp"

#include <algorithm>

#include "handoff/endpoint.hpp"
#include "handoff/error.hpp"
#include "handoff/keys.hpp"

namespace handoff {
namespace {

/// The first of the endpoints that keys are for.
const std::string* protected_one(const SecurityConfig& security,
                                 const std::vector<std::string>& endpoints) {
    if (security.mechanism != Mechanism::curve) return nullptr;
    const auto found =
        std::find_if(endpoints.begin(), endpoints.end(), [](const std::string& endpoint) {
            const Scheme scheme = Endpoint::parse(endpoint).scheme;
            return scheme == Scheme::tcp || scheme == Scheme::ws;
        });
    return found == endpoints.end() ? nullptr : &*found;
}

void demand(const std::string& value, const std::string& name, const std::string& whose,
            const std::string& endpoint) {
    if (!value.empty()) return;
    throw Error(errc::config_invalid, "[security] " + name + ": mechanism = \"curve\" needs " +
                                          whose + " for " + endpoint +
                                          "; `handoff keygen` makes keys");
}

}  // namespace

std::optional<net::CurveClient> client_keys(const Config& config) {
    const SecurityConfig& security = config.security;
    const std::string* endpoint = protected_one(security, config.client.connect);
    if (endpoint == nullptr) return std::nullopt;
    demand(security.client_key, "client_key", "the file of the client's secret key", *endpoint);
    demand(security.manager_public_key, "manager_public_key",
           "the file of the manager's public key", *endpoint);
    return net::CurveClient{read_key_file(security.client_key),
                            read_public_key_file(security.manager_public_key)};
}

std::optional<net::CurveServer> manager_keys(const Config& config) {
    const SecurityConfig& security = config.security;
    const std::string* endpoint = protected_one(security, config.manager.listen);
    if (endpoint == nullptr) return std::nullopt;
    demand(security.manager_key, "manager_key", "the file of the manager's secret key", *endpoint);
    demand(security.clients, "clients", "the folder of its clients' public keys", *endpoint);
    return net::CurveServer{read_key_file(security.manager_key).secret_key, {}};
}

}  // namespace handoff
