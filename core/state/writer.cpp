#include "state/writer.hpp"

#include <utility>

namespace shoal::state {

namespace {

constexpr auto retry_delay = std::chrono::seconds{30};

}  // namespace

Writer::Writer(environment::Loop& loop, environment::Workers& workers, std::shared_ptr<Disk> disk, host::Log log)
    : loop_(loop), workers_(workers), disk_(std::move(disk)), log_(std::move(log)), retry_(loop)
{
}

void Writer::put(Row row, Done done)
{
    WaitingRow waiting{std::move(row)};
    if (done) waiting.done.push_back(std::move(done));
    waiting_.add(std::move(waiting));
    begin_later();
}

void Writer::flush(Done done)
{
    flushes_.push_back(std::move(done));
    begin_later();
}

void Writer::begin_later()
{
    if (in_flight_ || std::exchange(is_beginning_, true)) return;
    loop_.post([this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        is_beginning_ = false;
        begin();
    });
}

const Row* Writer::metainfo(const Hash20& info_hash) const
{
    if (const auto* waiting = waiting_.metainfo(info_hash)) return waiting;
    return in_flight_ ? metainfo_among(in_flight_->rows, info_hash) : nullptr;
}

std::shared_ptr<Batch> Writer::next_batch()
{
    retry_.cancel();
    in_flight_ = std::make_shared<Batch>();
    in_flight_->rows = waiting_.take();
    in_flight_->flushes = std::exchange(flushes_, {});
    return in_flight_;
}

void Writer::begin()
{
    if (in_flight_ || !has_work()) return;
    auto batch = next_batch();
    workers_.run([disk = disk_, batch] { disk->write(*batch); },
                 [this, alive = std::weak_ptr(alive_), batch] {
                     if (alive.expired() || in_flight_ != batch) return;  // the end was faster than the worker
                     on_written(batch);
                     if (!alive.expired()) go_on();
                 });
}

// Who waits hears at once; for what nobody waits for a full disk is not asked again at once.
void Writer::go_on()
{
    if (waiting_.is_awaited() || !flushes_.empty()) {
        begin();
    } else if (!waiting_.empty()) {
        retry_.start(retry_delay, [this] { begin(); });
    }
}

Result<void> Writer::write_now()
{
    const std::weak_ptr alive(alive_);
    for (;;) {
        if (!in_flight_ && !has_work()) return {};
        const auto batch = in_flight_ ? in_flight_ : next_batch();
        disk_->write(*batch);
        on_written(batch);
        if (!batch->outcome) return batch->outcome;
        if (alive.expired()) return {};
    }
}

void Writer::end()
{
    const auto written = write_now();
    if (!written && !waiting_.empty()) log_.error("{}; changes that are lost: {}", written.error().text, waiting_.size());
    static_cast<void>(waiting_.take());
}

void Writer::on_written(const std::shared_ptr<Batch>& batch)
{
    in_flight_.reset();
    std::vector<std::pair<Done, Result<void>>> told;
    for (std::size_t i = 0; i < batch->rows.size(); ++i) {
        const bool is_refused = batch->outcome && batch->refused[i];
        for (auto& done : batch->rows[i].done) {
            told.emplace_back(std::move(done), is_refused ? Result<void>(*batch->refused[i]) : batch->outcome);
        }
        batch->rows[i].done.clear();
    }
    for (auto& done : batch->flushes) told.emplace_back(std::move(done), batch->outcome);
    keep_what_failed(*batch);
    for (auto& [done, outcome] : told) done(outcome);  // any of them may end us
}

void Writer::keep_what_failed(Batch& batch)
{
    if (batch.outcome) {
        if (std::exchange(is_failing_, false)) log_.warning("{}: written again", disk_->path());
        return;
    }
    if (!batch.rows.empty() && !std::exchange(is_failing_, true)) {
        log_.warning("{}; it is kept in memory and tried again", batch.outcome.error().text);
    }
    waiting_.give_back(std::move(batch.rows));
}

}  // namespace shoal::state
