#include "state/salvage.hpp"

#include "state/safe_copy.hpp"
#include "state/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>

namespace shoal::state {

namespace {

// Rows that are looked for one by one where neither the start nor the end leads to them: as many as a file of that size can have had, some
// of which are erased by now, but not so many that people wait.
std::int64_t longest_gap(const std::string& path)
{
    constexpr std::int64_t least_row = 32;
    std::error_code problem;
    const auto size = std::filesystem::file_size(path, problem);
    const auto rows = problem ? 0 : static_cast<std::int64_t>(std::min<std::uintmax_t>(size, 1U << 30)) / least_row;
    return std::clamp<std::int64_t>(rows, 5'000, 200'000);
}

// One table, from one database to the other.
class TableRescue {
public:
    static Result<TableRescue> prepare(Database& to, std::string_view table);

    Result<SavedRows> run(Database& from);
    // What is not there yet, wherever it fits.
    Result<std::uint64_t> add_missing(Database& from);

private:
    TableRescue(Database& to, Statement insert, std::string columns, int column_count, std::string_view table)
        : to_(&to), insert_(std::move(insert)), columns_(std::move(columns)), column_count_(column_count), saved_{table, 0, false}
    {
    }

    // True: to the end.
    Result<bool> scan(Database& from, const char* order, std::int64_t& reached);
    Result<void> probe(Database& from, std::int64_t first, std::int64_t last);
    Result<void> copy(const Statement& row);
    Result<Statement> select(Database& from, std::string_view which);

