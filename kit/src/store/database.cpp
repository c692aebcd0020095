#include "store/database.hpp"

#include <sqlite3.h>

#include "handoff/error.hpp"

namespace handoff::store {
namespace {

errc code_of(int result) {
    switch (result & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return errc::store_in_use;
        case SQLITE_FULL: return errc::store_full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return errc::store_failed;
        default: break;
    }
    const bool sync = result == SQLITE_IOERR_FSYNC || result == SQLITE_IOERR_DIR_FSYNC;
    return sync ? errc::store_failed : errc::system;
}

const char* meaning_of(errc code) {
    switch (code) {
        case errc::store_in_use: return "another manager uses it: ";
        case errc::store_full: return "no room is left: ";
        default: return "";
    }
}

[[noreturn]] void fail(sqlite3* database, int result) {
    const char* name = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
    const errc code = code_of(result);
    std::string text = "the store ";
    text += name == nullptr ? "" : name;
    text += ": ";
    text += meaning_of(code);
    text += database == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(database);
    text += " (" + std::to_string(result) + ")";
    throw Error(code, text);
}

void check(sqlite3* database, int result) {
    if (result != SQLITE_OK) fail(database, result);
}

int count_log_pages(void* into, sqlite3*, const char*, int pages) {
    *static_cast<int*>(into) = pages;
    return SQLITE_OK;
}

}  // namespace

bool is_sync_failure(sqlite3* database) noexcept {
    const int result = sqlite3_extended_errcode(database);
    return result == SQLITE_IOERR_FSYNC || result == SQLITE_IOERR_DIR_FSYNC;
}

// -------------------------------------------------------------------------------- statements

Statement::Statement(sqlite3* database, const char* sql) : database_(database) {
    check(database,
          sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
    check(database_, sqlite3_bind_int64(statement_, parameter, value));
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view bytes) {
    // Null is another thing than nothing to SQLite.
    const char* at = bytes.data() == nullptr ? "" : bytes.data();
    // No destructor: the bytes stay where they are while the statement runs.
    check(database_, sqlite3_bind_blob64(statement_, parameter, at, bytes.size(), nullptr));
    return *this;
}

bool Statement::step() {
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) return true;
    sqlite3_reset(statement_);
    if (result != SQLITE_DONE) fail(database_, result);
    return false;
}

void Statement::run() {
    while (step()) {
    }
}

void Statement::reset() noexcept {
    sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::bytes(int column) const {
    const void* at = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    if (at == nullptr) return {};
    return {static_cast<const char*>(at), static_cast<std::size_t>(size)};
}

// -------------------------------------------------------------------------------- the database

Database::Database(const Where& where) : files_(where.vfs) {
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (where.make ? SQLITE_OPEN_CREATE : 0);
    const int result = sqlite3_open_v2(where.path.c_str(), &database_, flags, files_.name());
    if (result != SQLITE_OK) {
        std::string text = "the store " + where.path + ": ";
        text += database_ == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(database_);
        sqlite3_close(database_);
        throw Error(errc::system, text);
    }
    sqlite3_extended_result_codes(database_, 1);
    sqlite3_wal_hook(database_, count_log_pages, &log_pages_);  // instead of SQLite's own
    // Whoever closes it after something went wrong changes nothing any more.
    sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Database::~Database() {
    sqlite3_close(database_);
}

void Database::run(const char* sql) {
    check(database_, sqlite3_exec(database_, sql, nullptr, nullptr, nullptr));
}

void Database::commit() {
    run("COMMIT");
    if (const int failed = files_.flush_log(); failed != SQLITE_OK) {
        throw Error(code_of(failed),
                    std::string("the log of the store: ") + sqlite3_errstr(failed));
    }
}

std::int64_t Database::number(const char* sql) {
    Statement statement(database_, sql);
    return statement.step() ? statement.integer(0) : 0;
}

void Database::checkpoint() {
    check(database_, sqlite3_wal_checkpoint_v2(database_, "main", SQLITE_CHECKPOINT_RESTART,
                                               nullptr, nullptr));
    log_pages_ = 0;
}

void Database::empty_log() {
    check(database_, sqlite3_wal_checkpoint_v2(database_, "main", SQLITE_CHECKPOINT_TRUNCATE,
                                               nullptr, nullptr));
    log_pages_ = 0;
}

}  // namespace handoff::store
