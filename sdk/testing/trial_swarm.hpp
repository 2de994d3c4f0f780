// A swarm around one torrent, for pickers under test: peers that have pieces, are asked for blocks, answer or leave. It asks a picker
// as the host does, checks every pick by the rules of shoal/abi/picker.h and applies what it accepts.
#pragma once

#include "testing/trial_pieces.hpp"

#include <shoal/picker.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace shoal::testing {

struct TrialPeer {
    Bitfield pieces;
    std::uint32_t flags = 0;
    bool is_connected = true;
    std::vector<shoal_block_ref> outstanding{};
    std::uint32_t marks = 0;
};

struct TrialAnswer {
    std::vector<shoal_pick> picks;
    /// Why picks were refused, one sentence each.
    std::vector<std::string> refused;

    [[nodiscard]] std::vector<std::uint32_t> pieces() const // each once, in order of appearance
    {
        std::vector<std::uint32_t> pieces;
        for (const auto& pick : picks) {
            if (std::ranges::find(pieces, pick.piece) == pieces.end()) pieces.push_back(pick.piece);
        }
        return pieces;
    }
};

class TrialSwarm {
public:
    explicit TrialSwarm(TrialShape shape) : pieces_(shape), contributors_(shape.pieces) {}

    // ---- peers: numbered from 0 ---------------------------------------------------------------------------------

    /// A complete one is a seed: not counted in the availability.
    std::uint32_t add_peer(Bitfield pieces, std::uint32_t flags = 0)
    {
        if (!pieces.all()) count_in(pieces, 1);
        peers_.push_back({std::move(pieces), flags});
        return peer_count() - 1;
    }
    std::uint32_t add_peer(const std::vector<std::uint32_t>& pieces, std::uint32_t flags = 0)
    {
        Bitfield bits(pieces_.count());
        for (const auto piece : pieces) bits.set(piece);
        return add_peer(std::move(bits), flags);
    }
    std::uint32_t add_seed() { return add_peer(Bitfield(pieces_.count(), true), SHOAL_PEER_SEED); }

    void remove_peer(std::uint32_t number)
    {
        drop_requests(number);
        auto& peer = peers_[number];
        peer.is_connected = false;
        if (!peer.pieces.all()) count_in(peer.pieces, -1);
        for (auto& contributors : contributors_) std::erase(contributors, number);
    }

    /// "have"
    void announce(std::uint32_t number, std::uint32_t piece)
    {
        auto& peer = peers_[number];
        if (!peer.pieces.set(piece)) return;
        pieces_.change_availability(piece, 1);
        if (!peer.pieces.all()) return;
        peer.flags |= SHOAL_PEER_SEED;
        count_in(peer.pieces, -1);
    }

    TrialPeer& peer(std::uint32_t number) { return peers_[number]; }
    [[nodiscard]] std::uint32_t peer_count() const { return static_cast<std::uint32_t>(peers_.size()); }

    // ---- pieces -------------------------------------------------------------------------------------------------

    void set_priority(std::uint32_t piece, std::uint8_t priority) { pieces_.set_priority(piece, priority); }
    void set_availability(std::uint32_t piece, std::uint16_t count) { pieces_.set_availability(piece, count); } // as if of peers that are not here
    void set_have(std::uint32_t piece) { pieces_.set_have(piece); }
    void change_everything() { pieces_.change_everything(); }
    void set_open_allowance(std::uint32_t pieces) { pieces_.set_open_allowance(pieces); }
    void set_now(std::chrono::nanoseconds now) { now_ = now; }
    void lend_exclusively(bool on) { is_exclusive_ = on; } // a suspect's pieces are its own

    [[nodiscard]] bool is_finished() const { return pieces_.wanted_count() == 0; }
    [[nodiscard]] bool has_unrequested() const { return pieces_.has_unrequested(); }
    [[nodiscard]] std::uint32_t open_pieces() const { return static_cast<std::uint32_t>(pieces_.open().size()); }
    [[nodiscard]] std::uint8_t state(std::uint32_t piece) const { return pieces_.state(piece); }
    [[nodiscard]] std::uint8_t priority(std::uint32_t piece) const { return pieces_.priority(piece); }
    [[nodiscard]] std::vector<std::uint32_t> unverified() const { return pieces_.unverified(); }
    [[nodiscard]] const std::vector<std::uint32_t>& contributors(std::uint32_t piece) const
    {
        return contributors_[piece];
    }

    /// Calls `use(SwarmView)` with the state of this moment.
    template <class Use>
    decltype(auto) with_view(Use&& use)
    {
        const auto seeds = std::ranges::count_if(peers_, [](const TrialPeer& peer) { return peer.is_connected && peer.pieces.all(); });
        const auto raw = pieces_.view(static_cast<std::uint32_t>(seeds), now_);
        return use(SwarmView(raw));
    }

    // ---- blocks -------------------------------------------------------------------------------------------------

