#include "simulation/applications/referrers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/objects/packed.hpp"
#include "simulation/promises/violation.hpp"
#include "simulation/world/world.hpp"

namespace handoff::core::sim {

using objects::Method;
using objects::Reference;

namespace {

constexpr std::size_t handles_max = 8;
constexpr ObjectKind kind = ObjectKind::lock;

}  // namespace

void Referrers::act() {
    forget_old_handles();
    if (handles_.size() >= handles_max) return drop();
    switch (world_.lots.below(8)) {
        case 0:
        case 1: return make();
        case 2: return put();
        case 3:
        case 4: return read();
        case 5: return open();
        default: return drop();
    }
}

/// Those of lost sessions are the manager's business.
void Referrers::forget_old_handles() {
    const std::uint64_t now = host_.client().session_generation();
    for (const Handle& handle : handles_) {
        if (handle.generation != now) host_.client().let_go(handle.object, 1, host_.now());
    }
    std::erase_if(handles_, [now](const Handle& handle) { return handle.generation != now; });
}

// ------------------------------------------------------------------ how calls begin

void Referrers::call(RequestBody body, Use use) {
    use.generation = host_.client().session_generation();
    uses_[host_.application().share(std::move(body), {})] = std::move(use);
}

void Referrers::call_row(Method method, std::vector<objects::Packed> values, Use use) {
    const QueueRef row = host_.client().object("row", ObjectKind::dict, {});
    call(Calls{{{row, method, {}, std::move(values)}}, false}, std::move(use));
}

void Referrers::make() {
    call(OpenObject{{}, kind, {}, true, 0}, {Kind::make});
}

void Referrers::put() {
    if (handles_.empty()) return;
    const Reference object = handles_[world_.lots.below(handles_.size())].object;
    const auto key = static_cast<std::int64_t>(world_.lots.below(keys));
    call_row(Method::put, {objects::pack_integer(key), objects::pack_value(object)},
             {Kind::put, object});
}

void Referrers::read() {
    const auto key = static_cast<std::int64_t>(world_.lots.below(keys));
    const Method method = world_.lots.one_in(3) ? Method::take : Method::get;
    call_row(method, {objects::pack_integer(key)}, {Kind::read});
}

void Referrers::open() {
    if (handles_.empty()) return;
    const Reference object = handles_[world_.lots.below(handles_.size())].object;
    const QueueRef ref = host_.client().refer(object);
    call(OpenObject{{}, kind, {}, false, ref}, {Kind::open, object});
}

void Referrers::drop() {
    if (handles_.empty()) return;
    std::swap(handles_[world_.lots.below(handles_.size())], handles_.back());
    host_.client().let_go(handles_.back().object, 1, host_.now());
    handles_.pop_back();
}

void Referrers::let_go() {
    while (!handles_.empty()) drop();
}

void Referrers::clear_row() {
    call_row(Method::clear, {}, {Kind::clear});
}

// ------------------------------------------------------------------ how they end

bool Referrers::ended(const Completion& completion) {
    const auto node = uses_.extract(completion.call);
    if (node.empty()) return false;
    const Use& use = node.mapped();
    const auto* results = std::get_if<Results>(&completion.outcome.reply);
    errc code = completion.outcome.code;
    if (code == errc::ok && results != nullptr) {
        code = results->results.at(0).code;
        world_.check_code(code, results->results[0].text);
    }
    check_there(use, code);
    if (use.kind == Kind::open) opened(use, completion);
    if (code != errc::ok) return true;
    if (use.kind == Kind::make) {
        const auto& made = std::get<ObjectOpened>(completion.outcome.reply);
        // Unless its session is gone by now.
        if (const auto object = host_.client().reference_of(made.object)) {
            has(*object, completion.session_generation);
        }
    }
    if (use.kind == Kind::read) {
        for (const objects::Packed& value : results->results[0].values) {
            for (const Reference& each : objects::references_told(objects::payload_of(value))) {
                has(each, completion.session_generation);
            }
        }
    }
    return true;
}

void Referrers::has(const Reference& object, std::uint64_t generation) {
    host_.client().hold(object, generation, 1);
    handles_.push_back({object, generation});
}

/// As one handle does that opens a reference and ends.
void Referrers::opened(const Use& use, const Completion& completion) {
    std::uint64_t handles = 1;
    if (completion.outcome.code == errc::ok) {
        host_.client().hold(use.object, completion.session_generation, 1);
        ++handles;
    }
    host_.client().let_go(use.object, handles, host_.now());
}

/// What was had from before the call to after its end was there all the time.
void Referrers::check_there(const Use& use, errc code) {
    if (code != errc::stale_reference) return;
    const bool had = std::any_of(handles_.begin(), handles_.end(), [&](const Handle& handle) {
        return handle.object == use.object && handle.generation == use.generation;
    });
    if (!had || use.generation != host_.client().session_generation()) return;
    broken(Promise::never_lost, host_.name() + " has object #" + std::to_string(use.object.object) +
                                    ", and was told that it is not there");
}

}  // namespace handoff::core::sim
