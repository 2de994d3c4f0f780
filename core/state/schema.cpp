#include "state/schema.hpp"

#include <fmt/format.h>

#include <string>

namespace shoal::state {

namespace {

constexpr std::int64_t application_id = 0x53686f61;  // "Shoa": the file is ours

// `version` says who can read a row: a later Shoal may write rows that this one cannot. `check` is the CRC-32C of what must not change
// unnoticed, for a disk does not always say what it lost. Nothing else is checked here: what is read is validated in rows.cpp, where
// one bad row costs one torrent.
constexpr const char* version_1 = R"(
CREATE TABLE torrents(
    info_hash BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    magnet TEXT NOT NULL,
    size INTEGER NOT NULL,
    folder TEXT NOT NULL,
    is_started INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    options BLOB NOT NULL
) STRICT;
CREATE TABLE metainfo(
    info_hash BLOB NOT NULL PRIMARY KEY REFERENCES torrents ON DELETE CASCADE,
    "check" INTEGER NOT NULL,
    octets BLOB NOT NULL
) STRICT;
CREATE TABLE progress(
    info_hash BLOB NOT NULL PRIMARY KEY REFERENCES torrents ON DELETE CASCADE,
    version INTEGER NOT NULL,
    pieces INTEGER,
    have BLOB,
    "check" INTEGER,
    is_clean INTEGER NOT NULL,
    downloaded INTEGER NOT NULL,
    uploaded INTEGER NOT NULL,
    active_s INTEGER NOT NULL,
    seeding_s INTEGER NOT NULL
) STRICT;
CREATE TABLE own(
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
CREATE TABLE kept(
    plugin TEXT NOT NULL,
    "key" TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY(plugin, "key")
) STRICT;
)";

constexpr const char* steps[] = {version_1};
constexpr std::string_view tables[] = {"torrents", "metainfo", "progress", "own", "kept"};

Result<std::string> first_complaint(Database& database, std::string_view pragma)
{
    auto statement = database.prepare(pragma);
    if (!statement) return statement.error();
    const auto has_row = statement->step();
    if (!has_row) return has_row.error();
    const auto line = *has_row ? statement->text(0) : std::nullopt;
    if (!line) return std::string("the check says nothing");
    return *line == "ok" ? std::string() : std::string(*line);
}

}  // namespace

std::span<const char* const> schema_steps()
{
    return steps;
}

std::span<const std::string_view> table_names()
{
    return tables;
}

Result<std::int64_t> schema_version(Database& database)
{
    const auto version = database.number("PRAGMA user_version");
    if (!version) return version;
    const auto id = database.number("PRAGMA application_id");
    if (!id) return id;
    const bool is_new = *version == 0 && *id == 0;
    if ((*id != application_id && !is_new) || *version < 0) {
        return make_error(Errc::bad_input, database.path() + ": this is the database of another program");
    }
    const auto newest = std::int64_t{std::size(steps)};
    if (*version > newest) {
        return make_error(Errc::unsupported, fmt::format("{}: written by a later version of Shoal (format {}; this one knows {})",
                                                         database.path(), *version, newest));
    }
    return version;
}

Result<void> migrate(Database& database, std::span<const char* const> to)
{
    auto version = database.number("PRAGMA user_version");
    if (!version) return version.error();
    for (; *version < static_cast<std::int64_t>(to.size()); ++*version) {
        const auto made = database.run(to[static_cast<std::size_t>(*version)]);
        if (!made) return made;
    }
    return database.run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", application_id, *version));
}

Result<std::string> missing_in(Database& database)
{
    auto found = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1");
    if (!found) return found.error();
    for (const auto table : tables) {
        const auto is_there = found->bind(1, table).step();
        if (!is_there) return is_there.error();
        if (!*is_there) return fmt::format("the table {} is missing", table);
        found->reset();
    }
    return std::string();
}

Result<std::string> damage_in(Database& database, std::string_view table)
{
    return first_complaint(database, fmt::format("PRAGMA integrity_check({})", table));
}

Result<std::string> damage_in(Database& database)
{
    return first_complaint(database, "PRAGMA integrity_check(1)");
}

}  // namespace shoal::state
