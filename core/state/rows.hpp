#pragma once

#include "state/database.hpp"
#include "state/torrent_record.hpp"

#include <shoal/bytes.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What is written to the tables and read from them, each as one row. Nothing that is read is believed: a file may be damaged in ways
// that SQLite does not see, and a later version may have written it.
namespace shoal::state {

// Of torrents and progress. A higher one is not for us.
inline constexpr std::int64_t row_version = 1;

struct MetainfoRow {
    Hash20 info_hash;
    Bytes torrent_file;
};
struct ProgressRow {
    Hash20 info_hash;
    TorrentProgress progress;
};
// The torrent with all that is kept of it.
struct TorrentErased {
    Hash20 info_hash;
};
struct OwnRow {
    std::string name;
    control::Value value;
};
struct KeptRow {
    std::string plugin;
    std::string key;
    std::optional<Bytes> value;  // none: erased
};
using Row = std::variant<TorrentRecord, MetainfoRow, ProgressRow, TorrentErased, OwnRow, KeptRow>;

// Writes rows, with statements that are made once. Ends before its database does.
class RowWriter {
public:
    explicit RowWriter(Database& database) : database_(database) {}

    // Errors: not_found (metainfo or progress of a torrent that is not there, or no more), those of Database.
    Result<void> write(const Row& row);

private:
    Result<Statement*> statement(const char* sql);
    Result<void> write(const TorrentRecord& record);
    Result<void> write(const MetainfoRow& row);
    Result<void> write(const ProgressRow& row);
    Result<void> write(const TorrentErased& row);
    Result<void> write(const OwnRow& row);
    Result<void> write(const KeptRow& row);
    Result<void> write_child(Statement& statement, const Hash20& info_hash);

    Database& database_;
    std::map<const char*, Statement> statements_;
};

struct TorrentRows {
    std::vector<StoredTorrent> torrents;   // by position
    std::vector<std::string> complaints;   // of rows that were left out, or are to be checked again
};
Result<TorrentRows> read_torrents(Database& database);

// Errors: not_found, bad_input (damaged), those of Database.
Result<Bytes> read_metainfo(Database& database, const Hash20& info_hash);

struct OwnRows {
    std::map<std::string, control::Value> values;
    std::vector<std::string> complaints;
};
Result<OwnRows> read_own(Database& database);

// By plug-in, then by key.
using KeptSpaces = std::map<std::string, std::map<std::string, Bytes, std::less<>>>;
Result<KeptSpaces> read_kept(Database& database);

}  // namespace shoal::state
