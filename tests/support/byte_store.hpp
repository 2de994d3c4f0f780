#pragma once

#include "disk/store.hpp"
#include "environment/loop.hpp"
#include "metainfo/torrent_file.hpp"

#include <shoal/sha1.hpp>

#include <algorithm>
#include <memory>

namespace shoal::support {

// A store with real octets in memory, for swarm tests: what was written can be compared, and a seeder begins full. Shared
// content outlives the store, as files do.
class ByteStore final : public disk::Store {
public:
    ByteStore(environment::Loop& loop, std::shared_ptr<const metainfo::TorrentFile> metainfo,
              std::shared_ptr<Bytes> content)
        : loop_(loop), metainfo_(std::move(metainfo)), content_(std::move(content))
    {
    }

    void open(Opened done) override
    {
        const bool is_empty = std::ranges::all_of(*content_, [](std::byte b) { return b == std::byte{0}; });
        later([done = std::move(done), there = Bitfield(geometry().piece_count(), !is_empty)]() mutable {
            done(std::move(there));
        });
    }
    void check(PieceIndex piece, Checked done) override
    {
        later([this, piece, done = std::move(done)]() mutable {
            done(Sha1::of(range(piece, 0, geometry().length(piece))) == metainfo_->hash(piece));
        });
    }
    std::uint32_t check_depth() const override { return 4; }
    void write(PieceIndex piece, disk::Buffer buffer, Written done) override
    {
        keep(piece, 0, std::move(buffer), std::move(done));
    }
    void write_block(BlockRef block, disk::Buffer buffer, Written done) override
    {
        keep(block.piece, geometry().begin(block), std::move(buffer), std::move(done));
    }
    void read(const peer::BlockHead& head, PieceIndex piece, Read done) override
    {
        later([this, head, piece, done = std::move(done)]() mutable {
            const auto octets = range(piece, head.begin, head.length);
            done(peer::OwnedBytes(std::make_shared<const Bytes>(octets.begin(), octets.end())));
        });
    }
    std::optional<std::vector<peer::BlockPart>> locate(const peer::BlockHead&, PieceIndex) override
    {
        return std::nullopt;
    }
    void finish(FileIndex, Done done) override
    {
        later([done = std::move(done)]() mutable { done({}); });
    }
    void flush(Done done) override
    {
        later([done = std::move(done)]() mutable { done({}); });
    }
    void move(std::string, Progress, Done done) override
    {
        later([done = std::move(done)]() mutable { done({}); });
    }
    void cancel_moves() override {}
    void let_go(Done done) override
    {
        later([done = std::move(done)]() mutable { done({}); });
    }
    void rename(FileIndex, std::string, Done done) override
    {
        later([done = std::move(done)]() mutable { done({}); });
    }
    void remove(std::vector<FileIndex>, Done done) override
    {
        later([this, done = std::move(done)]() mutable {
            std::ranges::fill(*content_, std::byte{0});
            done({});
        });
    }
    void close(Done done) override
    {
        later([done = std::move(done)]() mutable { done({}); });
    }

private:
    const Geometry& geometry() const { return metainfo_->geometry; }
    MutableBytes range(PieceIndex piece, std::uint32_t begin, std::uint32_t length)
    {
        return MutableBytes(*content_).subspan(geometry().offset(piece) + begin, length);
    }
    void keep(PieceIndex piece, std::uint32_t begin, disk::Buffer buffer, Written done)
    {
        later([this, piece, begin, buffer = std::move(buffer), done = std::move(done)]() mutable {
            std::ranges::copy(buffer.bytes(), range(piece, begin, buffer.size()).begin());
            done(std::move(buffer), {});
        });
    }
    void later(environment::Task task)
    {
        loop_.start_timer(std::chrono::milliseconds{1}, [task = std::move(task), alive = std::weak_ptr(alive_)]() mutable {
            if (!alive.expired()) task();
        });
    }

    environment::Loop& loop_;
    std::shared_ptr<const metainfo::TorrentFile> metainfo_;
    std::shared_ptr<Bytes> content_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::support
