#include "handoff/patterns/detail/mailbox.hpp"

#include <iomanip>
#include <random>
#include <sstream>

namespace handoff::patterns::detail {

std::string fresh_name(const std::string& prefix) {
    std::random_device random;
    std::ostringstream name;
    name << prefix << std::hex << std::setfill('0');
    for (int i = 0; i < 4; ++i) name << std::setw(8) << random();
    return name.str();
}

std::uint64_t fresh_number() {
    std::random_device random;
    return (std::uint64_t{random()} << 32) | random() | 1;
}

bool session_ended(errc code) {
    return code == errc::manager_restarted || code == errc::session_lost ||
           code == errc::outcome_unknown || code == errc::stale_reference;
}

// In this order: who opens the queue and does not find it in the set removes it again.
void remove_mailbox(Client& client, Set<std::string>& all, const std::string& name) {
    all.erase(name);
    try {
        client.destroy_queue(name);
    } catch (const Error& error) {
        if (error.code() != errc::stale_reference) throw;
    }
}

bool remove_mailbox_of_the_dead(Client& client, Set<std::string>& all, const std::string& name,
                                std::optional<Durability> durability) {
    constexpr std::chrono::seconds come_back_within{10};
    Lock owner = client.lock(name + ".owner");
    if (!owner.try_lock()) return false;
    // Not abandoned: in this life of the manager it had no owner yet.
    if (lasts(durability) && !owner.abandoned() && client.stats().uptime < come_back_within) {
        owner.unlock();
        return false;
    }
    remove_mailbox(client, all, name);
    owner.unlock();
    client.destroy_object(name + ".owner", ObjectKind::lock);
    return true;
}

}  // namespace handoff::patterns::detail
