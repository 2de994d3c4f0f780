#include "swarm_fixture.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace shoal::test {
namespace {

bool test(const std::vector<std::uint64_t>& words, std::uint32_t bit)
{
    return ((words[bit / 64] >> (bit % 64)) & 1) != 0;
}

void set(std::vector<std::uint64_t>& words, std::uint32_t bit, bool value)
{
    const auto mask = std::uint64_t{1} << (bit % 64);
    words[bit / 64] = value ? words[bit / 64] | mask : words[bit / 64] & ~mask;
}

bool same(const shoal_block_ref& a, const shoal_block_ref& b)
{
    return a.piece == b.piece && a.block == b.block;
}

bool contains(const std::vector<shoal_block_ref>& blocks, shoal_block_ref block)
{
    return std::ranges::any_of(blocks, [&](const shoal_block_ref& other) { return same(other, block); });
}

} // namespace

std::vector<std::uint32_t> Answer::pieces() const
{
    std::vector<std::uint32_t> pieces;
    for (const auto& pick : picks) {
        if (std::ranges::find(pieces, pick.piece) == pieces.end()) pieces.push_back(pick.piece);
    }
    return pieces;
}

Swarm::Swarm(Shape shape)
    : shape_(shape), have_(shape.pieces), availability_(shape.pieces), priority_(shape.pieces, normal),
      state_(shape.pieces, SHOAL_PIECE_MISSING), contributors_(shape.pieces)
{
}

std::uint32_t Swarm::add_peer(Bitfield pieces, std::uint32_t flags)
{
    if (!pieces.all()) {
        for (std::uint32_t piece = 0; piece < shape_.pieces; ++piece) {
            if (pieces.test(piece)) change_availability(piece, 1);
        }
    }
    peers_.push_back({std::move(pieces), flags});
    return peer_count() - 1;
}

std::uint32_t Swarm::add_peer(const std::vector<std::uint32_t>& pieces, std::uint32_t flags)
{
    Bitfield bits(shape_.pieces);
    for (const auto piece : pieces) bits.set(piece);
    return add_peer(std::move(bits), flags);
}

void Swarm::remove_peer(std::uint32_t number)
{
    drop_requests(number);
    auto& peer = peers_[number];
    peer.is_connected = false;
    for (std::uint32_t piece = 0; piece < shape_.pieces && !peer.pieces.all(); ++piece) {
        if (peer.pieces.test(piece)) change_availability(piece, -1);
    }
    for (auto& contributors : contributors_) std::erase(contributors, number);
}

void Swarm::announce(std::uint32_t number, std::uint32_t piece)
{
    auto& peer = peers_[number];
    if (!peer.pieces.set(piece)) return;
    change_availability(piece, 1);
    if (!peer.pieces.all()) return;
    peer.flags |= SHOAL_PEER_SEED;
    for (std::uint32_t each = 0; each < shape_.pieces; ++each) change_availability(each, -1);
}

void Swarm::set_priority(std::uint32_t piece, std::uint8_t priority)
{
    const auto before = std::exchange(priority_[piece], priority);
    if (before != priority) log({SHOAL_EVENT_PRIORITY, piece, before, priority});
}

void Swarm::set_availability(std::uint32_t piece, std::uint16_t count)
{
    const auto before = std::exchange(availability_[piece], count);
    if (before != count) log({SHOAL_EVENT_AVAILABILITY, piece, before, count});
}

void Swarm::set_have(std::uint32_t piece)
{
    have_.set(piece);
    set_state(piece, SHOAL_PIECE_HAVE);
}

void Swarm::change_everything()
{
    for (auto& attached : attached_) attached.pending.clear();
    log_everything();
}

Answer Swarm::refill(std::uint32_t peer, std::uint32_t budget, std::size_t number)
{
    auto answer = ask(peer, budget, number);
    std::erase_if(answer.picks, [&](const shoal_pick& pick) {
        const auto reason = objection(attached_[number], peer, pick);
        if (reason.empty()) {
            request(peer, {pick.piece, pick.block});
            return false;
        }
        answer.refused.push_back("piece " + std::to_string(pick.piece) + " block "
                                 + std::to_string(pick.block) + ": " + reason);
        return true;
    });
    return answer;
}

Answer Swarm::ask(std::uint32_t peer, std::uint32_t budget, std::size_t number)
{
    auto& attached = attached_[number];
    deliver(attached);
    return {attached.picks ? pick(attached, peer, budget) : pick_by_rank(attached, peer, budget), {}};
}

Swarm::Ranking Swarm::rank(std::size_t number)
{
    deliver(attached_[number]);
    return rank_with(*attached_[number].picker);
}

Swarm::Ranking Swarm::rank_with(Picker& picker)
{
    Ranking ranking{std::vector<std::int64_t>(shape_.pieces),
                    std::vector<std::uint64_t>(shape_.pieces, SHOAL_NO_DEADLINE)};
    with_view([&](const SwarmView& view) { picker.rank(view, Ranks(ranking.ranks, ranking.deadlines)); });
    return ranking;
}

