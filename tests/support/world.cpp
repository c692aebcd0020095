#include "support/world.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <string_view>
#include <system_error>

#include "support/not_direct.hpp"

namespace handoff::test {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds short_linger{100};

/// A port that was free a moment ago, from below the range that the system hands out by itself: a
/// client that looks for a manager there can then neither be given that port nor meet itself.
std::uint16_t free_port() {
    std::random_device random;
    std::uniform_int_distribution<unsigned int> ports(12'000, 32'000);
    for (int attempt = 0; attempt < 100; ++attempt) {
        const auto port = static_cast<std::uint16_t>(ports(random));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        ::close(fd);
        if (bound == 0) return port;
    }
    throw std::runtime_error("no free port was found");
}

std::string unique_name() {
    static std::atomic<unsigned int> number{0};
    return "handoff-test-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
}

std::string fresh_endpoint(const std::filesystem::path& folder) {
    const std::string scheme = transport();
    if (scheme == "inproc") return "inproc://" + unique_name();
    if (scheme == "ipc") return "ipc://" + (folder / unique_name()).string();
    if (scheme == "tcp" || scheme == "ws") return scheme + "://127.0.0.1:*";
    throw std::runtime_error("HANDOFF_TEST_TRANSPORT names no transport: " + scheme);
}

std::string named_transport() {
    const char* named = std::getenv("HANDOFF_TEST_TRANSPORT");
    return named == nullptr ? "inproc" : named;
}

}  // namespace

bool direct_engine() {
    return named_transport() == "direct";
}

bool durable() {
    return named_transport() == "durable";
}

bool curve() {
    return named_transport() == "curve";
}

std::string transport() {
    if (curve()) return "tcp";
    return direct_engine() || durable() ? "ipc" : named_transport();
}

/// Of a manager and of one client, whom it lets in.
void World::make_keys() {
    if (!curve() || config_.security.mechanism == Mechanism::curve) return;
    const std::filesystem::path manager = folder_.path() / "manager";
    const std::filesystem::path clients = folder_.path() / "clients";
    std::filesystem::create_directory(clients);
    write_key_files(KeyPair::make(), manager);
    write_key_files(KeyPair::make(), clients / "ann");
    config_.security.mechanism = Mechanism::curve;
    config_.security.manager_key = manager.string() + ".key";
    config_.security.manager_public_key = manager.string() + ".pub";
    config_.security.client_key = clients / "ann.key";
    config_.security.clients = clients;
}

void World::make_durable() {
    if (!durable()) return;
    config_.manager.data = (folder_.path() / "data").string();
    // The name that nearly every case uses, often by a client of its own.
    QueueOptions& jobs = config_.queues["jobs"];
    if (!jobs.durability) jobs.durability = Durability::fsync;
}

QueueOptions World::with_durability(const std::string& queue, QueueOptions options) const {
    const bool managed = !config_.routes.contains(queue);
    if (durable() && managed && !options.durability) options.durability = Durability::fsync;
    return options;
}

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "handoff-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), pattern);
    }
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

World::World(Config config) : config_(std::move(config)) {
    if (direct_engine()) make_jobs_direct();
    make_durable();
    make_keys();
    if (config_.manager.listen.empty()) {
        config_.manager.listen = {fresh_endpoint(folder_.path())};
    }
    start_manager();
}

World::World(Later /*later*/, Config config) : config_(std::move(config)) {
    if (direct_engine()) make_jobs_direct();
    make_durable();
    make_keys();
    const std::string endpoint = another_endpoint();
    config_.manager.listen = {endpoint};
    config_.client.connect = {endpoint};
}

/// Throws in a case that the engine cannot pass; ctest takes what is printed for a skip.
void World::make_jobs_direct() {
    if (const char* why = reason_not_to_be_direct(Catch::getResultCapture().getCurrentTestName())) {
        std::cout << "SKIPPED: direct: " << why << std::endl;
        throw std::runtime_error(std::string("skipped: ") + why);
    }
    constexpr int producers = 3;
    QueueRoute& route = config_.routes["jobs"];
    route.engine = Engine::direct;
    for (int i = 0; i < producers; ++i) route.bind.push_back(fresh_endpoint(folder_.path()));
    // What a case leaves unacknowledged would be waited for.
    if (config_.client.linger == ClientConfig{}.linger) config_.client.linger = short_linger;
    config_.client.reconnect_min = std::chrono::milliseconds{5};
    config_.client.reconnect_max = std::chrono::milliseconds{20};
}

void World::start_manager() {
    manager_ = std::make_unique<Manager>(config_);
    config_.client.connect = {manager_->endpoints().front()};
}

Client& World::client() {
    if (!client_) client_ = another_client();
    return *client_;
}

std::unique_ptr<Client> World::another_client() const {
    return std::make_unique<Client>(config_);
}

std::string World::another_endpoint() const {
    std::string endpoint = fresh_endpoint(folder_.path());
    if (endpoint.ends_with('*')) {
        endpoint.pop_back();
        endpoint += std::to_string(free_port());
    }
    return endpoint;
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
    constexpr std::chrono::milliseconds pause{1};
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        never.wait_for(lock, pause);
    }
    return true;
}

Config impatient() {
    Config config;
    config.manager.heartbeat = 50ms;
    config.client.unreachable_after = 500ms;
    config.client.cancel_grace = 100ms;
    config.client.linger = 100ms;
    config.client.reconnect_min = 5ms;
    config.client.reconnect_max = 20ms;
    return config;
}

}  // namespace handoff::test
