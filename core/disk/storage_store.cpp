#include "disk/storage_store.hpp"

#include "disk/residency.hpp"

#include <shoal/assert.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace shoal::disk {

namespace {

constexpr int not_asked = -1;
constexpr int being_asked = -2;
constexpr int has_none = -3;

}  // namespace

StorageStore::StorageStore(environment::Environment& environment, std::unique_ptr<host::Instance> storage,
                           std::shared_ptr<const metainfo::TorrentFile> metainfo, StorageSettings settings)
    : environment_(environment),
      disk_(std::make_shared<StorageDisk>(std::move(storage), std::move(metainfo), std::move(settings))),
      descriptors_(disk_->geometry().file_count(), not_asked)
{
}

StorageStore::~StorageStore() = default;

template <class Work, class Finish>
environment::Task StorageStore::job_of(Work work, Finish done)
{
    using Outcome = std::invoke_result_t<Work, StorageDisk&>;
    return [this, work = std::move(work), done = std::move(done)]() mutable {
        auto outcome = std::make_shared<std::optional<Outcome>>();
        environment_.workers.run(
            [disk = disk_.get(), work = std::move(work), outcome]() mutable { outcome->emplace(work(*disk)); },
            [this, kept = disk_, outcome, done = std::move(done), alive = std::weak_ptr(alive_)]() mutable {
                if (alive.expired()) return;
                done(std::move(**outcome));
                if (!alive.expired()) gate_.leave();
            });
    };
}

template <class Work>
auto StorageStore::while_open(Work work)
{
    return [work = std::move(work)](StorageDisk& disk) mutable -> std::invoke_result_t<Work, StorageDisk&> {
        if (!disk.is_open()) return make_error(Errc::refused, "the storage is closed");
        return work(disk);
    };
}

template <class Work, class Finish>
void StorageStore::run(Work work, Finish done)
{
    auto job = job_of(while_open(std::move(work)), std::move(done));
    if (gate_.try_enter()) job();
    else gate_.wait(std::move(job));
}

template <class Work, class Finish>
void StorageStore::run_alone(Work work, Finish done)
{
    gate_.fence(job_of(while_open(std::move(work)), std::move(done)));
}

bool StorageStore::set_unverified(const std::vector<bool>& files)
{
    unverified_ = files;
    return true;
}

void StorageStore::open(Opened done)
{
    gate_.fence(job_of([unverified = unverified_](StorageDisk& disk) { return disk.open(unverified); }, std::move(done)));
}

void StorageStore::check(PieceIndex piece, Checked done)
{
    run([piece](StorageDisk& disk) { return disk.matches(piece); }, std::move(done));
}

std::uint32_t StorageStore::check_depth() const
{
    return 2 * environment_.workers.count();
}

void StorageStore::write(PieceIndex piece, Buffer buffer, Written done)
{
    write_range(piece, 0, std::move(buffer), std::move(done));
}

void StorageStore::write_block(BlockRef block, Buffer buffer, Written done)
{
    write_range(block.piece, disk_->geometry().begin(block), std::move(buffer), std::move(done));
}

void StorageStore::write_range(PieceIndex piece, std::uint32_t begin, Buffer buffer, Written done)
{
    SHOAL_ASSERT(!buffer.is_synthetic());
    const ByteView octets = buffer.bytes();
    const bool has_to_wait = gate_.is_shut();
    window_.on_begun(buffer.size());
    run([piece, begin, octets](StorageDisk& disk) { return disk.write(piece, begin, octets); },
        [this, has_to_wait, began = environment_.loop.now(), buffer = std::move(buffer),
         done = std::move(done)](Result<void> result) mutable {
            const auto now = environment_.loop.now();
            const bool is_measure = result && !has_to_wait;
            window_.on_ended(buffer.size(), is_measure ? std::optional(now - began) : std::nullopt, now);
            done(std::move(buffer), std::move(result));
        });
}

void StorageStore::read(const peer::BlockHead& range, PieceIndex piece, Read done)
{
    auto octets = std::make_shared<Bytes>(range.length);
    run([piece, begin = range.begin, octets](StorageDisk& disk) { return disk.read(piece, begin, *octets); },
        [octets, piece, done = std::move(done)](Result<bool> is_there) mutable {
            if (!is_there) return done(std::move(is_there).error());
            if (*is_there) return done(peer::OwnedBytes(std::move(octets)));
            done(make_error(Errc::io_error,
                            fmt::format("piece {} is no longer on the disk: was a file cut short or removed?",
                                        piece.value())));
        });
}

bool StorageStore::ask_for_descriptor(FileIndex file)
{
    int& descriptor = descriptors_[file.value()];
    if (descriptor >= 0) return true;
    if (descriptor != not_asked) return false;
    descriptor = being_asked;
    run([file](StorageDisk& disk) { return disk.locate(file); },
        [this, file](Result<int> located) { descriptors_[file.value()] = located ? *located : has_none; });
    return false;
}

