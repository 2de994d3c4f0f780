#include "torrent/picker_stack.hpp"

#include <shoal/assert.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace shoal::torrent {

using environment::Time;

namespace {
constexpr std::uint32_t most_endgame_requesters = 4;
constexpr auto rank_interval = std::chrono::seconds{1};
constexpr std::size_t most_events = 4096;

// Nobody may be asked for a long time, and events come all the same: from a certain number on they say "look anew".
void append(std::vector<shoal_piece_event>& events, const shoal_piece_event& event)
{
    if (events.size() >= most_events) {
        std::uint32_t kinds = 0;
        for (const auto& kept : events) kinds |= kept.kind;
        events.clear();
        for (const auto kind : {SHOAL_EVENT_AVAILABILITY, SHOAL_EVENT_STATE, SHOAL_EVENT_PRIORITY}) {
            if ((kinds & kind) != 0) events.push_back({kind, SHOAL_ALL_PIECES, 0, 0});
        }
    }
    events.push_back(event);
}

// Of what the table offers, what this instance says it is. With neither tier it is a picker that never picks.
shoal_picker_traits traits_of(host::Instance& instance)
{
    const auto& table = instance.table<shoal_picker_v1>();
    const shoal_picker_traits offered{.flags = table.flags,
                                      .event_mask = table.event_mask,
                                      .tiers = (table.rank ? SHOAL_TIER_RANK : 0) | (table.pick ? SHOAL_TIER_PICK : 0),
                                      .reserved = 0};
    if (table.describe == nullptr) return offered;
    auto said = offered;
    instance.call("describe", [&] { table.describe(instance.self(), &said); });
    return {.flags = said.flags & offered.flags,
            .event_mask = said.event_mask & offered.event_mask,
            .tiers = said.tiers & offered.tiers,
            .reserved = 0};
}

// May a piece that was passed over have become one to pick?
bool adds_pieces(const shoal_piece_event& event)
{
    if (event.kind == SHOAL_EVENT_AVAILABILITY) return false;
    if (event.piece == SHOAL_ALL_PIECES) return true;
    return event.kind == SHOAL_EVENT_STATE ? event.after == SHOAL_PIECE_MISSING : event.before == 0;
}
}  // namespace

struct PickerStack::Seat {
    std::unique_ptr<host::Instance> instance;  // none: the default
    shoal_picker_traits traits{};              // what it is, of what its table offers
    std::vector<shoal_piece_event> pending;
    std::unique_ptr<RankOrder> order;  // rank tier, and the default
    bool is_rank_due = true;
    Time ranked_at{};

    const shoal_picker_v1* table() const { return instance ? &instance->table<shoal_picker_v1>() : nullptr; }
    bool picks() const { return instance && (traits.tiers & SHOAL_TIER_PICK) != 0; }
    bool may_duplicate() const { return instance && (traits.flags & SHOAL_PICKER_DUPLICATES) != 0; }
};

PickerStack::PickerStack(piece::Ledger& ledger, piece::Availability& availability, OnReplaced on_replaced)
    : ledger_(ledger), availability_(availability), on_replaced_(std::move(on_replaced))
{
    ensure_fallback();
}

PickerStack::~PickerStack() = default;

void PickerStack::set_pickers(std::vector<std::unique_ptr<host::Instance>> pickers)
{
    seats_.clear();
    for (auto& instance : pickers) {
        auto seat = std::make_unique<Seat>();
        seat->instance = std::move(instance);
        seat->traits = traits_of(*seat->instance);
        for (const auto kind : {SHOAL_EVENT_AVAILABILITY, SHOAL_EVENT_STATE, SHOAL_EVENT_PRIORITY}) {
            if (seat->traits.event_mask & kind) seat->pending.push_back({kind, SHOAL_ALL_PIECES, 0, 0});
        }
        if (!seat->picks()) seat->order = std::make_unique<RankOrder>(ledger_.geometry().piece_count());
        seats_.push_back(std::move(seat));
    }
    if (seats_.empty()) ensure_fallback();
}

std::vector<std::string> PickerStack::names() const
{
    std::vector<std::string> names;
    for (const auto& seat : seats_) names.push_back(seat->instance ? seat->instance->name() : "default");
    return names;
}

void PickerStack::ensure_fallback()
{
    const bool is_there = std::ranges::any_of(seats_, [](const auto& seat) { return !seat->instance; });
    if (is_there) return;
    auto seat = std::make_unique<Seat>();
    seat->order = std::make_unique<RankOrder>(ledger_.geometry().piece_count());
    seats_.push_back(std::move(seat));
}

