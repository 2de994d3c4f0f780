#include "state/disk.hpp"

#include <utility>

namespace shoal::state {

namespace {

Error closed(const std::string& path)
{
    return make_error(Errc::cancelled, path + " is closed");
}

// Of the row itself, whatever the disk is like: tried again it would fail again, and all others with it.
bool is_of_row(const Error& error)
{
    return error.code == Errc::not_found || error.code == Errc::invalid_argument;
}

}  // namespace

Disk::Disk(std::string path, std::unique_ptr<Database> database, Opener opener)
    : path_(std::move(path)), opener_(std::move(opener)), database_(std::move(database))
{
    if (database_) rows_.emplace(*database_);
}

void Disk::write(Batch& batch)
{
    const std::lock_guard lock(writing_);
    if (std::exchange(batch.is_over, true)) return;
    batch.outcome = write_rows(batch);
    if (!batch.outcome && batch.outcome.error().code == Errc::bad_input) suspect(path_);
}

Result<void> Disk::write_rows(Batch& batch)
{
    if (is_closed_) return closed(path_);
    if (batch.rows.empty()) return {};
    if (const auto ready = prepare_writer(); !ready) return ready;
    const auto failed = [](const Error& error) { return make_error(error.code, "cannot write " + error.text); };
    auto transaction = Transaction::begin(*database_);
    if (!transaction) return failed(transaction.error());
    batch.refused.assign(batch.rows.size(), std::nullopt);
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
        const auto written = rows_->write(batch.rows[i].row);
        if (written) continue;
        if (!is_of_row(written.error())) return failed(written.error());
        batch.refused[i] = written.error();
    }
    const auto committed = transaction->commit();
    if (!committed) return failed(committed.error());
    return {};
}

Result<void> Disk::prepare_writer()
{
    // What is written to a file without a name is lost with the process.
    if (database_ && database_->has_moved()) {
        rows_.reset();
        database_.reset();
    }
    if (database_) return {};
    auto opened = opener_();
    if (!opened) return opened.error();
    database_ = std::move(*opened);
    rows_.emplace(*database_);
    return {};
}

Result<void> Disk::prepare_reader()
{
    if (is_reading_over_) return closed(path_);
    if (reader_ && reader_->has_moved()) reader_.reset();
    if (reader_) return {};
    auto opened = Database::open(path_, Database::Access::reading);
    if (!opened) return opened.error();
    reader_ = std::move(*opened);
    return {};
}

void Disk::close()
{
    {
        const std::lock_guard lock(reading_);
        is_reading_over_ = true;
        reader_.reset();
    }
    // The last one to go brings the log of writes into the database.
    const std::lock_guard lock(writing_);
    is_closed_ = true;
    rows_.reset();
    database_.reset();
}

}  // namespace shoal::state