std::optional<std::vector<peer::BlockPart>> StorageStore::locate(const peer::BlockHead& range, PieceIndex piece)
{
    if (gate_.is_shut() || !is_locating_) return std::nullopt;
    std::vector<peer::BlockPart> parts;
    bool is_located = true;
    disk_->geometry().for_each_slice(piece, range.begin, range.length, [&](const FileSlice& slice) {
        if (disk_->is_padding(slice.file) || !ask_for_descriptor(slice.file)) {
            is_located = false;
        } else {
            parts.push_back(environment::FileRegion{descriptors_[slice.file.value()], slice.file_offset,
                                                    static_cast<std::uint32_t>(slice.length)});
        }
    });
    if (!is_located) return std::nullopt;
    const bool all_resident = std::ranges::all_of(
        parts, [](const auto& part) { return is_resident(std::get<environment::FileRegion>(part)); });
    if (!all_resident) return std::nullopt;
    return parts;
}

void StorageStore::finish(FileIndex file, Done done)
{
    run([file](StorageDisk& disk) { return disk.finish(file); },
        [this, file, done = std::move(done)](Result<void> result) mutable {
            descriptors_[file.value()] = not_asked;
            if (result && !unverified_.empty()) unverified_[file.value()] = false;
            done(std::move(result));
        });
}

void StorageStore::flush(Done done)
{
    run([](StorageDisk& disk) { return disk.flush(); }, std::move(done));
}

// What a worker knows of a move, and what was told of it. A loop that is busy is told less often.
struct StorageStore::Move {
    std::string folder;
    Progress progress;
    std::shared_ptr<std::atomic<bool>> is_cancelled;
    std::atomic<std::uint64_t> done = 0;
    std::atomic<std::uint64_t> total = 0;
    std::atomic<bool> is_telling = false;
};

void StorageStore::move(std::string folder, Progress progress, Done done)
{
    auto move = std::make_shared<Move>();
    move->folder = std::move(folder);
    move->progress = std::move(progress);
    move->is_cancelled = are_moves_cancelled_;
    auto tell = [move, alive = std::weak_ptr(alive_)] {
        move->is_telling = false;
        if (!alive.expired()) move->progress(move->done, move->total);
    };
    auto moving = [move, tell, &loop = environment_.loop](std::uint64_t so_far, std::uint64_t total) {
        move->done = so_far;
        move->total = total;
        if (!move->is_telling.exchange(true)) loop.post(tell);
        return !*move->is_cancelled;
    };
    run_alone(
        [move, moving](StorageDisk& disk) -> Result<void> {
            if (*move->is_cancelled) return make_error(Errc::cancelled, "the move was cancelled");
            return disk.move(move->folder, moving);
        },
        [this, done = std::move(done)](Result<void> moved) mutable {
            if (moved) {
                const bool is_any_lent = std::ranges::any_of(descriptors_, [](int descriptor) { return descriptor >= 0; });
                is_locating_ = is_locating_ && !is_any_lent;
                std::ranges::fill(descriptors_, not_asked);
            }
            done(std::move(moved));
        });
}

void StorageStore::cancel_moves()
{
    *are_moves_cancelled_ = true;
    are_moves_cancelled_ = std::make_shared<std::atomic<bool>>(false);
}

// A storage closes what it lent when it is closed; so it is, for a moment.
void StorageStore::let_go(Done done)
{
    if (is_locating_) return environment_.loop.post([done = std::move(done)]() mutable { done({}); });
    const auto reopen = [unverified = unverified_](StorageDisk& disk) -> Result<void> {
        auto closed = disk.close();
        const auto opened = disk.open(unverified);
        return opened ? closed : Result<void>(opened.error());
    };
    run_alone(reopen,
              [this, done = std::move(done)](Result<void> reopened) mutable {
                  is_locating_ = true;
                  done(std::move(reopened));
              });
}

void StorageStore::rename(FileIndex file, std::string path, Done done)
{
    run_alone([file, path = std::move(path)](StorageDisk& disk) { return disk.rename(file, path); },
              [this, file, done = std::move(done)](Result<void> renamed) mutable {
                  descriptors_[file.value()] = not_asked;
                  done(std::move(renamed));
              });
}

void StorageStore::remove(std::vector<FileIndex> files, Done done)
{
    run_alone([files](StorageDisk& disk) { return disk.remove(files); },
              [this, files, done = std::move(done)](Result<void> removed) mutable {
                  for (const FileIndex file : files) descriptors_[file.value()] = not_asked;
                  done(std::move(removed));
              });
}

void StorageStore::close(Done done)
{
    gate_.fence(job_of([](StorageDisk& disk) { return disk.close(); },
                       [this, done = std::move(done)](Result<void> closed) mutable {
                           std::ranges::fill(descriptors_, not_asked);
                           is_locating_ = true;
                           done(std::move(closed));
                       }));
}

}  // namespace shoal::disk
