#include "handoff/error.hpp"

namespace handoff {

std::string_view to_string(errc code) noexcept {
    switch (code) {
        case errc::ok: return "ok";
        case errc::invalid_argument: return "invalid_argument";
        case errc::unsupported: return "unsupported";
        case errc::too_large: return "too_large";
        case errc::wrong_type: return "wrong_type";
        case errc::queue_mismatch: return "queue_mismatch";
        case errc::config_invalid: return "config_invalid";
        case errc::inert: return "inert";
        case errc::misuse: return "misuse";
        case errc::object_mismatch: return "object_mismatch";
        case errc::full: return "full";
        case errc::empty: return "empty";
        case errc::closed: return "closed";
        case errc::cancelled: return "cancelled";
        case errc::not_owner: return "not_owner";
        case errc::broken_barrier: return "broken_barrier";
        case errc::not_found: return "not_found";
        case errc::out_of_range: return "out_of_range";
        case errc::lease_lapsed: return "lease_lapsed";
        case errc::session_lost: return "session_lost";
        case errc::manager_restarted: return "manager_restarted";
        case errc::stale_reference: return "stale_reference";
        case errc::lock_lost: return "lock_lost";
        case errc::remote_error: return "remote_error";
        case errc::unreachable: return "unreachable";
        case errc::outcome_unknown: return "outcome_unknown";
        case errc::protocol: return "protocol";
        case errc::version_mismatch: return "version_mismatch";
        case errc::not_welcomed: return "not_welcomed";
        case errc::gap: return "gap";
        case errc::not_authorised: return "not_authorised";
        case errc::address_in_use: return "address_in_use";
        case errc::limit_exceeded: return "limit_exceeded";
        case errc::store_failed: return "store_failed";
        case errc::store_full: return "store_full";
        case errc::store_in_use: return "store_in_use";
        case errc::system: return "system";
    }
    return "unknown";  // a number from the wire need not be one of ours
}

Error::Error(errc code, const std::string& text) : std::runtime_error(text), code_(code) {}

}  // namespace handoff
