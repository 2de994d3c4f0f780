#pragma once

#include "disk/gate.hpp"
#include "disk/storage_disk.hpp"
#include "disk/store.hpp"
#include "environment/environment.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace shoal::disk {

// A store on a storage plug-in: every call into it runs on the workers. Blocks go out by descriptor where the plug-in names
// one and the octets are in the page cache; otherwise a worker reads them, so that no disk ever blocks the loop.
class StorageStore final : public Store {
public:
    StorageStore(environment::Environment& environment, std::unique_ptr<host::Instance> storage,
                 std::shared_ptr<const metainfo::TorrentFile> metainfo, StorageSettings settings);
    ~StorageStore() override;

    bool set_unverified(const std::vector<bool>& files) override;
    void open(Opened done) override;
    void check(PieceIndex piece, Checked done) override;
    std::uint32_t check_depth() const override;
    void write(PieceIndex piece, Buffer buffer, Written done) override;
    void write_block(BlockRef block, Buffer buffer, Written done) override;
    void read(const peer::BlockHead& range, PieceIndex piece, Read done) override;
    std::optional<std::vector<peer::BlockPart>> locate(const peer::BlockHead& range, PieceIndex piece) override;
    void finish(FileIndex file, Done done) override;
    void flush(Done done) override;
    std::size_t waiting() const override { return gate_.waiting(); }
    WriteWindow* write_window() override { return &window_; }
    void move(std::string folder, Progress progress, Done done) override;
    void cancel_moves() override;
    void let_go(Done done) override;
    void rename(FileIndex file, std::string path, Done done) override;
    void remove(std::vector<FileIndex> files, Done done) override;
    void close(Done done) override;

private:
    struct Move;
    // Runs `work(StorageDisk&)` on a worker and hands what it returned to `done` on the loop, unless the store is gone by then.
    template <class Work, class Finish>
    void run(Work work, Finish done);
    // The same, alone.
    template <class Work, class Finish>
    void run_alone(Work work, Finish done);
    template <class Work, class Finish>
    environment::Task job_of(Work work, Finish done);
    template <class Work>
    static auto while_open(Work work);
    void write_range(PieceIndex piece, std::uint32_t begin, Buffer buffer, Written done);
    bool ask_for_descriptor(FileIndex file);

    environment::Environment& environment_;
    std::shared_ptr<StorageDisk> disk_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::vector<bool> unverified_;  // by file; none: all are verified
    std::vector<int> descriptors_;  // by file: what locate gave; see the .cpp for the negative ones
    bool is_locating_ = true;       // not between a move and letting go of the old place
    Gate gate_;
    WriteWindow window_;
    std::shared_ptr<std::atomic<bool>> are_moves_cancelled_ = std::make_shared<std::atomic<bool>>(false);  // those submitted so far
};

}  // namespace shoal::disk
