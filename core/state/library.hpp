#pragma once

#include "environment/loop.hpp"
#include "environment/workers.hpp"
#include "host/log.hpp"
#include "host/sinks.hpp"
#include "state/repair.hpp"
#include "state/torrent_record.hpp"

#include <shoal/result.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::state {

// Everything that outlives the process, in one SQLite database in WAL mode: torrents, their metainfo, their progress, the values of
// plug-ins, statistics. Writes are queued, run in order on a worker, many in one transaction, and are on the disk (synchronous=FULL)
// when `done` comes; a write of the same row that still waits is replaced by the later one, and both hear when it is done. One process
// at a time: a second one is refused, with the first one's pid. What plug-ins keep others may have beside it (KeptDatabase). [loop]
class Library {
public:
    using Done = UniqueFunction<void(Result<void>)>;
    using Read = UniqueFunction<void(Result<Bytes>)>;

    using Stored = StoredTorrent;
    using Damage = state::Damage;

    // Opens or creates it; blocks. A damaged one is set aside, and what can be read of it goes into a new one; a newer version is refused.
    // Errors name the path: refused (in use), unsupported (from a later version), permission_denied, disk_full, io_error.
    static Result<std::unique_ptr<Library>> open(environment::Loop& loop, environment::Workers& workers, const std::string& path,
                                                 host::Log log);
    // Writes what was queued, and waits for it. From in here every `done` comes that has not come, and every read is cancelled.
    ~Library();

    // Something was wrong when it was opened.
    const std::optional<Damage>& damage() const;

    // By position. A row that cannot be read is left out, and said; the others are not. Blocks: for the start.
    std::vector<Stored> torrents();
    // The info dictionary's file as it was added: a whole .torrent, also before it is on the disk. Errors: not_found, bad_input (damaged),
    // io_error. Blocks no loop.
    void read_metainfo(const Hash20& info_hash, Read done);

    // New, or as it is now. `done` may be empty; it comes later, once, with disk_full and the like too: then the write is tried again until it
    // succeeds, and meanwhile nothing of it is lost. Progress and metainfo of a torrent that is not there are not_found, and forgotten.
    void put(const TorrentRecord& record, Done done);
    void put_metainfo(const Hash20& info_hash, Bytes torrent_file, Done done);
    void put_progress(const Hash20& info_hash, const TorrentProgress& progress, Done done);
    void erase(const Hash20& info_hash, Done done);

    // Small values of our own by name: statistics, what was set at run time.
    std::map<std::string, control::Value> values();  // blocks: for the start
    void put_value(const std::string& name, control::Value value, Done done);

    // What plug-ins keep; read at once when opened, written as the rest.
    host::KeptValues& kept();

    // `done` when all that was queued before is on the disk.
    void flush(Done done);
    // When all is on the disk and nothing follows: a last copy beside it (safe_copy.hpp), if something has changed since there was one and it
    // does not take long. `done` with and without one, perhaps at once; not when the library is destroyed meanwhile, which ends the copy.
    void copy_at_end(environment::Task done);
    // As flush(), on this thread; blocks. For a process that cannot wait for its workers.
    Result<void> write_now();

private:
    class Parts;
    explicit Library(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace shoal::state
