#pragma once

#include "piece/open_piece.hpp"

#include <shoal/abi/picker.h>
#include <shoal/bitfield.hpp>
#include <shoal/geometry.hpp>

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

namespace shoal::piece {

// Which pieces are there, which are under way, which are wanted. Invariant: a piece is in exactly one of four states (missing,
// partial, complete, have; abi/picker.h), and is listed in the open pieces in the second and third only.
//
// Every change is also kept as an event for the pickers, until take_events().
class Ledger {
public:
    explicit Ledger(const Geometry& geometry);

    const Geometry& geometry() const { return geometry_; }
    const Bitfield& have() const { return have_; }
    std::uint8_t state(PieceIndex piece) const { return state_[piece.value()]; }
    std::uint8_t priority(PieceIndex piece) const { return priority_[piece.value()]; }
    bool is_wanted(PieceIndex piece) const;
    std::span<const std::uint8_t> states() const { return state_; }
    std::span<const std::uint8_t> priorities() const { return priority_; }

    // Pieces with priority > 0 that are not verified yet; 0: all that is wanted is here.
    std::uint32_t wanted_count() const { return wanted_; }
    std::uint64_t wanted_octets_left() const { return wanted_octets_; }
    // Is some wanted block neither requested nor here?
    bool has_unrequested() const;

    void set_priority(PieceIndex piece, std::uint8_t priority);
    // Found on disk, or verified and written. Not while it is open.
    void mark_have(PieceIndex piece);
    // Had, and no longer there: its file went, or it is to be checked again.
    void mark_lost(PieceIndex piece);
    // Taken out and not had: corrupt, abandoned, or not written.
    void mark_missing(PieceIndex piece);

    OpenPiece& open(PieceIndex piece, disk::Buffer buffer);
    // Nothing if the piece is not open.
    OpenPiece* find(PieceIndex piece) const;
    void on_requested(BlockRef block);
    void on_request_returned(BlockRef block);
    // All blocks of the piece arrived: it leaves the partial ones and waits for its verdict.
    void on_all_received(PieceIndex piece);
    // Ends an open piece that no socket writes to any more; mark_have() or mark_missing() follows at once.
    std::unique_ptr<OpenPiece> take_out(PieceIndex piece);

    // Not complete, and no other peer might add to them.
    std::vector<PieceIndex> exclusive_to(PeerHandle peer) const;
    // Nothing is under way any more.
    void abandon_all();

    // Open and not yet complete, in the order of their opening; the array is valid until the next change.
    std::span<const shoal_partial> partials();
    std::size_t open_count() const { return open_.size(); }

    std::vector<shoal_piece_event> take_events();

private:
    void move_to(PieceIndex piece, std::uint8_t state);

    const Geometry& geometry_;
    Bitfield have_;
    std::vector<std::uint8_t> state_;
    std::vector<std::uint8_t> priority_;
    std::uint32_t wanted_ = 0;
    std::uint32_t untouched_wanted_ = 0;  // wanted and missing
    std::uint64_t wanted_octets_ = 0;
    std::vector<std::unique_ptr<OpenPiece>> open_;  // in the order of their opening
    std::unordered_map<std::uint32_t, OpenPiece*> by_piece_;  // for look-up only, never walked
    std::vector<shoal_partial> partials_;
    std::vector<shoal_piece_event> events_;
};

}  // namespace shoal::piece