std::vector<shoal_pick> Swarm::pick(const Attached& attached, std::uint32_t number, std::uint32_t budget)
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
    with_view(
        [&](const SwarmView& view) { attached.picker->pick(view, PickRequest(raw, shape_.pieces), list); });
    picks.resize(list.size());
    return picks;
}

// What the host makes of ranks: deadlines first, then open pieces, then the order of the ranks.
std::vector<shoal_pick> Swarm::pick_by_rank(Attached& attached, std::uint32_t number, std::uint32_t budget)
{
    const auto ranking = rank_with(*attached.picker);
    const auto pieces = may_ask(number);
    std::vector<std::uint32_t> order(shape_.pieces);
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) {
        const auto is_closed = [&](std::uint32_t piece) { return state_[piece] != SHOAL_PIECE_PARTIAL; };
        return std::tuple(ranking.deadlines[a], is_closed(a), -ranking.ranks[a])
               < std::tuple(ranking.deadlines[b], is_closed(b), -ranking.ranks[b]);
    });
    std::vector<shoal_pick> picks(budget);
    PickList list(picks);
    auto may_open = open_allowance_;
    for (const auto piece : order) {
        if (!pieces.test(piece) || priority_[piece] == 0) continue;
        if (state_[piece] == SHOAL_PIECE_MISSING && may_open > 0) {
            --may_open;
            list.add_piece(piece, block_count(piece));
        } else if (auto* open = find_open(piece); open != nullptr && state_[piece] == SHOAL_PIECE_PARTIAL) {
            for (std::uint32_t block = 0; block < block_count(piece); ++block) {
                if (!test(open->requested, block) && !test(open->received, block)) list.add(piece, block);
            }
        }
    }
    picks.resize(list.size());
    return picks;
}

std::string Swarm::objection(const Attached& attached, std::uint32_t number, const shoal_pick& pick)
{
    if (pick.piece >= shape_.pieces) return "no such piece";
    if (pick.block >= block_count(pick.piece)) return "no such block";
    if (!may_ask(number).test(pick.piece)) return "the peer does not have it";
    if (priority_[pick.piece] == 0) return "nobody wants it";
    if (state_[pick.piece] >= SHOAL_PIECE_COMPLETE) return "it is here already";
    const auto* open = find_open(pick.piece);
    if (open == nullptr) return open_allowance_ > 0 ? "" : "no piece may be opened";
    if (test(open->received, pick.block)) return "the block is here already";
    if (contains(peers_[number].outstanding, {pick.piece, pick.block})) return "asked of this peer already";
    if (test(open->requested, pick.block)) {
        if ((attached.flags & SHOAL_PICKER_DUPLICATES) == 0) return "asked of another peer already";
        if (has_unrequested()) return "this is not the endgame";
    }
    return "";
}

void Swarm::request(std::uint32_t number, shoal_block_ref block)
{
    auto* open = find_open(block.piece);
    if (open == nullptr) {
        const auto words = (block_count(block.piece) + 63) / 64;
        const bool is_owned = is_exclusive_ && (peers_[number].flags & SHOAL_PEER_SUSPECT) != 0;
        open =
            &open_.emplace_back(Open{block.piece, is_owned ? number : nobody,
                                     std::vector<std::uint64_t>(words), std::vector<std::uint64_t>(words)});
        if (open_allowance_ > 0) --open_allowance_;
        set_state(block.piece, SHOAL_PIECE_PARTIAL);
        contributors_[block.piece].clear();
    }
    set(open->requested, block.block, true);
    peers_[number].outstanding.push_back(block);
    auto& contributors = contributors_[block.piece];
    if (std::ranges::find(contributors, number) == contributors.end()) contributors.push_back(number);
}

void Swarm::receive(std::uint32_t number, shoal_block_ref block)
{
    std::erase_if(peers_[number].outstanding,
                  [&](const shoal_block_ref& other) { return same(other, block); });
    auto* open = find_open(block.piece);
    if (open == nullptr || test(open->received, block.block)) return;
    set(open->received, block.block, true);
    if (!is_owed(block)) set(open->requested, block.block, false);
    std::uint32_t here = 0;
    for (const auto word : open->received) here += static_cast<std::uint32_t>(std::popcount(word));
    if (here == block_count(block.piece)) set_state(block.piece, SHOAL_PIECE_COMPLETE);
}

void Swarm::drop_requests(std::uint32_t number)
{
    const auto dropped = std::exchange(peers_[number].outstanding, {});
    for (const auto& block : dropped) {
        if (auto* open = find_open(block.piece); open != nullptr && !is_owed(block)) {
            set(open->requested, block.block, false);
        }
    }
    for (auto& open : open_) {
        if (open.owner == number) open.owner = nobody;
    }
}

void Swarm::verify(std::uint32_t piece, bool passes)
{
    std::erase_if(open_, [&](const Open& open) { return open.piece == piece; });
    ++open_allowance_;
    for (auto& peer : peers_) {
        std::erase_if(peer.outstanding, [&](const shoal_block_ref& block) { return block.piece == piece; });
    }
    if (passes) {
        set_have(piece);
    } else {
        set_state(piece, SHOAL_PIECE_MISSING);
    }
}

