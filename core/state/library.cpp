#include "state/library.hpp"

#include "state/disk.hpp"
#include "state/kept_table.hpp"
#include "state/opening.hpp"
#include "state/process_lock.hpp"
#include "state/rows.hpp"
#include "state/safe_copy.hpp"
#include "state/writer.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <utility>

namespace shoal::state {

namespace {

// The file went away under us. It may come back; a new one would lack what is not in memory.
Result<std::unique_ptr<Database>> open_again(const std::string& path)
{
    auto opened = open_shared(path);
    if (opened) return opened;
    return make_error(Errc::io_error, "the database was taken away while it is in use: " + opened.error().text);
}

}  // namespace

class Library::Parts {
public:
    struct Start {
        ProcessLock lock;
        std::unique_ptr<Database> database;
        std::optional<Damage> damage;
        KeptSpaces spaces;
    };

    Parts(environment::Loop& loop, environment::Workers& workers, const std::string& path, Start start, host::Log log)
        : lock(std::move(start.lock)),
          damage(std::move(start.damage)),
          log(std::move(log)),
          workers(workers),
          disk(std::make_shared<Disk>(path, std::move(start.database), [path] { return open_again(path); })),
          writer(loop, workers, disk, this->log),
          kept(loop, std::move(start.spaces), [this](KeptRow row) { writer.put(std::move(row), {}); }),
          copying(loop)
    {
        if (is_copy_old(path) && is_worth_a_copy()) copy_later();
    }

    ~Parts();

    void read_metainfo(const Hash20& info_hash, Read done);
    void on_read(std::uint64_t number, Result<Bytes> outcome);
    bool is_worth_a_copy();
    void copy_later();
    void copy();
    void copy_at_end(environment::Task done);
    std::uintmax_t size() const;

    ProcessLock lock;
    std::optional<Damage> damage;
    host::Log log;
    environment::Workers& workers;
    std::shared_ptr<Disk> disk;
    Writer writer;
    KeptTable kept;
    std::map<std::uint64_t, Read> reads;  // that a worker is at
    std::uint64_t last_read = 0;
    environment::Timer copying;
    bool is_copy_due = false;
    bool is_copying = false;  // on a worker
    environment::Task when_copied{};  // at the end
    std::shared_ptr<std::atomic<bool>> is_ending = std::make_shared<std::atomic<bool>>(false);
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);
};

Library::Parts::~Parts()
{
    *is_ending = true;
    kept.hand_on();
    writer.end();
    disk->close();
    for (auto& [number, done] : std::exchange(reads, {})) done(make_error(Errc::cancelled, disk->path() + " is closed"));
}

void Library::Parts::read_metainfo(const Hash20& info_hash, Read done)
{
    auto outcome = std::make_shared<Result<Bytes>>(Bytes());
    auto read = [disk = disk, info_hash, outcome] {
        *outcome = disk->read([&](Database& database) { return state::read_metainfo(database, info_hash); });
    };
    environment::Task work = std::move(read);
    if (const auto* waiting = writer.metainfo(info_hash)) {
        // Newer than what is on the disk, or not there yet.
        const auto* row = std::get_if<MetainfoRow>(waiting);
        if (row != nullptr) {
            *outcome = row->torrent_file;
        } else {
            *outcome = make_error(Errc::not_found, "the torrent " + info_hash.hex() + " is erased");
        }
        work = [] {};
    }
    reads.emplace(++last_read, std::move(done));
    workers.run(std::move(work), [this, still = std::weak_ptr(alive), number = last_read, outcome] {
        if (!still.expired()) on_read(number, std::move(*outcome));
    });
}

// An empty one is not, or the first copy would lack the torrents that come in the next moment.
bool Library::Parts::is_worth_a_copy()
{
    if (has_copy(disk->path())) return true;
    const auto any = disk->read([](Database& database) { return database.number("SELECT EXISTS(SELECT 1 FROM torrents)"); });
    return !any || *any != 0;
}

std::uintmax_t Library::Parts::size() const
{
    std::error_code problem;
    const auto octets = std::filesystem::file_size(disk->path(), problem);
    return problem ? 0 : octets;
}

// Many changes are one copy, and one of a big database comes more rarely: a few minutes of a torrent's life are what may be lost. Where
// there is none yet everything may be, and the first comes soon.
void Library::Parts::copy_later()
{
    constexpr auto soon = std::chrono::seconds{5};
    constexpr std::chrono::seconds soonest = std::chrono::minutes{2};
    constexpr std::uintmax_t octets_a_second = 1 << 20;
    if (std::exchange(is_copy_due, true) || is_copying) return;
    const auto delay = has_copy(disk->path()) ? soonest : soon;
    copying.start(delay + std::chrono::seconds(size() / octets_a_second), [this] { copy(); });
}

