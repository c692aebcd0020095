#include "store/store.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "handoff/error.hpp"
#include "store/files.hpp"
#include "store/log_check.hpp"

namespace handoff::store {
namespace {

constexpr std::int64_t application_id = 0x48616e64;  // "Hand"

[[noreturn]] void damaged(const std::string& path, const std::string& what) {
    throw Error(errc::store_failed, "the store " + path + " is damaged: " + what +
                                        "; \"handoff store check\" tells all of it");
}

/// A compaction that was interrupted is ended before anybody looks.
StoreSettings ready(StoreSettings settings) {
    if (settings.vfs.empty()) finish_replacing(settings.path);
    return settings;
}

std::uint64_t free_bytes_at(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    struct statvfs found {};
    if (::statvfs(directory.c_str(), &found) != 0) return std::numeric_limits<std::uint64_t>::max();
    return std::uint64_t{found.f_bavail} * found.f_frsize;
}

}  // namespace

// -------------------------------------------------------------------------------- opening

Store::Store(StoreSettings settings) : Store(std::move(settings), Reading{}) {}

Store::Store(StoreSettings settings, Reading reading)
    : settings_(ready(std::move(settings))),
      database_({settings_.path, settings_.vfs, !reading.only}),
      read_only_(reading.only) {
    if (!reading.damage) {
        reading.damage = [this](const std::string& what) { damaged(settings_.path, what); };
    }
    if (!reading.only && file_exists(settings_.vfs, failed_path())) {
        throw Error(errc::store_failed, "the store " + settings_.path +
                                            ": a sync of it failed, so what its files have cannot "
                                            "be trusted to last; \"handoff store compact\" writes "
                                            "them anew");
    }
    // Taken at the first access; then the log needs no memory that is shared with others, either.
    database_.run("PRAGMA locking_mode = EXCLUSIVE");
    // Some systems overwrite what is deleted, unless told not to: every item would be written
    // twice.
    database_.run(
        "PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY;"
        "PRAGMA journal_size_limit = 67108864");
    make_tables();
    load(reading.damage);
    if (read_only_) return;
    // What a torn commit left in the log had better not lie behind new ones: see fault_in_log().
    try {
        database_.empty_log();
    } catch (const Error& error) {
        if (error.code() != errc::store_full) throw;  // the log itself has room, of that commit
    }
    begin_epoch();
    healthy_ = true;
}

Store::~Store() {
    if (!healthy_) return;
    try {
        database_.empty_log();
    } catch (const Error&) {  // then the next one reads the log
    }
}

void Store::make_tables() {
    if (database_.number("PRAGMA application_id") == application_id) {
        const std::int64_t version = database_.number("PRAGMA user_version");
        if (version < format_version_min || version > format_version) {
            throw Error(errc::store_failed, "the store " + settings_.path + " has format " +
                                                std::to_string(version) + "; this version reads " +
                                                std::to_string(format_version));
        }
        set_level(Durability::fsync);
        if (version != format_version && !read_only_) set_format();
        return;
    }
    if (read_only_ || database_.number("SELECT count(*) FROM sqlite_schema") != 0) {
        throw Error(errc::store_failed, settings_.path + " is not a store of Handoff's");
    }
    database_.run("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL");
    set_level(Durability::fsync);
    const std::string sql =
        "BEGIN IMMEDIATE;"
        "CREATE TABLE facts (key BLOB PRIMARY KEY, value BLOB NOT NULL, crc INTEGER NOT NULL)"
        " WITHOUT ROWID;"
        "CREATE TABLE batches (row INTEGER PRIMARY KEY, queue INTEGER NOT NULL,"
        " first INTEGER NOT NULL, count INTEGER NOT NULL, crc INTEGER NOT NULL,"
        " items BLOB NOT NULL);"
        "PRAGMA application_id = " +
        std::to_string(application_id) +
        "; PRAGMA user_version = " + std::to_string(format_version) + "; COMMIT";
    database_.run(sql.c_str());
}

/// From now on earlier versions of this library do not read it.
void Store::set_format() {
    database_.run(("PRAGMA user_version = " + std::to_string(format_version)).c_str());
}

void Store::load(const OnDamage& damage) {
    facts_ = std::make_unique<Facts>(database_.handle(), totals_);
    batches_ = std::make_unique<Batches>(database_.handle(), totals_, *facts_);
    const Totals stored = facts_->load([&](Kind kind, std::string_view key,
                                           std::string_view value) { load_fact(kind, key, value); },
                                       damage);
    std::map<core::QueueHandle, std::vector<core::ItemsIn>> items;
    batches_->load([&](core::ItemsIn in) { items[in.queue].push_back(std::move(in)); }, damage);
    if (totals_ != stored) damage("rows are missing, or are older than they should be");
    const LogFault fault = fault_in_log(read_file(settings_.vfs, settings_.path + "-wal"));
    if (fault == LogFault::head) damage("the head of its log");
    // Commits that were not synced may be torn several at a time, when power is lost.
    if (fault == LogFault::frame && !life_.unsynced) damage("a frame of its log");

    for (core::Recovered::Queue& queue : recovered_.queues) {
        queue.items = std::move(items[queue.made.queue]);
        queue.next_id = batches_->next_id(queue.made.queue);
        const auto earlier = [](const core::ItemsIn& a, const core::ItemsIn& b) {
            return a.items.id < b.items.id;
        };
        if (!std::is_sorted(queue.items.begin(), queue.items.end(), earlier)) {
            std::sort(queue.items.begin(), queue.items.end(), earlier);
        }
    }
}

core::Recovered::Queue& Store::recovered_queue(core::QueueHandle handle) {
    const auto found =
        std::find_if(recovered_.queues.begin(), recovered_.queues.end(),
                     [&](const core::Recovered::Queue& each) { return each.made.queue == handle; });
    if (found == recovered_.queues.end()) damaged(settings_.path, "a key of no queue");
    return *found;
}

/// Facts come in the order of their kinds.
void Store::load_fact(Kind kind, std::string_view key, std::string_view value) {
    const auto session_of = [&](core::Holder number) -> core::Recovered::Session* {
        const auto found = std::find_if(
            recovered_.sessions.begin(), recovered_.sessions.end(),
            [&](const core::Recovered::Session& each) { return each.begun.session == number; });
        return found == recovered_.sessions.end() ? nullptr : &*found;
    };
    switch (kind) {
        case Kind::totals: break;
        case Kind::life: life_ = life_from(value); break;
        case Kind::queue: {
            core::Recovered::Queue queue = queue_from(key, value);
            batches_->know(queue.made.queue, queue.next_id);
            queues_.emplace(queue.made.queue, queue);
            recovered_.queues.push_back(std::move(queue));
            break;
        }
        case Kind::session:
            recovered_.sessions.push_back({session_from(key, value), {}, {}});
            break;
        case Kind::puts: {
            core::PutsSeen puts = puts_from(key, value);
            // Of queues that are gone nobody asks any more.
            auto* session = queues_.contains(puts.queue) ? session_of(puts.session) : nullptr;
            if (session != nullptr) session->puts.push_back(std::move(puts));
            break;
        }
        case Kind::answer: {
            core::Answered answered = answered_from(key, value);
            auto* session = session_of(answered.session);
            if (session != nullptr) session->answers.push_back(std::move(answered));
            break;
        }
        case Kind::key: {
            core::KeySeen seen = key_from(key, value);
            recovered_queue(seen.queue).keys.push_back(std::move(seen));
            break;
        }
        case Kind::object: {
            core::Recovered::Object object = object_from(key, value);
            objects_.emplace(object.made.object, object);
            recovered_.objects.push_back(std::move(object));
            break;
        }
        case Kind::change: {
            core::ObjectChanged change = change_from(key, value);
            // Both come in the order of the objects' handles.
            while (object_at_ < recovered_.objects.size() &&
                   recovered_.objects[object_at_].made.object < change.object) {
                ++object_at_;
            }
            if (object_at_ == recovered_.objects.size() ||
                recovered_.objects[object_at_].made.object != change.object) {
                damaged(settings_.path, "a change of no object");
            }
            recovered_.objects[object_at_].changes.push_back(std::move(change));
            break;
        }
        case Kind::marks:
            batches_->know_marks(static_cast<std::int64_t>(number_in_key(key)), value);
            break;
    }
}

void Store::begin_epoch() {
    ++life_.epoch;
    recovered_.epoch = life_.epoch;
    recovered_.reserved = life_.reserved;
    facts_->put(key_of(Kind::life), value_of(life_));
    write();
}

core::Recovered Store::take_recovered() {
    return std::exchange(recovered_, {});
}

// -------------------------------------------------------------------------------- writing

/// A commit that loses nothing at a loss of power needs a sync; one that the manager's own death
/// must not lose needs none.
void Store::set_level(Durability level) {
    if (level_ == level) return;
    database_.run(level == Durability::fsync ? "PRAGMA synchronous = FULL"
                                             : "PRAGMA synchronous = NORMAL");
    level_ = level;
}

void Store::commit(const std::vector<core::Changes>& turns) {
    Durability level = Durability::memory;
    bool anything = false;
    for (const core::Changes& turn : turns) {
        level = std::max(level, turn.level);
        anything = anything || !turn.list.empty();
        for (const core::Change& change : turn.list) apply(change);
    }
    if (!anything) return;
    if (level != Durability::fsync && !life_.unsynced) {
        // From now on whoever reads the log has to reckon with that; so this is synced.
        life_.unsynced = true;
        facts_->put(key_of(Kind::life), value_of(life_));
        level = Durability::fsync;
    }
    set_level(level == Durability::fsync ? Durability::fsync : Durability::os);
    write();
}

void Store::write() {
    try {
        database_.run("BEGIN IMMEDIATE");
        for (const core::QueueHandle handle : batches_->write()) {
            core::Recovered::Queue& queue = queues_.at(handle);
            queue.next_id = batches_->next_id(handle);
            facts_->put(key_of(Kind::queue, handle), value_of(queue));
        }
        facts_->write();
        facts_->write_totals();
        database_.commit();
        if (database_.log_pages() >= settings_.log_pages_max) tidy_up();
    } catch (const Error&) {
        healthy_ = false;
        if (is_sync_failure(database_.handle())) remember_sync_failure();
        throw;
    }
}

/// Moves the log into the file, and gives back what the file has too much of. All is on the disk
/// already: what does not fit now is tried again after the next commit.
void Store::tidy_up() {
    constexpr std::int64_t kept_pages = 4096;
    try {
        database_.checkpoint();
        const std::int64_t unused = database_.number("PRAGMA freelist_count");
        if (unused > kept_pages && unused > database_.number("PRAGMA page_count") / 2) {
            database_.run("PRAGMA incremental_vacuum(2048)");
        }
    } catch (const Error& error) {
        if (error.code() != errc::store_full) throw;
    }
}

std::uint64_t Store::room() const {
    const std::uint64_t left =
        settings_.free_bytes ? settings_.free_bytes() : free_bytes_at(settings_.path);
    return left - std::min(left, settings_.reserve_bytes);
}

// -------------------------------------------------------------------------------- failed syncs

std::string Store::failed_path() const {
    return settings_.path + "-failed";
}

/// What could not be synced may never reach the disk, although the system reads it back: nobody may
/// build on these files any more. The note may fail to be written as well; then all that is left is
/// this manager's own refusal.
void Store::remember_sync_failure() noexcept {
    make_note(settings_.vfs, failed_path());
}

// -------------------------------------------------------------------------------- for operators

std::vector<std::string> Store::check(const StoreSettings& settings) {
    std::vector<std::string> faults;
    Store::read(settings, [&](const std::string& what) { faults.push_back(what); });
    if (file_exists(settings.vfs, settings.path + "-failed")) {
        faults.emplace_back("a sync of its files failed; compact writes them anew");
    }
    return faults;
}

core::Recovered Store::read(const StoreSettings& settings, const OnDamage& damage) {
    return Store(settings, {true, damage}).take_recovered();
}

namespace {

/// All that is known, as the changes that make it.
core::Changes changes_of(core::Recovered known) {
    core::Changes all;
    all.level = Durability::fsync;
    for (core::Recovered::Queue& queue : known.queues) {
        const core::QueueHandle handle = queue.made.queue;
        all.list.emplace_back(std::move(queue.made));
        if (queue.closed) all.list.emplace_back(core::QueueClosed{handle, queue.discards});
        for (core::ItemsIn& items : queue.items) {
            const core::Extent& each = items.items;
            const core::ItemsLent lent{
                handle, {each.id, each.id + each.count - 1}, each.deliveries, items.loan};
            all.list.emplace_back(std::move(items));
            if (lent.loan.token != 0) all.list.emplace_back(lent);
        }
        for (core::KeySeen& key : queue.keys) all.list.emplace_back(std::move(key));
    }
    for (core::Recovered::Object& object : known.objects) {
        const core::ObjectRemade remade{object.made.object, object.version};
        all.list.emplace_back(std::move(object.made));
        all.list.emplace_back(remade);
        for (core::ObjectChanged& change : object.changes) all.list.emplace_back(std::move(change));
    }
    for (core::Recovered::Session& session : known.sessions) {
        all.list.emplace_back(std::move(session.begun));
        for (core::PutsSeen& puts : session.puts) all.list.emplace_back(std::move(puts));
        for (core::Answered& answered : session.answers) all.list.emplace_back(std::move(answered));
    }
    return all;
}

}  // namespace

void Store::compact(const StoreSettings& settings) {
    StoreSettings fresh = settings;
    fresh.path += "-new";
    for (const char* part : {"", "-wal", "-failed"}) remove_file(fresh.vfs, fresh.path + part);
    Store old(settings, {true, {}});
    {
        Store store(fresh);
        std::map<core::QueueHandle, std::uint64_t> next_ids;
        for (const core::Recovered::Queue& queue : old.recovered_.queues) {
            next_ids[queue.made.queue] = queue.next_id;
        }
        store.life_ = old.life_;
        store.facts_->put(key_of(Kind::life), value_of(store.life_));
        store.commit({changes_of(old.take_recovered())});
        for (const auto& [handle, next_id] : next_ids) {
            core::Recovered::Queue& queue = store.queues_.at(handle);
            queue.next_id = next_id;
            store.facts_->put(key_of(Kind::queue, handle), value_of(queue));
        }
        store.write();
    }
    replace(fresh.path, settings.path);
}

}  // namespace handoff::store
