// The host's side of a picker, small enough to be obviously right: who has what, what is open, asked for and
// here. It checks every pick by the rules of shoal/abi/picker.h and applies what it accepts.
#pragma once

#include <shoal/bitfield.hpp>
#include <shoal/picker.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::test {

struct Shape {
    std::uint32_t pieces = 10;
    std::uint32_t blocks_per_piece = 4;
    std::uint32_t blocks_in_last = 4;
};

struct Peer {
    Bitfield pieces;
    std::uint32_t flags = 0;
    bool is_connected = true;
    std::vector<shoal_block_ref> outstanding{};
    std::uint32_t marks = 0;
};

struct Answer {
    std::vector<shoal_pick> picks;
    /// Why picks were refused, one sentence each.
    std::vector<std::string> refused;

    [[nodiscard]] std::vector<std::uint32_t> pieces() const; // each once, in order of appearance
};

class Swarm {
public:
    static constexpr std::uint8_t normal = 4;

    explicit Swarm(Shape shape);

    /// Peers are numbered from 0. A complete one is a seed: not counted in the availability.
    std::uint32_t add_peer(Bitfield pieces, std::uint32_t flags = 0);
    std::uint32_t add_peer(const std::vector<std::uint32_t>& pieces, std::uint32_t flags = 0);
    std::uint32_t add_seed() { return add_peer(Bitfield(shape_.pieces, true), SHOAL_PEER_SEED); }
    void remove_peer(std::uint32_t peer);
    void announce(std::uint32_t peer, std::uint32_t piece); // "have"
    Peer& peer(std::uint32_t number) { return peers_[number]; }
    [[nodiscard]] std::uint32_t peer_count() const { return static_cast<std::uint32_t>(peers_.size()); }

    void set_priority(std::uint32_t piece, std::uint8_t priority);
    void set_availability(std::uint32_t piece, std::uint16_t count); // as if of peers that are not here
    void set_have(std::uint32_t piece);
    void change_everything(); // SHOAL_ALL_PIECES
    void set_open_allowance(std::uint32_t pieces) { open_allowance_ = pieces; }
    void set_now(std::chrono::nanoseconds now) { now_ = now; }
    void lend_exclusively(bool on) { is_exclusive_ = on; } // a suspect's pieces are its own

    /// The picker hears of events and is asked for blocks from now on.
    template <class T>
    void attach(T& picker)
    {
        using Table = detail::PickerTable<T>;
        const std::uint32_t tiers = (Table::ranks ? SHOAL_TIER_RANK : 0) | (Table::picks ? SHOAL_TIER_PICK : 0);
        shoal_picker_traits traits{T::flags, T::events, tiers, 0};
        picker.describe(traits);
        attached_.push_back(
            {&picker, traits.flags, traits.event_mask, Table::listens, (traits.tiers & SHOAL_TIER_PICK) != 0});
        log_everything();
    }

    /// Asks the attached picker `number`; accepted picks become requests.
    Answer refill(std::uint32_t peer, std::uint32_t budget, std::size_t number = 0);
    /// Tells events, asks, and changes nothing.
    Answer ask(std::uint32_t peer, std::uint32_t budget, std::size_t number = 0);
    [[nodiscard]] std::size_t picker_count() const { return attached_.size(); }

    /// Ranks and deadlines as the attached picker `number` gives them now.
    struct Ranking {
        std::vector<std::int64_t> ranks;
        std::vector<std::uint64_t> deadlines;
    };
    Ranking rank(std::size_t number = 0);

    void request(std::uint32_t peer, shoal_block_ref block);
    void receive(std::uint32_t peer, shoal_block_ref block);
    void drop_requests(std::uint32_t peer); // choked, timed out or gone
    /// The piece is COMPLETE: it passes, or everything of it is fetched again.
    void verify(std::uint32_t piece, bool passes);
    [[nodiscard]] std::vector<std::uint32_t> unverified() const;

    [[nodiscard]] bool is_finished() const;
    [[nodiscard]] bool has_unrequested() const;
    [[nodiscard]] std::uint32_t open_pieces() const { return static_cast<std::uint32_t>(open_.size()); }
    [[nodiscard]] std::uint8_t state(std::uint32_t piece) const { return state_[piece]; }
    [[nodiscard]] std::uint8_t priority(std::uint32_t piece) const { return priority_[piece]; }
    [[nodiscard]] const std::vector<std::uint32_t>& contributors(std::uint32_t piece) const
    {
        return contributors_[piece];
    }

    /// Calls `use(SwarmView)` with the state of this moment.
    template <class Use>
    decltype(auto) with_view(Use&& use)
    {
        const auto raw = make_view();
        return use(SwarmView(raw));
    }

private:
    struct Attached {
        Picker* picker;
        std::uint32_t flags;
        std::uint32_t events;
        bool listens;
        bool picks;
        std::vector<shoal_piece_event> pending{};
    };

    static constexpr std::uint32_t nobody = UINT32_MAX;

    struct Open {
        std::uint32_t piece;
        std::uint32_t owner; // a suspect that is to answer for the whole piece
        std::vector<std::uint64_t> requested;
        std::vector<std::uint64_t> received;
    };

    void log(shoal_piece_event event);
    void log_everything();
    void set_state(std::uint32_t piece, std::uint8_t state);
    void change_availability(std::uint32_t piece, int by);
    void deliver(Attached& attached);
    shoal_swarm_view make_view();
    [[nodiscard]] Bitfield may_ask(std::uint32_t peer) const;
    [[nodiscard]] std::uint32_t block_count(std::uint32_t piece) const;
    [[nodiscard]] bool is_owed(shoal_block_ref block) const;
    Open* find_open(std::uint32_t piece);
    std::vector<shoal_pick> pick(const Attached& attached, std::uint32_t peer, std::uint32_t budget);
    std::vector<shoal_pick> pick_by_rank(Attached& attached, std::uint32_t peer, std::uint32_t budget);
    Ranking rank_with(Picker& picker);
    std::string objection(const Attached& attached, std::uint32_t peer, const shoal_pick& pick);

    Shape shape_;
    Bitfield have_;
    std::vector<std::uint16_t> availability_;
    std::vector<std::uint8_t> priority_;
    std::vector<std::uint8_t> state_;
    std::vector<std::vector<std::uint32_t>> contributors_; // piece → peers asked or heard
    std::vector<Open> open_;
    std::vector<shoal_partial> partials_;
    std::vector<Peer> peers_;
    std::vector<Attached> attached_;
    std::uint32_t open_allowance_ = 1000000;
    std::chrono::nanoseconds now_{};
    bool is_exclusive_ = false;
};

} // namespace shoal::test
