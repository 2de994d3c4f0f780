#pragma once

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

// SQLite, with values for errors. A database and its statements belong to one thread at a time; they may wander.
// Errors, whose texts begin with the path: disk_full, permission_denied, bad_input (damaged, or no database), timed_out (another process
// is writing), invalid_argument (this row will not do, whatever the disk is like), limit_exceeded (memory), io_error.
namespace shoal::state {

// One statement of SQL, run as often as one likes. Ends before its database does.
class Statement {
public:
    Statement(Statement&&) noexcept = default;
    Statement& operator=(Statement&&) noexcept = default;

    // Placeholders are numbered from 1. Text and octets are borrowed until the statement is run again or ends.
    Statement& bind(int placeholder, std::int64_t value);
    Statement& bind(int placeholder, std::string_view text);
    Statement& bind(int placeholder, ByteView octets);
    Statement& bind_null(int placeholder);
    // What a row of another statement has there, of whatever type; copied.
    Statement& bind_column(int placeholder, const Statement& row, int column);

    // True: there is a row, whose columns can be read until the next call. What was bound stays bound.
    Result<bool> step();
    // To its end; rows are passed over.
    Result<void> run();
    // Begins again at the next step.
    void reset();

    // Columns are numbered from 0. Nothing: of another type.
    std::optional<std::int64_t> integer(int column) const;
    std::optional<std::string_view> text(int column) const;
    std::optional<ByteView> octets(int column) const;
    bool is_null(int column) const;

private:
    friend class Database;
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    Statement(sqlite3_stmt* raw, const std::string& path) : raw_(raw), path_(&path) {}
    void note(int code);

    std::unique_ptr<sqlite3_stmt, Finalizer> raw_;
    const std::string* path_;  // the database's
    int bad_binding_ = 0;
};

class Database {
public:
    enum class Access { writing, reading };

    // The file is there: an empty one is an empty database.
    static Result<std::unique_ptr<Database>> open(const std::string& path, Access access);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    // One statement or several, without placeholders; rows are passed over.
    Result<void> run(const std::string& sql);
    Result<Statement> prepare(std::string_view sql);
    // The first column of the first row: for pragmas.
    Result<std::int64_t> number(std::string_view sql);

    // What runs ends soon after this is true: cancelled. It outlives the database.
    void end_when(const std::atomic<bool>& is_ending);

    // Rows that the last statement changed.
    std::int64_t changes() const;
    // The path leads to another file by now, or to none: what is written would be lost.
    bool has_moved() const;
    const std::string& path() const { return path_; }

private:
    struct Closer {
        void operator()(sqlite3* connection) const noexcept;
    };
    Database(sqlite3* raw, std::string path) : raw_(raw), path_(std::move(path)) {}

    std::unique_ptr<sqlite3, Closer> raw_;
    std::string path_;
};

// All or nothing: without a commit it never was.
class Transaction {
public:
    // Waits for another process that is writing, but not for ever.
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    Result<void> commit();

private:
    explicit Transaction(Database& database) : database_(&database) {}

    Database* database_;
};

}  // namespace shoal::state
