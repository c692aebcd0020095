#include "handoff/client.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "answer.hpp"
#include "connection.hpp"
#include "handoff/manager.hpp"
#include "public_stats.hpp"

namespace handoff {
namespace {

Config config_for(const std::string& endpoint) {
    Config config;
    config.client.connect = {endpoint};
    return config;
}

}  // namespace

Client::Client(const Config& config, const Log& log)
    : connection_(std::make_shared<detail::Connection>(config.effective(), log)) {}

Client::Client(const Manager& manager, const Log& log)
    : connection_(std::make_shared<detail::Connection>(
          config_for(manager.endpoints_within().front()), log)) {}

Client::~Client() {
    connection_->end();
}

void Client::destroy_queue(const std::string& name) {
    if (connection_->direct(name)) {
        throw Error(errc::unsupported,
                    "destroy of queue \"" + name +
                        "\": the direct engine does not offer this; a part of the queue goes with "
                        "the producer that has it");
    }
    ClientDriver& driver = connection_->way_to(name)->driver();
    const core::QueueRef queue = driver.queue(name, {}, false);
    body_of(driver.call(core::Destroy{queue}, detail::Wait::forever()));
}

void Client::destroy_object(const std::string& name, ObjectKind kind) {
    ClientDriver& driver = connection_->driver();
    const core::QueueRef object = driver.object(name, kind, {}, false);
    body_of(driver.call(core::Destroy{object}, detail::Wait::forever()));
}

ManagerStats Client::stats() {
    ClientDriver& driver = connection_->driver();
    ManagerStats all;
    core::Stats page;
    for (bool more = true; more;) {
        const auto reply = reply_of<core::StatsReply>(driver.call(page, detail::Wait::forever()));
        ManagerStats part = public_stats(reply);
        part.queues.insert(part.queues.begin(), std::make_move_iterator(all.queues.begin()),
                           std::make_move_iterator(all.queues.end()));
        all = std::move(part);
        more = reply.more && !reply.queues.empty();
        if (more) page.after = reply.queues.back().name;
    }
    return all;
}

std::vector<ObjectStats> Client::objects() {
    ClientDriver& driver = connection_->driver();
    std::vector<ObjectStats> all;
    core::Objects page;
    for (bool more = true; more;) {
        const auto reply = reply_of<core::ObjectsReply>(driver.call(page, detail::Wait::forever()));
        for (const core::ObjectStats& object : reply.objects) all.push_back(public_stats(object));
        more = reply.more && !reply.objects.empty();
        if (more) page.after = reply.objects.back().object;
    }
    std::sort(all.begin(), all.end(),
              [](const ObjectStats& a, const ObjectStats& b) { return a.name < b.name; });
    return all;
}

std::optional<ObjectStats> Client::find_object(const std::string& name) {
    constexpr std::uint32_t people_max = 1000;
    if (name.empty()) return std::nullopt;
    const auto reply = reply_of<core::ObjectsReply>(
        connection_->driver().call(core::Objects{name, 0, 1, people_max}, detail::Wait::forever()));
    if (reply.objects.empty()) return std::nullopt;
    return public_stats(reply.objects.front());
}

void Client::wait_until_connected() {
    body_of(connection_->driver().call(core::Heartbeat{}, detail::Wait::forever()));
}

std::uint64_t Client::late_acknowledgements() const {
    return connection_->refused_detached();
}

int Client::fd() {
    return connection_->driver().fd();
}

std::size_t Client::dispatch() {
    return connection_->driver().dispatch();
}

void Client::on_error(std::function<void(const Error&)> callback) {
    connection_->on_error(callback);
}

}  // namespace handoff
