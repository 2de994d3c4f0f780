#pragma once

#include "disk/store.hpp"
#include "piece/ledger.hpp"

#include <shoal/bitfield.hpp>

#include <cstdint>
#include <memory>

namespace shoal::torrent {

// Compares what is on disk with the torrent's hashes, as many pieces at once as the store bears, in order. Completions of a checker
// that was destroyed do nothing. [loop]
class Checker {
public:
    using Done = UniqueFunction<void(Result<void>)>;

    // `pieces`: those to look at, at least one; none of them is in the ledger. `done` may destroy the checker.
    Checker(Bitfield pieces, disk::Store& store, piece::Ledger& ledger, Done done);

    void start();
    // Of all pieces of the torrent: those about which nothing is left to find out.
    std::uint32_t checked() const { return pieces_.size() - pieces_.count() + finished_; }

private:
    void submit();
    void on_checked(PieceIndex piece, Result<bool> matches);

    Bitfield pieces_;
    disk::Store& store_;
    piece::Ledger& ledger_;
    Done done_;
    std::uint32_t next_ = 0;
    std::uint32_t finished_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::torrent
