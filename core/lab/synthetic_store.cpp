#include "lab/synthetic_store.hpp"

namespace shoal::lab {

SyntheticStore::SyntheticStore(environment::Loop& loop, std::shared_ptr<Disk> disk, Duration delay)
    : loop_(loop), disk_(std::move(disk)), delay_(delay)
{
}

void SyntheticStore::later(environment::Task task)
{
    loop_.start_timer(delay_, [task = std::move(task), alive = std::weak_ptr(alive_)]() mutable {
        if (!alive.expired()) task();
    });
}

void SyntheticStore::open(Opened done)
{
    later([this, done = std::move(done)]() mutable { done(disk_->pieces); });
}

void SyntheticStore::check(PieceIndex piece, Checked done)
{
    later([this, piece, done = std::move(done)]() mutable { done(disk_->pieces.test(piece.value())); });
}

void SyntheticStore::write(PieceIndex piece, disk::Buffer buffer, Written done)
{
    later([this, piece, buffer = std::move(buffer), done = std::move(done)]() mutable {
        ++disk_->writes;
        if (disk_->failure) return done(std::move(buffer), *disk_->failure);
        disk_->pieces.set(piece.value());
        done(std::move(buffer), {});
    });
}

void SyntheticStore::write_block(BlockRef, disk::Buffer buffer, Written done)
{
    later([buffer = std::move(buffer), done = std::move(done)]() mutable {
        done(std::move(buffer), make_error(Errc::unsupported, "synthetic pieces are held whole"));
    });
}

void SyntheticStore::read(const peer::BlockHead&, PieceIndex, Read done)
{
    later([done = std::move(done)]() mutable {
        done(make_error(Errc::unsupported, "synthetic payload has no octets to read"));
    });
}

std::optional<std::vector<peer::BlockPart>> SyntheticStore::locate(const peer::BlockHead&, PieceIndex)
{
    return std::nullopt;
}

void SyntheticStore::finish(FileIndex, Done done)
{
    later([done = std::move(done)]() mutable { done({}); });
}

void SyntheticStore::flush(Done done)
{
    later([done = std::move(done)]() mutable { done({}); });
}

// Where nothing has a place, every place is as good.
void SyntheticStore::move(std::string, Progress, Done done)
{
    later([done = std::move(done)]() mutable { done({}); });
}

void SyntheticStore::let_go(Done done)
{
    later([done = std::move(done)]() mutable { done({}); });
}

void SyntheticStore::rename(FileIndex, std::string, Done done)
{
    later([done = std::move(done)]() mutable { done({}); });
}

void SyntheticStore::remove(std::vector<FileIndex>, Done done)
{
    later([this, done = std::move(done)]() mutable {
        disk_->pieces.clear_all();
        done({});
    });
}

void SyntheticStore::close(Done done)
{
    later([done = std::move(done)]() mutable { done({}); });
}

}  // namespace shoal::lab