    void request(std::uint32_t number, shoal_block_ref block)
    {
        const bool is_owned = is_exclusive_ && is_suspect(number);
        if (pieces_.request(block, is_owned ? number : TrialPieces::nobody)) contributors_[block.piece].clear();
        peers_[number].outstanding.push_back(block);
        auto& contributors = contributors_[block.piece];
        if (std::ranges::find(contributors, number) == contributors.end()) contributors.push_back(number);
    }

    void receive(std::uint32_t number, shoal_block_ref block)
    {
        std::erase_if(peers_[number].outstanding, [&](const shoal_block_ref& other) { return is_same(other, block); });
        pieces_.receive(block, is_owed(block));
    }

    /// It choked us, took too long or is gone.
    void drop_requests(std::uint32_t number)
    {
        for (const auto& block : std::exchange(peers_[number].outstanding, {})) {
            if (!is_owed(block)) pieces_.drop_request(block);
        }
        pieces_.disown(number);
    }

    /// The piece is COMPLETE: it passes, or everything of it is fetched again.
    void verify(std::uint32_t piece, bool passes)
    {
        for (auto& peer : peers_) {
            std::erase_if(peer.outstanding, [&](const shoal_block_ref& block) { return block.piece == piece; });
        }
        pieces_.verify(piece, passes);
    }

    // ---- pickers: in the order of a torrent's list --------------------------------------------------------------

    /// It hears of events and is asked for blocks from now on.
    template <class T>
    void attach(T& picker)
    {
        using Table = shoal::detail::PickerTable<T>;
        const std::uint32_t tiers = (Table::ranks ? SHOAL_TIER_RANK : 0) | (Table::picks ? SHOAL_TIER_PICK : 0);
        shoal_picker_traits traits{T::flags, T::events, tiers, 0};
        picker.describe(traits);
        attach(picker, traits, Table::listens);
    }
    void attach(Picker& picker, const shoal_picker_traits& traits, bool listens)
    {
        const auto heard = pieces_.journal().size();
        attached_.push_back({&picker, traits.flags, traits.event_mask, listens, (traits.tiers & SHOAL_TIER_PICK) != 0, heard});
        pieces_.change_everything();
    }
    [[nodiscard]] std::size_t picker_count() const { return attached_.size(); }

    /// Asks the attached picker `number`; accepted picks become requests.
    TrialAnswer refill(std::uint32_t peer, std::uint32_t budget, std::size_t number = 0)
    {
        auto answer = ask(peer, budget, number);
        std::erase_if(answer.picks, [&](const shoal_pick& pick) {
            const auto reason = objection(attached_[number], peer, pick);
            if (reason.empty()) request(peer, {pick.piece, pick.block});
            else answer.refused.push_back("piece " + std::to_string(pick.piece) + " block " + std::to_string(pick.block) + ": " + reason);
            return !reason.empty();
        });
        return answer;
    }

    /// Tells events, asks, and changes nothing.
    TrialAnswer ask(std::uint32_t peer, std::uint32_t budget, std::size_t number = 0)
    {
        auto& attached = attached_[number];
        deliver(attached);
        return {attached.picks ? pick(attached, peer, budget) : pick_by_rank(attached, peer, budget), {}};
    }

    /// Ranks and deadlines as the attached picker `number` gives them now.
    struct Ranking {
        std::vector<std::int64_t> ranks;
        std::vector<std::uint64_t> deadlines;
    };
    Ranking rank(std::size_t number = 0)
    {
        deliver(attached_[number]);
        return rank_with(*attached_[number].picker);
    }

private:
    struct Attached {
        Picker* picker;
        std::uint32_t flags;
        std::uint32_t events;
        bool listens;
        bool picks;
        std::size_t heard; // of the journal
    };

    static bool is_same(const shoal_block_ref& a, const shoal_block_ref& b) { return a.piece == b.piece && a.block == b.block; }
    static bool contains(const std::vector<shoal_block_ref>& blocks, shoal_block_ref block)
    {
        return std::ranges::any_of(blocks, [&](const shoal_block_ref& other) { return is_same(other, block); });
    }

    [[nodiscard]] bool is_suspect(std::uint32_t number) const { return (peers_[number].flags & SHOAL_PEER_SUSPECT) != 0; }

    [[nodiscard]] bool is_owed(shoal_block_ref block) const
    {
        return std::ranges::any_of(peers_, [&](const TrialPeer& peer) { return contains(peer.outstanding, block); });
    }

    void count_in(const Bitfield& pieces, int by)
    {
        for (std::uint32_t piece = 0; piece < pieces_.count(); ++piece) {
            if (pieces.test(piece)) pieces_.change_availability(piece, by);
        }
    }

