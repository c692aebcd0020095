#include "direct_queue.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "core/name.hpp"
#include "core/option_list.hpp"
#include "handoff/error.hpp"
#include "os/fork.hpp"
#include "queue_options.hpp"

namespace handoff::detail {
namespace {

/// How long a producer may take to answer for the first time before it is thought to be absent.
constexpr std::chrono::milliseconds first_answer{500};

void refuse_unsupported(const std::string& name, const QueueOptions& options) {
    const auto refuse = [&](const char* option, const char* why) {
        throw Error(errc::unsupported, "open queue " + core::quoted(name) +
                                           ": the direct engine does not offer " + option + ": " +
                                           why);
    };
    if (options.order.value_or(Order::fifo) != Order::fifo) {
        refuse("order \"lifo\" or \"priority\"",
               "its items lie with several producers, and none knows what the others have");
    }
    if (options.dead_letter) {
        refuse("dead_letter", "a producer has no other queue to move items to; they stay, dead");
    }
    if (options.durability.value_or(Durability::memory) != Durability::memory) {
        refuse("durability \"os\" or \"fsync\"", "its items live in their producer's memory");
    }
}

}  // namespace

std::chrono::nanoseconds DirectPart::patience() const {
    const auto known_for = std::chrono::steady_clock::now() - known_since;
    return std::max<std::chrono::nanoseconds>(first_answer - known_for, {});
}

bool DirectPart::is_over() const {
    return over_on != 0 && over_on == queue.connection().driver().link().connection;
}

bool DirectPart::is_silent(const ClientDriver::Link& link) const {
    const core::Time since = silent_since;
    return since != core::Time::zero() && since == link.heard;
}

bool DirectPart::is_absent() const {
    return patience().count() == 0 && queue.connection().driver().link().connection == 0;
}

/// What one process has of the queue.
struct DirectQueue::Home {
    explicit Home(QueueOptions wanted) : options(std::move(wanted)) {}

    const std::uint64_t generation = fork_generation();
    std::shared_ptr<net::ProcessContext> context;  ///< in a forked child: has our last act
    std::mutex mutex;                              // guards all below
    QueueOptions options;
    bool closed = false;  ///< from here
    bool ended = false;
    std::optional<DirectHost> host;
    std::shared_ptr<DirectPart> own;
    Parts links;  ///< one for each address
    /// The link to the own part from before it was made, as long as calls may wait there.
    std::shared_ptr<DirectPart> way_before_own;
    struct Waiting {
        Bell* bell;
        Waiter whose;
    };
    std::vector<Waiting> waiting;
};

DirectQueue::DirectQueue(std::string name, Config config, Log log, Report report)
    : name_(std::move(name)),
      config_(std::move(config)),
      log_(std::move(log)),
      report_(std::move(report)) {
    const auto on_file = config_.queues.find(name_);
    home_ = new Home(on_file == config_.queues.end() ? QueueOptions{} : on_file->second);
}

DirectQueue::~DirectQueue() {
    Home* home = home_.load();
    // In a forked child the inherited one has threads and sockets of the parent.
    if (home->generation == fork_generation()) delete home;
}

DirectQueue::Home& DirectQueue::home() {
    Home* found = home_.load();
    while (found->generation != fork_generation()) {
        Home* made = new Home(found->options);
        if (home_.compare_exchange_strong(found, made)) {
            end_with_child(*made);
            return *made;
        }
        delete made;
    }
    return *found;
}

/// Nobody destroys this in a child: the Client is inert there.
void DirectQueue::end_with_child(Home& home) {
    home.context = net::process_context();
    const std::lock_guard lock(home.context->mutex);
    home.context->last_acts.emplace_back([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->end();
    });
}

void DirectQueue::open(const QueueOptions& options) {
    refuse_unsupported(name_, options);
    check_queue(name_, options);
    Home& here = home();
    const std::lock_guard lock(here.mutex);
    if (const std::string why = core::mismatch(options, here.options); !why.empty()) {
        throw Error(errc::queue_mismatch, "open queue " + core::quoted(name_) + ": " + why);
    }
    const QueueOptions all = core::merged(here.options, options);
    refuse_unsupported(name_, all);
    if (here.own) here.own->queue.open(options);
    here.options = all;
}

QueueOptions DirectQueue::options() {
    Home& here = home();
    const std::lock_guard lock(here.mutex);
    return here.options;
}

// ---- parts

std::shared_ptr<DirectPart> DirectQueue::part_at(const std::string& address,
                                                 const std::string& shown) const {
    Config config = config_;
    config.client.connect = {address};
    config.routes.clear();
    config.security.mechanism = Mechanism::null;  // producers know no keys
    auto part = std::make_shared<DirectPart>();
    part->queue =
        RawQueue::part_of_direct(std::make_shared<Connection>(config, log_), name_, shown);
    part->queue.connection().driver().on_error(report_);
    part->known_since = std::chrono::steady_clock::now();
    return part;
}

RawQueue DirectQueue::own_part() {
    Home& here = home();
    const std::lock_guard lock(here.mutex);
    if (here.ended) throw Error(errc::inert, "the Client of this handle has been destroyed");
    if (!here.own) make_own_part(here);
    return here.own->queue;
}

void DirectQueue::make_own_part(Home& home) const {
    if (!home.host) home.host.emplace(name_, home.options, config_, log_);
    auto part = part_at(home.host->own_address(), home.host->address());
    part->queue.open(home.options);
    if (home.closed) part->queue.close(false);
    home.own = std::move(part);
    const std::vector<std::string>& addresses = route().bind;
    for (std::size_t i = 0; i < home.links.size(); ++i) {
        if (addresses[i] == home.host->address()) home.way_before_own = home.links[i];
    }
}

DirectQueue::Parts DirectQueue::parts() {
    Home& here = home();
    const std::lock_guard lock(here.mutex);
    if (here.ended) throw Error(errc::inert, "the Client of this handle has been destroyed");
    const std::vector<std::string>& addresses = route().bind;
    const auto is_own = [&](std::size_t i) {
        return here.own && here.host->address() == addresses[i];
    };
    if (here.links.empty()) {
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            here.links.push_back(is_own(i) ? here.own : part_at(addresses[i], addresses[i]));
            const RawQueue& queue = here.links.back()->queue;
            queue.connection().driver().listen_for_end(queue.ref());
        }
    }
    Parts all = here.links;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (is_own(i)) all[i] = here.own;
    }
    return all;
}

