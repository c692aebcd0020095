#include "handoff/detail/raw_ref.hpp"

#include <optional>
#include <utility>

#include "answer.hpp"
#include "core/name.hpp"
#include "core/objects/make.hpp"
#include "raw_object_state.hpp"
#include "raw_queue_state.hpp"
#include "raw_ref_state.hpp"

namespace handoff::detail {

static_assert(reference_ext == core::objects::reference_ext);

namespace {

thread_local bool within_object = false;

}  // namespace

WithinObject::WithinObject() noexcept : before_(std::exchange(within_object, true)) {}

WithinObject::~WithinObject() {
    within_object = before_;
}

bool WithinObject::here() noexcept {
    return within_object;
}

RawRef::RawRef(const RawObject& object)
    : state_(std::make_shared<State>(object.state().reference())) {}

RawRef::RawRef(const RawQueue& queue)
    : state_(std::make_shared<State>(queue.state().reference(queue))) {}

const RawRef::State& RawRef::state() const {
    if (!state_) throw Error(errc::inert, "this reference refers to nothing");
    return *state_;
}

std::string RawRef::pack() const {
    if (state().reference.anonymous && !WithinObject::here()) {
        throw Error(errc::unsupported,
                    "a reference to an anonymous " +
                        std::string(core::objects::to_string(state().reference.kind)) +
                        " can be put into a shared object only, and not into a queue, where "
                        "nobody would count it; give the object a name");
    }
    return core::objects::pack_reference(state().reference);
}

RawRef RawRef::unpack(std::string_view content, ObjectKind kind) {
    std::optional<core::objects::Reference> reference = core::objects::read_reference(content);
    if (!reference) throw Error(errc::wrong_type, "this is no reference");
    if (reference->kind != kind) {
        throw Error(errc::wrong_type,
                    "a reference to a " + std::string(core::objects::to_string(reference->kind)) +
                        ", not to a " + std::string(core::objects::to_string(kind)));
    }
    RawRef ref;
    ref.state_ = std::make_shared<State>(std::move(*reference));
    return ref;
}

bool RawRef::is_anonymous() const noexcept {
    return state_ && state_->reference.anonymous;
}

const std::string& RawRef::name() const noexcept {
    static const std::string none;
    return state_ ? state_->reference.name : none;
}

bool RawRef::operator==(const RawRef& other) const noexcept {
    if (!state_ || !other.state_) return !state_ && !other.state_;
    return state_->reference == other.state_->reference;
}

}  // namespace handoff::detail
