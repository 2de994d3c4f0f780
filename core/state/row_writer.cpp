#include "state/rows.hpp"

#include "state/value_octets.hpp"

#include <shoal/crc32c.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace shoal::state {

namespace {

constexpr const char* put_torrent = R"(
INSERT INTO torrents(info_hash, version, name, magnet, size, folder, is_started, added_at, finished_at, position, options)
VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT DO UPDATE SET version = ?2, name = ?3, magnet = ?4, size = ?5, folder = ?6, is_started = ?7, added_at = ?8,
    finished_at = ?9, position = ?10, options = ?11)";

constexpr const char* put_metainfo = R"(
INSERT INTO metainfo(info_hash, "check", octets)
SELECT info_hash, ?2, ?3 FROM torrents WHERE info_hash = ?1
ON CONFLICT DO UPDATE SET "check" = ?2, octets = ?3)";

constexpr const char* put_progress = R"(
INSERT INTO progress(info_hash, version, pieces, have, "check", is_clean, downloaded, uploaded, active_s, seeding_s)
SELECT info_hash, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM torrents WHERE info_hash = ?1
ON CONFLICT DO UPDATE SET version = ?2, pieces = ?3, have = ?4, "check" = ?5, is_clean = ?6, downloaded = ?7, uploaded = ?8,
    active_s = ?9, seeding_s = ?10)";

constexpr const char* erase_torrent = "DELETE FROM torrents WHERE info_hash = ?1";

constexpr const char* put_own = "INSERT INTO own(name, value) VALUES(?1, ?2) ON CONFLICT DO UPDATE SET value = ?2";

constexpr const char* put_kept =
    R"(INSERT INTO kept(plugin, "key", value) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = ?3)";

constexpr const char* erase_kept = R"(DELETE FROM kept WHERE plugin = ?1 AND "key" = ?2)";

// A number that no disk holds and no clock shows ends at the largest that a row does.
std::int64_t bounded(std::uint64_t number)
{
    return static_cast<std::int64_t>(std::min(number, std::uint64_t{std::numeric_limits<std::int64_t>::max()}));
}

}  // namespace

Result<Statement*> RowWriter::statement(const char* sql)
{
    const auto at = statements_.find(sql);
    if (at != statements_.end()) return &at->second;
    auto made = database_.prepare(sql);
    if (!made) return made.error();
    return &statements_.emplace(sql, std::move(*made)).first->second;
}

Result<void> RowWriter::write(const Row& row)
{
    return std::visit([this](const auto& one) { return write(one); }, row);
}

Result<void> RowWriter::write(const TorrentRecord& record)
{
    auto put = statement(put_torrent);
    if (!put) return put.error();
    const auto options = value_octets(control::Value(record.options));
    return (*put)
        ->bind(1, ByteView(record.info_hash.bytes))
        .bind(2, row_version)
        .bind(3, std::string_view(record.name))
        .bind(4, std::string_view(record.magnet))
        .bind(5, bounded(record.size))
        .bind(6, std::string_view(record.folder))
        .bind(7, std::int64_t{record.is_started})
        .bind(8, record.added_at)
        .bind(9, record.finished_at)
        .bind(10, bounded(record.position))
        .bind(11, ByteView(options))
        .run();
}

Result<void> RowWriter::write(const MetainfoRow& row)
{
    auto put = statement(put_metainfo);
    if (!put) return put.error();
    (*put)
        ->bind(1, ByteView(row.info_hash.bytes))
        .bind(2, std::int64_t{crc32c(row.torrent_file)})
        .bind(3, ByteView(row.torrent_file));
    return write_child(**put, row.info_hash);
}

Result<void> RowWriter::write(const ProgressRow& row)
{
    auto put = statement(put_progress);
    if (!put) return put.error();
    const auto& progress = row.progress;
    Bytes have;
    (*put)->bind(1, ByteView(row.info_hash.bytes)).bind(2, row_version);
    if (progress.have) {
        have = progress.have->to_wire();
        (*put)->bind(3, std::int64_t{progress.have->size()}).bind(4, ByteView(have)).bind(5, std::int64_t{crc32c(have)});
    } else {
        (*put)->bind_null(3).bind_null(4).bind_null(5);
    }
    (*put)
        ->bind(6, std::int64_t{progress.is_clean})
        .bind(7, bounded(progress.downloaded))
        .bind(8, bounded(progress.uploaded))
        .bind(9, progress.active_s)
        .bind(10, progress.seeding_s);
    return write_child(**put, row.info_hash);
}

Result<void> RowWriter::write(const TorrentErased& row)
{
    auto erase = statement(erase_torrent);
    if (!erase) return erase.error();
    return (*erase)->bind(1, ByteView(row.info_hash.bytes)).run();
}

Result<void> RowWriter::write(const OwnRow& row)
{
    auto put = statement(put_own);
    if (!put) return put.error();
    const auto octets = value_octets(row.value);
    return (*put)->bind(1, std::string_view(row.name)).bind(2, ByteView(octets)).run();
}

Result<void> RowWriter::write(const KeptRow& row)
{
    auto one = statement(row.value ? put_kept : erase_kept);
    if (!one) return one.error();
    (*one)->bind(1, std::string_view(row.plugin)).bind(2, std::string_view(row.key));
    if (row.value) (*one)->bind(3, ByteView(*row.value));
    return (*one)->run();
}

Result<void> RowWriter::write_child(Statement& statement, const Hash20& info_hash)
{
    const auto written = statement.run();
    if (written && database_.changes() == 0) {
        return make_error(Errc::not_found, fmt::format("{}: there is no torrent {}", database_.path(), info_hash.hex()));
    }
    return written;
}

}  // namespace shoal::state
