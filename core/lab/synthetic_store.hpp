#pragma once

#include "disk/store.hpp"
#include "environment/loop.hpp"
#include "lab/settings.hpp"

#include <shoal/bitfield.hpp>

#include <memory>
#include <optional>

namespace shoal::lab {

// A disk that remembers which pieces it was given and none of their octets: what a torrent with synthetic payload is kept in.
// Every operation takes `delay` of virtual time, whatever its size. May be told to fail.
class SyntheticStore final : public disk::Store {
public:
    // What is on the disk outlives a store, as files do.
    struct Disk {
        explicit Disk(std::uint32_t pieces) : pieces(pieces) {}
        Bitfield pieces;
        std::optional<Error> failure;  // of every write from now on
        std::uint32_t writes = 0;
    };

    SyntheticStore(environment::Loop& loop, std::shared_ptr<Disk> disk, Duration delay);

    void open(Opened done) override;
    void check(PieceIndex piece, Checked done) override;
    std::uint32_t check_depth() const override { return 16; }
    void write(PieceIndex piece, disk::Buffer buffer, Written done) override;
    void write_block(BlockRef block, disk::Buffer buffer, Written done) override;
    void read(const peer::BlockHead& range, PieceIndex piece, Read done) override;
    std::optional<std::vector<peer::BlockPart>> locate(const peer::BlockHead& range, PieceIndex piece) override;
    void finish(FileIndex file, Done done) override;
    void flush(Done done) override;
    void move(std::string folder, Progress progress, Done done) override;
    void cancel_moves() override {}
    void let_go(Done done) override;
    void rename(FileIndex file, std::string path, Done done) override;
    void remove(std::vector<FileIndex> files, Done done) override;
    void close(Done done) override;

private:
    void later(environment::Task task);

    environment::Loop& loop_;
    std::shared_ptr<Disk> disk_;
    Duration delay_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::lab
