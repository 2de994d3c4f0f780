#pragma once

#include "environment/loop.hpp"
#include "environment/workers.hpp"
#include "host/log.hpp"
#include "state/disk.hpp"
#include "state/waiting_rows.hpp"

#include <memory>
#include <vector>

namespace shoal::state {

// Brings rows to the disk: what is put in one turn of the loop a worker writes in one transaction, and
// what comes meanwhile waits for the next. What could not be written (its `done` says so) is tried again with the next rows, or half a
// minute later; then nobody is told but the log. [loop]
class Writer {
public:
    Writer(environment::Loop& loop, environment::Workers& workers, std::shared_ptr<Disk> disk, host::Log log);
    ~Writer() { end(); }

    // `done` may be empty. It comes once, later, and may end the writer.
    void put(Row row, Done done);
    // When all that was put before is on the disk, or was tried.
    void flush(Done done);
    // All that waits, now, on this thread; every `done` comes from in here.
    Result<void> write_now();
    // The same for the last time: what cannot be written is lost, and that is said.
    void end();

    // As WaitingRows has it, also while it is being written. Valid until the loop goes on.
    const Row* metainfo(const Hash20& info_hash) const;

private:
    bool has_work() const { return !waiting_.empty() || !flushes_.empty(); }
    std::shared_ptr<Batch> next_batch();
    void begin_later();
    void begin();
    void go_on();
    void on_written(const std::shared_ptr<Batch>& batch);
    void keep_what_failed(Batch& batch);

    environment::Loop& loop_;
    environment::Workers& workers_;
    std::shared_ptr<Disk> disk_;
    host::Log log_;
    environment::Timer retry_;
    WaitingRows waiting_;
    std::vector<Done> flushes_;
    std::shared_ptr<Batch> in_flight_;
    bool is_beginning_ = false;
    bool is_failing_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::state
