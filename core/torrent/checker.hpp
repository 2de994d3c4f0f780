#pragma once

#include "disk/store.hpp"
#include "piece/ledger.hpp"

#include <cstdint>
#include <memory>

namespace shoal::torrent {

// Compares what is on disk with the torrent's hashes, several pieces at once, in order. Completions of a checker that was
// destroyed do nothing. [loop]
class Checker {
public:
    using Done = UniqueFunction<void(Result<void>)>;

    // `done` may destroy the checker.
    Checker(const Geometry& geometry, disk::Store& store, piece::Ledger& ledger, Done done);

    void start();
    std::uint32_t checked() const { return finished_; }

private:
    void submit();
    void on_checked(PieceIndex piece, Result<bool> matches);

    const Geometry& geometry_;
    disk::Store& store_;
    piece::Ledger& ledger_;
    Done done_;
    std::uint32_t next_ = 0;
    std::uint32_t finished_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::torrent