void PickerStack::on_availability(std::optional<PieceIndex> piece, std::uint32_t before, std::uint32_t after)
{
    append(events_, {SHOAL_EVENT_AVAILABILITY, piece ? piece->value() : SHOAL_ALL_PIECES, before, after});
}

void PickerStack::collect_events()
{
    for (const auto& change : ledger_.take_events()) append(events_, change);
    for (auto& seat : seats_) {
        const std::uint32_t mask = seat->traits.event_mask;
        for (const auto& event : events_) {
            if ((event.kind & mask) != 0) append(seat->pending, event);
            if (seat->order && adds_pieces(event)) seat->order->rewind();
        }
    }
    events_.clear();
}

void PickerStack::view_for(const Refill& refill, Time now)
{
    const Geometry& geometry = ledger_.geometry();
    partials_.clear();
    for (const auto& partial : ledger_.partials()) {
        const auto* open = ledger_.find(*geometry.piece(partial.piece));
        const PeerHandle owner = open->exclusive_to;
        const bool is_suspect = (refill.peer_flags & SHOAL_PEER_SUSPECT) != 0;
        // A suspect works alone: on pieces of its own, or on what others left behind.
        const bool allowed = owner.value() == 0 ? !is_suspect || open->is_idle() : owner == refill.peer;
        if (allowed) partials_.push_back(partial);
    }
    const PieceIndex last = *geometry.piece(geometry.piece_count() - 1);
    view_ = {.struct_size = sizeof(shoal_swarm_view),
             .piece_count = geometry.piece_count(),
             .blocks_per_piece = geometry.block_count(*geometry.piece(0)),
             .blocks_in_last_piece = geometry.block_count(last),
             .now_ns = nanoseconds(now),
             .have = ledger_.have().words().data(),
             .availability = availability_.counts().data(),
             .priority = ledger_.priorities().data(),
             .state = ledger_.states().data(),
             .partials = partials_.data(),
             .partial_count = static_cast<std::uint32_t>(partials_.size()),
             .seed_count = availability_.seeds(),
             .open_allowance = refill.open_allowance,
             .have_count = ledger_.have().count(),
             .wanted_count = ledger_.wanted_count(),
             .unrequested_anywhere = ledger_.has_unrequested() ? 1u : 0u};
}

void PickerStack::tell(Seat& seat)
{
    if (seat.pending.empty()) return;
    seat.is_rank_due = true;
    const auto events = std::exchange(seat.pending, {});
    const auto* table = seat.table();
    if (table->on_events == nullptr) return;
    seat.instance->call("on_events", [&] {
        table->on_events(seat.instance->self(), &view_, events.data(), static_cast<std::uint32_t>(events.size()));
    });
}

void PickerStack::rank(Seat& seat, Time now)
{
    if (!seat.instance || !seat.is_rank_due || (seat.traits.tiers & SHOAL_TIER_RANK) == 0) return;
    if (seat.ranked_at != Time{} && now - seat.ranked_at < rank_interval) return;
    seat.is_rank_due = false;
    seat.ranked_at = now;
    seat.order->preset();
    const auto status = seat.instance->call("rank", [&] {
        return seat.table()->rank(seat.instance->self(), &view_, seat.order->ranks().data(),
                                  seat.order->deadlines().data());
    });
    if (status < 0) seat.instance->strike("rank", seat.instance->error_of(status, "rank pieces").text);
    seat.order->sort();
}

std::size_t PickerStack::ask(Seat& seat, const shoal_pick_request& request, Time now)
{
    picks_.clear();
    if (seat.instance) tell(seat);
    if (!seat.picks()) {
        rank(seat, now);
        seat.order->pick(view_, request, picks_);
        return picks_.size();
    }
    picks_.resize(request.budget);
    const std::int32_t count = seat.instance->call("pick", [&] {
        return seat.table()->pick(seat.instance->self(), &view_, &request, picks_.data(), request.budget);
    });
    if (count < 0) seat.instance->strike("pick", seat.instance->error_of(count, "pick blocks").text);
    if (count > static_cast<std::int32_t>(request.budget)) {
        seat.instance->strike("pick", fmt::format("{} picks for a budget of {}", count, request.budget));
    }
    picks_.resize(std::clamp<std::int32_t>(count, 0, static_cast<std::int32_t>(request.budget)));
    return picks_.size();
}

