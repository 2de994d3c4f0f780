#include "state/database.hpp"

#include "state/file_error.hpp"

#include <fmt/format.h>

#include <sqlite3.h>

#include <system_error>
#include <utility>

namespace shoal::state {

namespace {

constexpr int patience_ms = 5000;  // with another process that is writing

Errc errc_of(int code, int os_code)
{
    switch (code & 0xff) {  // above are the details
    case SQLITE_FULL: return Errc::disk_full;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        if (is_disk_full(os_code)) return Errc::disk_full;
        return is_forbidden(os_code) ? Errc::permission_denied : Errc::io_error;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return Errc::permission_denied;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Errc::bad_input;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Errc::timed_out;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG: return Errc::invalid_argument;
    case SQLITE_INTERRUPT: return Errc::cancelled;
    case SQLITE_NOMEM: return Errc::limit_exceeded;
    default: return Errc::io_error;
    }
}

// SQLite itself knows a full disk, but no quota and no limit to a file; what the system said is kept with the file, which may be
// the log of writes or the database.
int os_code_of(sqlite3* connection, int code)
{
    int os_code = sqlite3_system_errno(connection);
    if (os_code != 0 || (code & 0xff) != SQLITE_IOERR) return os_code;
    sqlite3_file* log = nullptr;
    sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log != nullptr && log->pMethods != nullptr) log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &os_code);
    if (os_code == 0) sqlite3_file_control(connection, "main", SQLITE_FCNTL_LAST_ERRNO, &os_code);
    return os_code;
}

Error error_of(sqlite3* connection, int code, const std::string& path)
{
    const int os_code = os_code_of(connection, code);
    const int kind = code & 0xff;
    const bool is_of_system = os_code != 0 && (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN);
    return make_error(errc_of(code, os_code), fmt::format("{}: {}{}{}", path, sqlite3_errmsg(connection), is_of_system ? ", " : "",
                                                          is_of_system ? std::generic_category().message(os_code) : ""));
}

}  // namespace

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const noexcept
{
    sqlite3_finalize(statement);
}

void Statement::note(int code)
{
    if (code != SQLITE_OK) bad_binding_ = code;
}

Statement& Statement::bind(int placeholder, std::int64_t value)
{
    note(sqlite3_bind_int64(raw_.get(), placeholder, value));
    return *this;
}

// A null pointer would be bound as NULL, and an empty text is not nothing.
Statement& Statement::bind(int placeholder, std::string_view text)
{
    note(sqlite3_bind_text64(raw_.get(), placeholder, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind(int placeholder, ByteView octets)
{
    const void* data = octets.empty() ? static_cast<const void*>("") : octets.data();
    note(sqlite3_bind_blob64(raw_.get(), placeholder, data, octets.size(), SQLITE_STATIC));
    return *this;
}

Statement& Statement::bind_null(int placeholder)
{
    note(sqlite3_bind_null(raw_.get(), placeholder));
    return *this;
}

Statement& Statement::bind_column(int placeholder, const Statement& row, int column)
{
    note(sqlite3_bind_value(raw_.get(), placeholder, sqlite3_column_value(row.raw_.get(), column)));
    return *this;
}

Result<bool> Statement::step()
{
    auto* connection = sqlite3_db_handle(raw_.get());
    if (const int bad = std::exchange(bad_binding_, 0); bad != SQLITE_OK) return error_of(connection, bad, *path_);
    const int code = sqlite3_step(raw_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(raw_.get());
        return false;
    }
    auto error = error_of(connection, code, *path_);
    sqlite3_reset(raw_.get());
    return error;
}

Result<void> Statement::run()
{
    for (;;) {
        const auto has_row = step();
        if (!has_row) return has_row.error();
        if (!*has_row) return {};
    }
}

void Statement::reset()
{
    sqlite3_reset(raw_.get());
}

std::optional<std::int64_t> Statement::integer(int column) const
{
    if (sqlite3_column_type(raw_.get(), column) != SQLITE_INTEGER) return std::nullopt;
    return sqlite3_column_int64(raw_.get(), column);
}

std::optional<std::string_view> Statement::text(int column) const
{
    if (sqlite3_column_type(raw_.get(), column) != SQLITE_TEXT) return std::nullopt;
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(raw_.get(), column));
    return std::string_view(data, static_cast<std::size_t>(sqlite3_column_bytes(raw_.get(), column)));
}

std::optional<ByteView> Statement::octets(int column) const
{
    if (sqlite3_column_type(raw_.get(), column) != SQLITE_BLOB) return std::nullopt;
    const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(raw_.get(), column));
    return ByteView(data, static_cast<std::size_t>(sqlite3_column_bytes(raw_.get(), column)));
}

bool Statement::is_null(int column) const
{
    return sqlite3_column_type(raw_.get(), column) == SQLITE_NULL;
}

void Database::Closer::operator()(sqlite3* connection) const noexcept
{
    sqlite3_close_v2(connection);
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Access access)
{
    constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;  // also to read, in WAL mode
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    std::unique_ptr<Database> database(new Database(raw, path));
    if (raw == nullptr) return make_error(Errc::limit_exceeded, path + ": out of memory");
    if (code != SQLITE_OK) return error_of(raw, code, path);
    sqlite3_busy_timeout(raw, patience_ms);
    // Neither a damaged file nor a made-up one gets to run code of its own.
    const auto set_up = database->run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                                      "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;");
    if (!set_up) return set_up.error();
    if (access == Access::reading) {
        // Whoever only reads leaves the log of writes to those who write: also where he is the last, of a file that is damaged.
        sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        if (const auto set = database->run("PRAGMA query_only = ON"); !set) return set.error();
    }
    return database;
}

Database::~Database() = default;

Result<void> Database::run(const std::string& sql)
{
    const int code = sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error_of(raw_.get(), code, path_);
    return {};
}

Result<Statement> Database::prepare(std::string_view sql)
{
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v2(raw_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
    if (code != SQLITE_OK) return error_of(raw_.get(), code, path_);
    return Statement(raw, path_);
}

Result<std::int64_t> Database::number(std::string_view sql)
{
    auto statement = prepare(sql);
    if (!statement) return statement.error();
    const auto has_row = statement->step();
    if (!has_row) return has_row.error();
    const auto value = *has_row ? statement->integer(0) : std::nullopt;
    if (!value) return make_error(Errc::bad_input, fmt::format("{}: no number comes of {}", path_, sql));
    return *value;
}

void Database::end_when(const std::atomic<bool>& is_ending)
{
    constexpr int instructions = 1000;  // between two looks
    const auto look = [](void* flag) -> int { return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0; };
    sqlite3_progress_handler(raw_.get(), instructions, look, const_cast<std::atomic<bool>*>(&is_ending));
}

std::int64_t Database::changes() const
{
    return sqlite3_changes64(raw_.get());
}

bool Database::has_moved() const
{
    int moved = 0;
    return sqlite3_file_control(raw_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

Result<Transaction> Transaction::begin(Database& database)
{
    if (const auto begun = database.run("BEGIN IMMEDIATE"); !begun) return begun.error();
    return Transaction(database);
}

Transaction::~Transaction()
{
    if (database_ != nullptr) static_cast<void>(database_->run("ROLLBACK"));  // refused where the failure has done it already
}

Result<void> Transaction::commit()
{
    if (const auto done = database_->run("COMMIT"); !done) return done.error();
    database_ = nullptr;
    return {};
}

}  // namespace shoal::state
