#include "state/rows.hpp"

#include "state/value_octets.hpp"

#include <shoal/crc32c.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <limits>

namespace shoal::state {

namespace {

constexpr const char* all_torrents = R"(
SELECT torrents.info_hash, torrents.version, name, magnet, size, folder, is_started, added_at, finished_at, position, options,
    progress.version, pieces, have, "check", is_clean, downloaded, uploaded, active_s, seeding_s
FROM torrents LEFT JOIN progress ON progress.info_hash = torrents.info_hash
ORDER BY position, torrents.rowid)";

// In the order of the query.
namespace column {
enum : int {
    info_hash, version, name, magnet, size, folder, is_started, added_at, finished_at, position, options,
    progress_version, pieces, have, check, is_clean, downloaded, uploaded, active_s, seeding_s,
};
}

// What is asked of columns, of which the first that will not do is remembered.
class Columns {
public:
    explicit Columns(const Statement& row) : row_(row) {}

    std::int64_t number(int column, const char* what, std::int64_t most = std::numeric_limits<std::int64_t>::max())
    {
        const auto value = row_.integer(column);
        if (value && *value >= 0 && *value <= most) return *value;
        complain(what);
        return 0;
    }

    std::uint64_t count(int column, const char* what) { return static_cast<std::uint64_t>(number(column, what)); }
    bool flag(int column, const char* what) { return number(column, what, 1) == 1; }

    std::string text(int column, const char* what)
    {
        const auto value = row_.text(column);
        if (!value) complain(what);
        return std::string(value.value_or(""));
    }

    void complain(const char* what)
    {
        if (complaint_.empty()) complaint_ = what;
    }
    const std::string& complaint() const { return complaint_; }

private:
    const Statement& row_;
    std::string complaint_;
};

// Far more than anybody gives out, and far from where counting on would end.
constexpr std::int64_t last_position = std::int64_t{1} << 62;

Result<TorrentRecord> record_of(const Statement& row)
{
    Columns columns(row);
    TorrentRecord record;
    const auto hash = Hash20::from(row.octets(column::info_hash).value_or(ByteView()));
    if (!hash) return make_error(Errc::bad_input, "its info-hash is garbage");
    record.info_hash = *hash;
    if (columns.number(column::version, "its version") > row_version) {
        return make_error(Errc::unsupported, "it was written by a later version of Shoal");
    }
    record.name = columns.text(column::name, "its name");
    record.magnet = columns.text(column::magnet, "its magnet link");
    record.size = columns.count(column::size, "its size");
    record.folder = columns.text(column::folder, "its folder");
    if (!record.folder.starts_with('/')) columns.complain("its folder");
    record.is_started = columns.flag(column::is_started, "whether it is started");
    record.added_at = columns.number(column::added_at, "when it was added");
    record.finished_at = columns.number(column::finished_at, "when it was finished");
    const auto position = row.integer(column::position).value_or(0);
    if (position > 0 && position <= last_position) record.position = static_cast<std::uint64_t>(position);
    const auto kept = value_from_octets(row.octets(column::options).value_or(ByteView()));
    if (kept && kept->as_map() != nullptr) {
        record.options = *kept->as_map();
    } else {
        columns.complain("what its options are");
    }
    if (!columns.complaint().empty()) return make_error(Errc::bad_input, fmt::format("{} is garbage", columns.complaint()));
    return record;
}

// None: the row does not say, or not in a way that can be believed.
std::optional<Bitfield> have_of(const Statement& row, Columns& columns)
{
    if (row.is_null(column::pieces) && row.is_null(column::have)) return std::nullopt;
    const auto count = columns.number(column::pieces, "how many pieces it has", std::numeric_limits<std::uint32_t>::max());
    const auto octets = row.octets(column::have);
    if (octets && row.integer(column::check) == std::int64_t{crc32c(*octets)}) {
        if (auto bits = Bitfield::from_wire(*octets, static_cast<std::uint32_t>(count))) return std::move(*bits);
    }
    columns.complain("which pieces are there");
    return std::nullopt;
}

// Whatever is wrong with it, the torrent is there; then nothing is known of its pieces.
TorrentProgress progress_of(const Statement& row, std::string& complaint)
{
    TorrentProgress progress;
    if (row.is_null(column::progress_version)) return progress;
    Columns columns(row);
    progress.downloaded = columns.count(column::downloaded, "how much was downloaded");
    progress.uploaded = columns.count(column::uploaded, "how much was uploaded");
    progress.active_s = columns.number(column::active_s, "how long it ran");
    progress.seeding_s = columns.number(column::seeding_s, "how long it was seeded");
    progress.is_clean = columns.flag(column::is_clean, "whether it was stopped in peace");
    progress.have = have_of(row, columns);
    if (columns.number(column::progress_version, "its version") > row_version) {
        complaint = "its progress was written by a later version of Shoal";
    } else if (!columns.complaint().empty()) {
        complaint = fmt::format("{} is garbage", columns.complaint());
    }
    if (!complaint.empty()) {
        progress.have.reset();
        progress.is_clean = false;
    }
    return progress;
}

// For a person to know it by, whatever is wrong with it.
std::string label_of(const Statement& row)
{
    const auto hash = row.octets(column::info_hash);
    const auto known_as = row.text(column::name);
    return fmt::format("torrent {} ({})", hash ? to_hex(*hash) : "?", printable(known_as.value_or("without a name")));
}

}  // namespace