void PickerStack::refill(const Refill& refill, Time now, const Accept& accept)
{
    retire_broken();
    collect_events();
    std::uint32_t left = refill.budget;
    for (std::size_t at = 0; at < seats_.size() && left > 0; ++at) {
        view_for(refill, now);
        outstanding_.clear();
        for (const auto& request : refill.session->outstanding()) {
            outstanding_.push_back({request.block.piece.value(), request.block.block.value()});
        }
        const shoal_pick_request request{.struct_size = sizeof(shoal_pick_request),
                                         .budget = left,
                                         .peer = refill.peer.value(),
                                         .peer_pieces = refill.pieces->words().data(),
                                         .outstanding = outstanding_.data(),
                                         .outstanding_count = static_cast<std::uint32_t>(outstanding_.size()),
                                         .peer_flags = refill.peer_flags,
                                         .peer_rate = refill.peer_rate,
                                         .peer_marks = refill.peer_marks,
                                         .reserved = 0};
        if (ask(*seats_[at], request, now) > 0) left -= take(*seats_[at], refill, accept);
    }
}

void PickerStack::deliver_events(Time now)
{
    retire_broken();
    collect_events();
    view_for(Refill{}, now);
    for (auto& seat : seats_) {
        if (seat->instance) tell(*seat);
    }
}

std::uint32_t PickerStack::take(Seat& seat, const Refill& refill, const Accept& accept)
{
    std::uint32_t taken = 0;
    for (const auto& pick : picks_) {
        if (const auto fault = fault_of(seat, refill, pick); !fault.empty()) {
            SHOAL_ASSERT(seat.instance != nullptr);  // the default makes no mistakes
            seat.instance->strike("pick", fmt::format("piece {}, block {}: {}", pick.piece, pick.block, fault));
            continue;
        }
        if (is_for_others(pick, refill)) continue;
        if (accept(*ledger_.geometry().block_at(pick.piece, pick.block), pick)) ++taken;
    }
    return taken;
}

// Why a pick is wrong; empty if it is sound. Cheap: it runs for every block.
std::string PickerStack::fault_of(const Seat& seat, const Refill& refill, const shoal_pick& pick) const
{
    const auto block = ledger_.geometry().block_at(pick.piece, pick.block);
    if (!block) return "there is no such block";
    if (!refill.pieces->test(pick.piece)) return "the peer does not have the piece";
    if (ledger_.priority(block->piece) == 0) return "the piece is not wanted";
    switch (ledger_.state(block->piece)) {
    case SHOAL_PIECE_HAVE: return "the piece is already here";
    case SHOAL_PIECE_COMPLETE: return "the piece is complete";
    case SHOAL_PIECE_MISSING: return {};
    }
    const auto* open = ledger_.find(block->piece);
    if (open->is_received(block->block)) return "the block is already here";
    if (!open->is_requested(block->block)) return {};
    if (!seat.may_duplicate()) return "the block is already requested";
    if (ledger_.has_unrequested()) return "a duplicate before the endgame";
    const bool same_peer = std::ranges::any_of(refill.session->outstanding(), [&](const auto& r) { return r.block == *block; });
    if (same_peer) return "the block is already requested of this peer";
    return {};
}

// Sound, but not for this peer now: a suspect's piece, or enough are asked for it already. No fault of the picker.
bool PickerStack::is_for_others(const shoal_pick& pick, const Refill& refill) const
{
    const auto block = *ledger_.geometry().block_at(pick.piece, pick.block);
    const auto* open = ledger_.find(block.piece);
    if (open == nullptr) return false;
    const PeerHandle owner = open->exclusive_to;
    if (owner.value() != 0 && owner != refill.peer) return true;
    const bool is_suspect = (refill.peer_flags & SHOAL_PEER_SUSPECT) != 0;
    if (is_suspect && owner.value() == 0 && !open->is_idle()) return true;
    return open->requesters(block.block) >= most_endgame_requesters;
}

void PickerStack::on_starved()
{
    for (auto& seat : seats_) {
        if (seat->instance && !seat->may_duplicate()) {
            seat->instance->strike("pick", "left an idle peer without requests though it has wanted blocks");
        }
    }
    ensure_fallback();
    on_replaced_(seats_.front()->instance ? seats_.front()->instance->name() : "default",
                 "it leaves wanted pieces unrequested; the default picker helps out");
}

void PickerStack::retire_broken()
{
    const auto broken = [](const auto& seat) { return seat->instance && seat->instance->is_broken(); };
    const auto at = std::ranges::find_if(seats_, broken);
    if (at == seats_.end()) return;
    const std::string name = (*at)->instance->name();
    std::erase_if(seats_, broken);
    ensure_fallback();
    on_replaced_(name, "too many wrong answers; replaced by the default picker");
}

}  // namespace shoal::torrent
