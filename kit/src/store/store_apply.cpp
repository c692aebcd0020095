#include <utility>
#include <variant>

#include "store/store.hpp"

namespace handoff::store {
namespace {

/// The first key that does not begin with `prefix`, of those after it.
std::string behind(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
    if (prefix.empty()) return prefix;
    prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

}  // namespace

/// Takes one change in; it is written with the others.
struct Store::Apply {
    Store& store;

    void put(core::QueueHandle handle) const {
        store.facts_->put(key_of(Kind::queue, handle), value_of(store.queues_.at(handle)));
    }
    void erase_all(const std::string& prefix) const {
        store.facts_->erase_between(prefix, behind(prefix));
    }

    void operator()(core::ItemsIn& items) const { store.batches_->in(std::move(items)); }
    void operator()(const core::ItemsOut& items) const { store.batches_->out(items); }
    void operator()(const core::ItemsLent& items) const { store.batches_->lent(items); }
    void operator()(const core::ItemsBack& items) const { store.batches_->back(items); }

    void operator()(core::QueueMade& made) const {
        const core::QueueHandle handle = made.queue;
        store.queues_[handle].made = std::move(made);
        store.batches_->know(handle, 1);
        put(handle);
    }
    void operator()(const core::QueueClosed& closed) const {
        core::Recovered::Queue& queue = store.queues_.at(closed.queue);
        queue.closed = true;
        queue.discards = closed.discards;
        put(closed.queue);
    }
    void operator()(const core::QueueGone& gone) const {
        store.batches_->forget(gone.queue);
        store.queues_.erase(gone.queue);
        store.facts_->erase(key_of(Kind::queue, gone.queue));
        erase_all(key_of(Kind::key, gone.queue));
    }
    void operator()(const core::KeySeen& seen) const {
        store.facts_->put(key_of(Kind::key, seen.queue, seen.key), value_of(seen));
    }
    void operator()(const core::KeyForgotten& key) const {
        store.facts_->erase(key_of(Kind::key, key.queue, key.key));
    }

    void operator()(const core::SessionBegun& session) const {
        store.facts_->put(key_of(Kind::session, session.session), value_of(session));
    }
    void operator()(const core::SessionOver& session) const {
        store.facts_->erase(key_of(Kind::session, session.session));
        erase_all(key_of(Kind::puts, session.session));
        erase_all(key_of(Kind::answer, session.session));
    }
    void operator()(const core::PutsSeen& puts) const {
        store.facts_->put(key_of(Kind::puts, puts.session, puts.queue), value_of(puts));
    }
    void operator()(const core::Answered& answered) const {
        store.facts_->put(key_of(Kind::answer, answered.session, answered.id), value_of(answered));
    }
    void operator()(const core::AnswersOver& over) const {
        store.facts_->erase_between(key_of(Kind::answer, over.session),
                                    key_of(Kind::answer, over.session, over.below));
    }

    void put_object(const core::Recovered::Object& object) const {
        store.facts_->put(key_of(Kind::object, object.made.object), value_of(object));
    }
    void operator()(core::ObjectMade& made) const {
        core::Recovered::Object& object = store.objects_[made.object];
        object.made = std::move(made);
        put_object(object);
    }
    void operator()(const core::ObjectGone& gone) const {
        store.objects_.erase(gone.object);
        store.facts_->erase(key_of(Kind::object, gone.object));
        erase_all(key_of(Kind::change, gone.object));
    }
    void operator()(const core::ObjectChanged& change) const {
        store.facts_->put(key_of(Kind::change, change.object, change.version), value_of(change));
    }
    void operator()(const core::ObjectRemade& remade) const {
        core::Recovered::Object& object = store.objects_.at(remade.object);
        object.version = remade.version;
        put_object(object);
        store.facts_->erase_between(key_of(Kind::change, remade.object),
                                    key_of(Kind::change, remade.object, remade.version));
    }

    void operator()(const core::Reserved& reserved) const {
        store.life_.reserved = reserved;
        store.facts_->put(key_of(Kind::life), value_of(store.life_));
    }
};

void Store::apply(core::Change change) {
    std::visit(Apply{*this}, change);
}

}  // namespace handoff::store