std::vector<std::uint32_t> Swarm::unverified() const
{
    std::vector<std::uint32_t> pieces;
    for (const auto& open : open_) {
        if (state_[open.piece] == SHOAL_PIECE_COMPLETE) pieces.push_back(open.piece);
    }
    return pieces;
}

bool Swarm::is_finished() const
{
    for (std::uint32_t piece = 0; piece < shape_.pieces; ++piece) {
        if (priority_[piece] != 0 && state_[piece] != SHOAL_PIECE_HAVE) return false;
    }
    return true;
}

bool Swarm::has_unrequested() const
{
    for (std::uint32_t piece = 0; piece < shape_.pieces; ++piece) {
        if (priority_[piece] != 0 && state_[piece] == SHOAL_PIECE_MISSING) return true;
    }
    return std::ranges::any_of(open_, [&](const Open& open) {
        if (priority_[open.piece] == 0) return false;
        for (std::uint32_t block = 0; block < block_count(open.piece); ++block) {
            if (!test(open.requested, block) && !test(open.received, block)) return true;
        }
        return false;
    });
}

void Swarm::log(shoal_piece_event event)
{
    for (auto& attached : attached_) {
        if ((attached.events & event.kind) != 0) attached.pending.push_back(event);
    }
}

void Swarm::log_everything()
{
    for (const auto kind : {SHOAL_EVENT_AVAILABILITY, SHOAL_EVENT_STATE, SHOAL_EVENT_PRIORITY}) {
        log({kind, SHOAL_ALL_PIECES, 0, 0});
    }
}

void Swarm::set_state(std::uint32_t piece, std::uint8_t state)
{
    const auto before = std::exchange(state_[piece], state);
    if (before != state) log({SHOAL_EVENT_STATE, piece, before, state});
}

void Swarm::change_availability(std::uint32_t piece, int by)
{
    set_availability(piece, static_cast<std::uint16_t>(availability_[piece] + by));
}

void Swarm::deliver(Attached& attached)
{
    const auto events = std::exchange(attached.pending, {});
    if (!attached.listens || events.empty()) return;
    with_view([&](const SwarmView& view) { attached.picker->on_events(view, events); });
}

shoal_swarm_view Swarm::make_view()
{
    partials_.clear();
    for (const auto& open : open_) {
        if (state_[open.piece] != SHOAL_PIECE_PARTIAL) continue;
        std::uint32_t unrequested = 0;
        for (std::uint32_t block = 0; block < block_count(open.piece); ++block) {
            unrequested += !test(open.requested, block) && !test(open.received, block) ? 1 : 0;
        }
        partials_.push_back({open.piece, block_count(open.piece), unrequested, 0, open.requested.data(),
                             open.received.data()});
    }
    shoal_swarm_view raw{};
    raw.struct_size = sizeof raw;
    raw.piece_count = shape_.pieces;
    raw.blocks_per_piece = shape_.blocks_per_piece;
    raw.blocks_in_last_piece = shape_.blocks_in_last;
    raw.now_ns = static_cast<std::uint64_t>(now_.count());
    raw.have = have_.words().data();
    raw.availability = availability_.data();
    raw.priority = priority_.data();
    raw.state = state_.data();
    raw.partials = partials_.data();
    raw.partial_count = static_cast<std::uint32_t>(partials_.size());
    raw.open_allowance = open_allowance_;
    raw.have_count = have_.count();
    for (const auto& peer : peers_) raw.seed_count += peer.is_connected && peer.pieces.all() ? 1 : 0;
    for (std::uint32_t piece = 0; piece < shape_.pieces; ++piece) {
        raw.wanted_count += priority_[piece] != 0 && state_[piece] != SHOAL_PIECE_HAVE ? 1 : 0;
    }
    raw.unrequested_anywhere = has_unrequested() ? 1 : 0;
    return raw;
}

// A suspect may have untouched pieces and those it opened; nobody else may have these.
Bitfield Swarm::may_ask(std::uint32_t number) const
{
    auto pieces = peers_[number].pieces;
    if (!is_exclusive_) return pieces;
    const bool is_suspect = (peers_[number].flags & SHOAL_PEER_SUSPECT) != 0;
    for (const auto& open : open_) {
        const bool is_free = open.owner == nobody && !is_suspect;
        if (open.owner != number && !is_free) pieces.reset(open.piece);
    }
    return pieces;
}

std::uint32_t Swarm::block_count(std::uint32_t piece) const
{
    return piece + 1 == shape_.pieces ? shape_.blocks_in_last : shape_.blocks_per_piece;
}

bool Swarm::is_owed(shoal_block_ref block) const
{
    return std::ranges::any_of(peers_, [&](const Peer& peer) { return contains(peer.outstanding, block); });
}

Swarm::Open* Swarm::find_open(std::uint32_t piece)
{
    const auto found = std::ranges::find(open_, piece, &Open::piece);
    return found == open_.end() ? nullptr : &*found;
}

} // namespace shoal::test
