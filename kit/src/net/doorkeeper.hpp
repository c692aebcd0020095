#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <zmq.hpp>

#include "net/context.hpp"
#include "net/wakeup.hpp"

namespace handoff::net {

/// Answers libzmq's question whether a key may come in (ZAP, https://rfc.zeromq.org/spec/27), for
/// all protected listeners of this process. libzmq asks at one address for the whole context, so
/// there is one doorkeeper, and each listener's domain has a list of its own.
///
/// Thread safety: any thread.
class Doorkeeper {
public:
    /// Whether the public key may come in from that address. Called in the doorkeeper's thread;
    /// must not throw.
    using Admits = std::function<bool(const std::string& key, const std::string& address)>;

    /// The context's own, made when it is first needed, and there as long as the context: without
    /// one to ask, libzmq would let everybody in.
    static Doorkeeper& of(ProcessContext& context);

    explicit Doorkeeper(zmq::context_t& context);
    ~Doorkeeper();
    Doorkeeper(const Doorkeeper&) = delete;
    Doorkeeper& operator=(const Doorkeeper&) = delete;

    /// Returns a new domain, until it is closed. Domains that nobody opened admit nobody.
    std::string open(Admits admits);
    /// Returns when `admits` will be called no more.
    void close(const std::string& domain);

private:
    void serve();
    void answer();
    bool admits(const std::string& domain, const std::string& key, const std::string& address);

    zmq::socket_t requests_;
    int fd_;
    Wakeup wakeup_;
    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;  // of the next two
    std::map<std::string, Admits> domains_;
    unsigned opened_ = 0;
    std::thread thread_;
};

}  // namespace handoff::net
