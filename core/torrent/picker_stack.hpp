#pragma once

#include "environment/time.hpp"
#include "host/instance.hpp"
#include "peer/peer_session.hpp"
#include "piece/availability.hpp"
#include "piece/ledger.hpp"
#include "torrent/rank_order.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace shoal::torrent {

// One refill of a peer's request window.
struct Refill {
    PeerHandle peer{};
    std::uint32_t budget = 0;
    const Bitfield* pieces = nullptr;            // what may be asked of this peer
    const peer::PeerSession* session = nullptr;  // whose outstanding requests grow with every pick taken
    std::uint32_t peer_flags = 0;                // SHOAL_PEER_…
    std::uint64_t peer_rate = 0;
    std::uint32_t peer_marks = 0;                // SHOAL_MARK_…
    std::uint32_t open_allowance = 0;
};

// The torrent's pickers, asked in turn until the window is full. Trusts nothing that comes back: every pick is checked here,
// a wrong one is dropped and counted, and a picker that gathers too many strikes is replaced by the in-order default.
class PickerStack {
public:
    // Called for each sound pick, at once, so that the next picker sees it as requested. False: no room to open the piece.
    using Accept = std::function<bool(BlockRef block, const shoal_pick& pick)>;
    using OnReplaced = std::function<void(const std::string& picker, const std::string& why)>;

    PickerStack(piece::Ledger& ledger, piece::Availability& availability, OnReplaced on_replaced);
    ~PickerStack();

    // Replaces the stack of a running torrent: new instances are told everything afresh.
    void set_pickers(std::vector<std::unique_ptr<host::Instance>> pickers);
    std::vector<std::string> names() const;

    // Availability changed for one piece, or (nothing) for many.
    void on_availability(std::optional<PieceIndex> piece, std::uint32_t before, std::uint32_t after);
    // Gathers what happened since the last call and lets each picker know before it is asked next. Once a loop turn.
    void refill(const Refill& refill, environment::Time now, const Accept& accept);
    // Lets every picker know what happened, also when nobody is to be asked for anything.
    void deliver_events(environment::Time now);
    // No picker gives an idle peer anything although there is something to give: from now on the default helps out.
    void on_starved();

private:
    struct Seat;

    void collect_events();
    void view_for(const Refill& refill, environment::Time now);
    void tell(Seat& seat);
    void rank(Seat& seat, environment::Time now);
    std::size_t ask(Seat& seat, const shoal_pick_request& request, environment::Time now);
    std::uint32_t take(Seat& seat, const Refill& refill, const Accept& accept);
    std::string fault_of(const Seat& seat, const Refill& refill, const shoal_pick& pick) const;
    bool is_for_others(const shoal_pick& pick, const Refill& refill) const;
    void retire_broken();
    void ensure_fallback();

    piece::Ledger& ledger_;
    piece::Availability& availability_;
    OnReplaced on_replaced_;
    std::vector<std::unique_ptr<Seat>> seats_;
    std::vector<shoal_piece_event> events_;
    std::vector<shoal_partial> partials_;  // those this peer may add to
    std::vector<shoal_block_ref> outstanding_;
    std::vector<shoal_pick> picks_;
    shoal_swarm_view view_{};
};

}  // namespace shoal::torrent