DirectQueue::Parts DirectQueue::present_parts() {
    Parts present;
    for (const std::shared_ptr<DirectPart>& part : parts()) {
        if (part->queue.connection().driver().wait_until_welcomed(part->patience())) {
            present.push_back(part);
        }
    }
    return present;
}

bool DirectQueue::somebody_may_still_answer() {
    const Parts all = parts();
    return std::any_of(all.begin(), all.end(), [](const std::shared_ptr<DirectPart>& part) {
        return part->patience().count() > 0 && !part->queue.connection().driver().link().up;
    });
}

bool DirectQueue::are_over(const Parts& parts) {
    const auto over = [](const std::shared_ptr<DirectPart>& part) { return part->is_over(); };
    return (is_closed() || std::any_of(parts.begin(), parts.end(), over)) &&
           std::all_of(parts.begin(), parts.end(), [&](const std::shared_ptr<DirectPart>& part) {
               return over(part) || part->is_absent();
           });
}

void DirectQueue::settle_credit(std::chrono::nanoseconds limit) {
    for (const std::shared_ptr<DirectPart>& part : parts()) settle_at(*part, limit);
    Home& here = home();
    std::unique_lock lock(here.mutex);
    const std::shared_ptr<DirectPart> earlier = here.way_before_own;
    lock.unlock();
    if (!earlier || !settle_at(*earlier, limit)) return;
    // What went back there went another way than the next question goes.
    ClientDriver& driver = earlier->queue.connection().driver();
    const Answer answer = driver.call(core::Heartbeat{}, Wait{true, limit, {}});
    if (answer.outcome.code != errc::ok || driver.gives_credit(earlier->queue.ref())) return;
    lock.lock();
    here.way_before_own.reset();
}

/// False: it did not answer, or is not there.
bool DirectQueue::settle_at(DirectPart& part, std::chrono::nanoseconds limit) {
    ClientDriver& driver = part.queue.connection().driver();
    const ClientDriver::Link link = driver.link();
    if (!link.up || part.is_silent(link)) return false;
    const bool answers = driver.settle_credit(driver.listen_for_end(part.queue.ref()), limit);
    if (!answers) part.silent_since = link.heard;
    return answers;
}

void DirectQueue::close(bool at_once) {
    Home& here = home();
    {
        // Also a part that is made later, by a put, is closed.
        const std::lock_guard lock(here.mutex);
        here.closed = true;
    }
    for (const std::shared_ptr<DirectPart>& part : present_parts()) part->queue.close(at_once);
    // Where there is no producer, nobody else tells that this is the end.
    const std::lock_guard lock(here.mutex);
    for (const Home::Waiting& one : here.waiting) one.bell->ring();
}

bool DirectQueue::is_closed() {
    Home& here = home();
    const std::lock_guard lock(here.mutex);
    return here.closed;
}

void DirectQueue::add_bell(Bell& bell, Waiter whose) {
    Home& here = home();
    const std::lock_guard lock(here.mutex);
    here.waiting.push_back({&bell, whose});
}

void DirectQueue::remove_bell(const Bell& bell) {
    Home& here = home();
    const std::lock_guard lock(here.mutex);
    std::erase_if(here.waiting, [&](const Home::Waiting& one) { return one.bell == &bell; });
}

std::uint64_t DirectQueue::waiting_calls() {
    Home& here = home();
    const std::lock_guard lock(here.mutex);
    return static_cast<std::uint64_t>(
        std::count_if(here.waiting.begin(), here.waiting.end(),
                      [](const Home::Waiting& one) { return one.whose == Waiter::call; }));
}

// ---- the end

void DirectQueue::end() {
    Home& here = home();
    std::unique_lock lock(here.mutex);
    here.ended = true;
    const Parts links = std::exchange(here.links, {});
    here.way_before_own.reset();
    const std::shared_ptr<DirectPart> own = std::exchange(here.own, nullptr);
    lock.unlock();
    for (const std::shared_ptr<DirectPart>& link : links) {
        if (link != own) link->queue.connection().end();
    }
    if (own) own->queue.connection().end();
    if (here.host) {
        wait_for_acks(here);
        here.host->say_farewell(config_.client.linger);
    }
    here.host.reset();
}

/// In a session of its own, as the one that put has ended: what it still held has gone back.
void DirectQueue::wait_for_acks(const Home& home) const try {
    const auto part = part_at(home.host->own_address(), home.host->address());
    if (!part->queue.join(Wait::for_at_most(config_.client.linger))) {
        const QueueStats left = part->queue.stats();
        report_(
            Error(errc::outcome_unknown,
                  std::to_string(left.unfinished()) + " items of queue " + core::quoted(name_) +
                      " were not acknowledged within linger, and ended with their producer at " +
                      home.host->address()));
    }
    part->queue.connection().end();
} catch (const Error& error) {
    report_(error);  // a destructor lets no exception out
}

}  // namespace handoff::detail