    Database* to_;
    Statement insert_;
    std::string columns_;
    int column_count_;
    SavedRows saved_;
    std::int64_t from_start_ = 0;  // the last row of the first scan
    bool is_numbered_anew_ = false;
};

Result<TableRescue> TableRescue::prepare(Database& to, std::string_view table)
{
    auto names = to.prepare(fmt::format("PRAGMA table_info({})", table));
    if (!names) return names.error();
    std::string columns = "rowid";
    std::string places = "?1";
    int count = 1;
    for (;;) {
        const auto has_row = names->step();
        if (!has_row) return has_row.error();
        if (!*has_row) break;
        columns += fmt::format(", \"{}\"", names->text(1).value_or(""));
        places += fmt::format(", ?{}", ++count);
    }
    auto insert = to.prepare(fmt::format("INSERT OR IGNORE INTO {}({}) VALUES({})", table, columns, places));
    if (!insert) return insert.error();
    return TableRescue(to, std::move(*insert), std::move(columns), count, table);
}

Result<Statement> TableRescue::select(Database& from, std::string_view which)
{
    return from.prepare(fmt::format("SELECT {} FROM {} NOT INDEXED WHERE {}", columns_, saved_.table, which));
}

// A row that was read and makes no sense is not for us to judge here, unless it is against the rules of the table.
Result<void> TableRescue::copy(const Statement& row)
{
    for (int i = 0; i < column_count_; ++i) insert_.bind_column(i + 1, row, i);
    if (is_numbered_anew_) insert_.bind_null(1);
    const auto copied = insert_.run();
    if (copied) {
        saved_.count += static_cast<std::uint64_t>(to_->changes());
    } else if (copied.error().code != Errc::invalid_argument) {
        return copied;
    }
    return {};
}

Result<bool> TableRescue::scan(Database& from, const char* order, std::int64_t& reached)
{
    auto rows = select(from, fmt::format("rowid > ?1 ORDER BY rowid {}", order));
    if (!rows) return false;
    rows->bind(1, from_start_);
    for (;;) {
        const auto has_row = rows->step();
        if (!has_row) return false;
        if (!*has_row) return true;
        if (const auto copied = copy(*rows); !copied) return copied.error();
        reached = rows->integer(0).value_or(reached);
    }
}

Result<void> TableRescue::probe(Database& from, std::int64_t first, std::int64_t last)
{
    auto row = select(from, "rowid = ?1");
    if (!row) return {};
    for (auto id = first; id <= last; ++id) {
        const auto has_row = row->bind(1, id).step();
        if (!has_row || !*has_row) continue;
        if (const auto copied = copy(*row); !copied) return copied;
        row->reset();
    }
    return {};
}

Result<SavedRows> TableRescue::run(Database& from)
{
    std::int64_t low = 0;
    const auto is_whole = scan(from, "ASC", low);
    if (!is_whole) return is_whole.error();
    saved_.is_whole = *is_whole;
    if (saved_.is_whole) return saved_;
    from_start_ = low;
    std::int64_t high = std::numeric_limits<std::int64_t>::max();
    if (const auto scanned = scan(from, "DESC", high); !scanned) return scanned.error();
    if (const auto done = probe(from, low + 1, std::min(high - 1, low + longest_gap(from.path()))); !done) return done.error();
    return saved_;
}

Result<std::uint64_t> TableRescue::add_missing(Database& from)
{
    is_numbered_anew_ = true;
    std::int64_t last = 0;
    if (const auto scanned = scan(from, "ASC", last); !scanned) return scanned.error();
    return saved_.count;
}

// None: it is not even a file, or nothing of it is a database.
std::unique_ptr<Database> open_damaged(const std::string& path)
{
    auto opened = Database::open(path, Database::Access::reading);
    if (!opened) return nullptr;
    // Then SQLite believes neither the length in the header nor the schema to be right, and reads what there is.
    if (!(*opened)->run("PRAGMA writable_schema = ON")) return nullptr;
    return std::move(*opened);
}

// Progress is not taken: what the copy says of pieces may have been lost or found wrong since.
// Nor is anything of a table that is whole: what it lacks was removed.
Result<std::uint64_t> take_from_copy(const std::string& path, Database& fresh, const std::vector<SavedRows>& saved)
{
    const auto from = open_damaged(copy_of(path));
    std::uint64_t torrents = 0;
    if (!from) return torrents;
    for (const auto& [table, count, is_whole] : saved) {
        if (is_whole || table == "progress") continue;
        auto rescue = TableRescue::prepare(fresh, table);
        if (!rescue) return rescue.error();
        const auto added = rescue->add_missing(*from);
        if (!added) return added;
        if (table == "torrents") torrents = *added;
    }
    return torrents;
}

bool is_whole(const std::vector<SavedRows>& saved)
{
    const auto is_bare = [](const SavedRows& rows) { return !rows.is_whole && (rows.table == "torrents" || rows.table == "metainfo"); };
    return std::ranges::none_of(saved, is_bare);
}

}  // namespace

Result<Salvaged> salvage(const std::string& damaged, Database& fresh)
{
    const auto from = open_damaged(damaged);
    const auto newest = static_cast<std::int64_t>(schema_steps().size());
    const auto said = from ? from->number("PRAGMA user_version").value_or(newest) : newest;
    const auto version = said >= 1 && said <= newest ? said : newest;

    auto transaction = Transaction::begin(fresh);
    if (!transaction) return transaction.error();
    // As it was then: its rows fit, and are brought up to date with the rest.
    const auto then = schema_steps().first(static_cast<std::size_t>(version));
    if (const auto made = migrate(fresh, then); !made) return made.error();
    Salvaged saved;
    for (const auto table : table_names()) {
        auto rescue = TableRescue::prepare(fresh, table);
        if (!rescue) return rescue.error();
        auto rows = from ? rescue->run(*from) : Result<SavedRows>(SavedRows{table, 0, false});
        if (!rows) return rows.error();
        saved.tables.push_back(*rows);
    }
    if (const auto doubted = fresh.run("UPDATE progress SET is_clean = 0"); !doubted) return doubted.error();
    if (const auto made = migrate(fresh); !made) return made.error();
    if (!is_whole(saved.tables)) {
        const auto taken = take_from_copy(damaged, fresh, saved.tables);
        if (!taken) return taken.error();
        saved.from_copy = *taken;
    }
    if (const auto made = transaction->commit(); !made) return made.error();
    return saved;
}

}  // namespace shoal::state
