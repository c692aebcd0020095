#include "net/doorkeeper.hpp"

#include <array>
#include <utility>
#include <vector>

#include "net/frames.hpp"
#include "net/uninterrupted.hpp"
#include "os/fork.hpp"
#include "os/quiet_thread.hpp"

namespace handoff::net {
namespace {

constexpr const char* address_of_zap = "inproc://zeromq.zap.01";

/// The frames of a request, in their order; a CURVE key follows as 32 bytes.
enum Part : std::size_t { version, request_id, domain, address, routing_id, mechanism, key };
constexpr std::size_t key_bytes = 32;

/// Statuses of an answer. After a refusal for good (400) libzmq's clients would not try again, and
/// a key may be listed at any time.
constexpr const char* admit = "200";
constexpr const char* try_later = "300";

std::vector<std::string> receive_all(zmq::socket_t& socket) {
    std::vector<std::string> parts;
    zmq::message_t part;
    while (receive(socket, part)) {
        parts.push_back(part.to_string());
        if (!part.more()) break;
    }
    return parts;
}

std::string in_z85(const std::string& key) {
    std::array<char, 41> text{};
    zmq_z85_encode(text.data(), reinterpret_cast<const unsigned char*>(key.data()), key.size());
    return text.data();
}

}  // namespace

Doorkeeper& Doorkeeper::of(ProcessContext& context) {
    const std::lock_guard lock(context.mutex);
    if (!context.doorkeeper) context.doorkeeper = std::make_unique<Doorkeeper>(context.zmq);
    return *context.doorkeeper;
}

Doorkeeper::Doorkeeper(zmq::context_t& context)
    : requests_(context, zmq::socket_type::rep), fd_(requests_.get(zmq::sockopt::fd)) {
    requests_.set(zmq::sockopt::linger, 0);
    if (uninterrupted([&] { return zmq_bind(requests_.handle(), address_of_zap); }) != 0) {
        throw zmq::error_t();
    }
    own_descriptor(fd_);
    thread_ = quiet_thread([this] { serve(); });
}

Doorkeeper::~Doorkeeper() {
    stopping_ = true;
    wakeup_.signal();
    thread_.join();
    disown_descriptor(fd_);
}

std::string Doorkeeper::open(Admits admits) {
    const std::lock_guard lock(mutex_);
    const std::string domain = "handoff." + std::to_string(++opened_);
    domains_.emplace(domain, std::move(admits));
    return domain;
}

void Doorkeeper::close(const std::string& domain) {
    const std::lock_guard lock(mutex_);
    domains_.erase(domain);
}

void Doorkeeper::serve() {
    while (!stopping_) {
        std::array<zmq_pollitem_t, 2> items{
            {{requests_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wakeup_.fd(), ZMQ_POLLIN, 0}}};
        uninterrupted([&] { return zmq_poll(items.data(), items.size(), -1); });
        if ((items[0].revents & ZMQ_POLLIN) != 0) answer();
    }
}

void Doorkeeper::answer() {
    const std::vector<std::string> request = receive_all(requests_);
    if (request.size() <= Part::routing_id) return;
    const bool asks_for_key = request.size() > Part::key && request[Part::mechanism] == "CURVE" &&
                              request[Part::key].size() == key_bytes;
    const std::string key = asks_for_key ? in_z85(request[Part::key]) : std::string();
    const bool admitted =
        asks_for_key && admits(request[Part::domain], key, request[Part::address]);
    const std::array<std::string, 6> reply{"1.0",
                                           request[Part::request_id],
                                           admitted ? admit : try_later,
                                           admitted ? "" : "this key is not listed",
                                           admitted ? key : "",
                                           ""};
    for (std::size_t i = 0; i < reply.size(); ++i) {
        send(requests_, zmq::message_t(reply.at(i)), i + 1 < reply.size());
    }
}

bool Doorkeeper::admits(const std::string& domain, const std::string& key,
                        const std::string& address) {
    const std::lock_guard lock(mutex_);
    const auto found = domains_.find(domain);
    return found != domains_.end() && found->second(key, address);
}

}  // namespace handoff::net