    void deliver(Attached& attached)
    {
        std::vector<shoal_piece_event> events;
        const auto journal = pieces_.journal();
        for (; attached.heard < journal.size(); ++attached.heard) {
            if ((journal[attached.heard].kind & attached.events) != 0) events.push_back(journal[attached.heard]);
        }
        if (!attached.listens || events.empty()) return;
        with_view([&](const SwarmView& view) { attached.picker->on_events(view, events); });
    }

    Ranking rank_with(Picker& picker)
    {
        Ranking ranking{std::vector<std::int64_t>(pieces_.count()), std::vector<std::uint64_t>(pieces_.count(), SHOAL_NO_DEADLINE)};
        with_view([&](const SwarmView& view) { picker.rank(view, Ranks(ranking.ranks, ranking.deadlines)); });
        return ranking;
    }

    std::vector<shoal_pick> pick(const Attached& attached, std::uint32_t number, std::uint32_t budget)
    {
        const auto& peer = peers_[number];
        const auto pieces = may_ask(number);
        shoal_pick_request raw{};
        raw.struct_size = sizeof raw;
        raw.budget = budget;
        raw.peer = number + 1;
        raw.peer_pieces = pieces.words().data();
        raw.outstanding = peer.outstanding.data();
        raw.outstanding_count = static_cast<std::uint32_t>(peer.outstanding.size());
        raw.peer_flags = peer.flags;
        raw.peer_marks = peer.marks;
        std::vector<shoal_pick> picks(budget);
        PickList list(picks);
        with_view([&](const SwarmView& view) { attached.picker->pick(view, PickRequest(raw, pieces_.count()), list); });
        picks.resize(list.size());
        return picks;
    }

    // What the host makes of ranks: deadlines first, then open pieces, then the order of the ranks.
    std::vector<shoal_pick> pick_by_rank(const Attached& attached, std::uint32_t number, std::uint32_t budget)
    {
        const auto ranking = rank_with(*attached.picker);
        const auto pieces = may_ask(number);
        std::vector<std::uint32_t> order(pieces_.count());
        std::iota(order.begin(), order.end(), 0U);
        std::ranges::stable_sort(order, std::less<>(), [&](std::uint32_t piece) {
            const bool is_closed = pieces_.state(piece) != SHOAL_PIECE_PARTIAL;
            return std::tuple(ranking.deadlines[piece], is_closed, ~ranking.ranks[piece]); // ~: the highest first
        });
        std::vector<shoal_pick> picks(budget);
        PickList list(picks);
        auto may_open = pieces_.open_allowance();
        for (const auto piece : order) {
            if (!pieces.test(piece) || pieces_.priority(piece) == 0) continue;
            if (pieces_.state(piece) == SHOAL_PIECE_MISSING && may_open > 0) {
                --may_open;
                list.add_piece(piece, pieces_.block_count(piece));
            } else if (const auto* open = pieces_.find_open(piece); open != nullptr && pieces_.state(piece) == SHOAL_PIECE_PARTIAL) {
                for (std::uint32_t block = 0; block < pieces_.block_count(piece); ++block) {
                    if (open->is_free(block)) list.add(piece, block);
                }
            }
        }
        picks.resize(list.size());
        return picks;
    }

    std::string objection(const Attached& attached, std::uint32_t number, const shoal_pick& pick)
    {
        if (pick.piece >= pieces_.count()) return "no such piece";
        if (pick.block >= pieces_.block_count(pick.piece)) return "no such block";
        if (!may_ask(number).test(pick.piece)) return "the peer does not have it";
        if (pieces_.priority(pick.piece) == 0) return "nobody wants it";
        if (pieces_.state(pick.piece) >= SHOAL_PIECE_COMPLETE) return "it is here already";
        const auto* open = pieces_.find_open(pick.piece);
        if (open == nullptr) return pieces_.open_allowance() > 0 ? "" : "no piece may be opened";
        if (open->is_received(pick.block)) return "the block is here already";
        if (contains(peers_[number].outstanding, {pick.piece, pick.block})) return "asked of this peer already";
        if (!open->is_requested(pick.block)) return "";
        if ((attached.flags & SHOAL_PICKER_DUPLICATES) == 0) return "asked of another peer already";
        return has_unrequested() ? "this is not the endgame" : "";
    }

    // A suspect may have untouched pieces and those it opened; nobody else may have these.
    [[nodiscard]] Bitfield may_ask(std::uint32_t number) const
    {
        auto pieces = peers_[number].pieces;
        if (!is_exclusive_) return pieces;
        for (const auto& open : pieces_.open()) {
            const bool is_free = open.owner == TrialPieces::nobody && !is_suspect(number);
            if (open.owner != number && !is_free) pieces.reset(open.piece);
        }
        return pieces;
    }

    TrialPieces pieces_;
    std::vector<std::vector<std::uint32_t>> contributors_; // piece → peers asked or heard
    std::vector<TrialPeer> peers_;
    std::vector<Attached> attached_;
    std::chrono::nanoseconds now_{};
    bool is_exclusive_ = false;
};

} // namespace shoal::testing
