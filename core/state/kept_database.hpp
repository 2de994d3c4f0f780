#pragma once

#include "environment/loop.hpp"
#include "environment/workers.hpp"
#include "host/log.hpp"
#include "host/sinks.hpp"
#include "state/kept_table.hpp"
#include "state/writer.hpp"

#include <memory>
#include <optional>
#include <string>

namespace shoal::state {

// What plug-ins keep, for a process that owns no torrents there: the same file that a Library has, without its lock, so that several
// may have it at once and beside a Library. Read at once; of a value that two of them write the last one stays. A file is made when there is something
// to write. Whatever is wrong with it is said, and what is kept then lasts as long as the process, or until it can be written. [loop]
class KeptDatabase {
public:
    // No path: nothing outlives the process.
    KeptDatabase(environment::Loop& loop, environment::Workers& workers, std::string path, const host::Log& log);
    ~KeptDatabase();  // saves

    host::KeptValues& values() { return *table_; }

    // Now, and waits for it. Errors name the file.
    Result<void> save();

private:
    std::shared_ptr<Disk> disk_;      // none without a path
    std::optional<Writer> writer_;
    std::optional<KeptTable> table_;
};

}  // namespace shoal::state