Result<TorrentRows> read_torrents(Database& database)
{
    auto all = database.prepare(all_torrents);
    if (!all) return all.error();
    TorrentRows rows;
    for (;;) {
        const auto has_row = all->step();
        if (!has_row) return has_row.error();
        if (!*has_row) return rows;
        auto record = record_of(*all);
        if (!record) {
            rows.complaints.push_back(fmt::format("{} is left out: {}", label_of(*all), record.error().text));
            continue;
        }
        if (record->position == 0) rows.complaints.push_back(fmt::format("{} goes to the end of the queue: its position is garbage", label_of(*all)));
        std::string complaint;
        auto progress = progress_of(*all, complaint);
        if (!complaint.empty()) rows.complaints.push_back(fmt::format("{} is checked again: {}", label_of(*all), complaint));
        rows.torrents.push_back({std::move(*record), std::move(progress)});
    }
}

Result<Bytes> read_metainfo(Database& database, const Hash20& info_hash)
{
    auto one = database.prepare(R"(SELECT octets, "check" FROM metainfo WHERE info_hash = ?1)");
    if (!one) return one.error();
    const auto has_row = one->bind(1, ByteView(info_hash.bytes)).step();
    if (!has_row) return has_row.error();
    const auto of_torrent = [&] { return fmt::format("{}: the metainfo of torrent {}", database.path(), info_hash.hex()); };
    if (!*has_row) return make_error(Errc::not_found, of_torrent() + " is not there");
    const auto octets = one->octets(0);
    if (!octets || one->integer(1) != std::int64_t{crc32c(*octets)}) {
        return make_error(Errc::bad_input, of_torrent() + " is damaged: add the torrent again");
    }
    return Bytes(octets->begin(), octets->end());
}

Result<OwnRows> read_own(Database& database)
{
    auto all = database.prepare("SELECT name, value FROM own");
    if (!all) return all.error();
    OwnRows rows;
    for (;;) {
        const auto has_row = all->step();
        if (!has_row) return has_row.error();
        if (!*has_row) return rows;
        const auto known_as = all->text(0);
        auto value = value_from_octets(all->octets(1).value_or(ByteView()));
        if (known_as && value) {
            rows.values.emplace(*known_as, std::move(*value));
        } else {
            rows.complaints.push_back(fmt::format("{} is garbage and left out", printable(known_as.value_or("a value without a name"))));
        }
    }
}

Result<KeptSpaces> read_kept(Database& database)
{
    auto all = database.prepare(R"(SELECT plugin, "key", value FROM kept)");
    if (!all) return all.error();
    KeptSpaces spaces;
    for (;;) {
        const auto has_row = all->step();
        if (!has_row) return has_row.error();
        if (!*has_row) return spaces;
        const auto plugin = all->text(0);
        const auto key = all->text(1);
        const auto value = all->octets(2);
        if (plugin && key && value) {
            spaces[std::string(*plugin)].insert_or_assign(std::string(*key), Bytes(value->begin(), value->end()));
        }
    }
}

}  // namespace shoal::state