void Library::Parts::copy()
{
    is_copy_due = false;
    is_copying = true;
    auto outcome = std::make_shared<Result<void>>();
    auto work = [path = disk->path(), flag = is_ending, outcome] { *outcome = make_copy(path, *flag); };
    workers.run(std::move(work), [this, still = std::weak_ptr(alive), outcome] {
        if (still.expired()) return;
        is_copying = false;
        if (!*outcome) {
            log.warning("the database has no new copy: {}", outcome->error().text);
            if (outcome->error().code == Errc::bad_input) suspect(disk->path());
        }
        if (auto done = std::exchange(when_copied, {})) return copy_at_end(std::move(done));
        if (std::exchange(is_copy_due, false)) copy_later();  // what changed meanwhile
    });
}

// One of a big database takes longer than people wait for an end; it comes after the next start.
void Library::Parts::copy_at_end(environment::Task done)
{
    constexpr std::uintmax_t most_octets = 64 << 20;
    if ((!is_copy_due && !is_copying) || size() > most_octets) return done();
    when_copied = std::move(done);
    copying.cancel();
    if (!is_copying) copy();
}

void Library::Parts::on_read(std::uint64_t number, Result<Bytes> outcome)
{
    auto node = reads.extract(number);
    if (!node.empty()) node.mapped()(std::move(outcome));
}

Library::Library(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Library::~Library() = default;

Result<std::unique_ptr<Library>> Library::open(environment::Loop& loop, environment::Workers& workers, const std::string& given,
                                               host::Log log)
{
    const auto path = std::filesystem::absolute(given).string();
    auto lock = lock_database(path);
    if (!lock) return lock.error();
    auto opened = open_owned(path, lock->was_left());
    if (!opened) return opened.error();
    if (!opened->warning.empty()) log.warning("{}", opened->warning);
    if (opened->damage) log.error("{}", opened->damage->text);
    auto spaces = read_kept(*opened->database);
    if (!spaces) return spaces.error();
    Parts::Start start{std::move(*lock), std::move(opened->database), std::move(opened->damage), std::move(*spaces)};
    auto parts = std::make_unique<Parts>(loop, workers, path, std::move(start), std::move(log));
    return std::unique_ptr<Library>(new Library(std::move(parts)));
}

const std::optional<Library::Damage>& Library::damage() const
{
    return parts_->damage;
}

std::vector<Library::Stored> Library::torrents()
{
    auto rows = parts_->disk->read([](Database& database) { return read_torrents(database); });
    if (!rows) {
        parts_->log.error("the torrents cannot be read: {}", rows.error().text);
        return {};
    }
    for (const auto& complaint : rows->complaints) parts_->log.warning("{}", complaint);
    return std::move(rows->torrents);
}

std::map<std::string, control::Value> Library::values()
{
    auto rows = parts_->disk->read([](Database& database) { return read_own(database); });
    if (!rows) {
        parts_->log.error("the values cannot be read: {}", rows.error().text);
        return {};
    }
    for (const auto& complaint : rows->complaints) parts_->log.warning("{}", complaint);
    return std::move(rows->values);
}

void Library::read_metainfo(const Hash20& info_hash, Read done)
{
    parts_->read_metainfo(info_hash, std::move(done));
}

void Library::put(const TorrentRecord& record, Done done)
{
    parts_->copy_later();
    parts_->writer.put(record, std::move(done));
}

void Library::put_metainfo(const Hash20& info_hash, Bytes torrent_file, Done done)
{
    parts_->copy_later();
    parts_->writer.put(MetainfoRow{info_hash, std::move(torrent_file)}, std::move(done));
}

void Library::put_progress(const Hash20& info_hash, const TorrentProgress& progress, Done done)
{
    parts_->writer.put(ProgressRow{info_hash, progress}, std::move(done));
}

void Library::erase(const Hash20& info_hash, Done done)
{
    parts_->copy_later();
    parts_->writer.put(TorrentErased{info_hash}, std::move(done));
}

void Library::put_value(const std::string& name, control::Value value, Done done)
{
    parts_->writer.put(OwnRow{name, std::move(value)}, std::move(done));
}

host::KeptValues& Library::kept()
{
    return parts_->kept;
}

Result<void> Library::write_now()
{
    parts_->kept.hand_on();
    return parts_->writer.write_now();
}

void Library::flush(Done done)
{
    parts_->kept.hand_on();
    parts_->writer.flush(std::move(done));
}

void Library::copy_at_end(environment::Task done)
{
    parts_->copy_at_end(std::move(done));
}

}  // namespace shoal::state
