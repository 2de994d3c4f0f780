// What every picker has to do, as cases that any host of tests can run:
//
//     for (const auto& test : shoal::testing::picker_cases())
//         for (const auto& finding : shoal::testing::run(test, subject)) …it is not kept: finding…
//
// Each case is a sentence that is true of the picker when there are no findings.
#pragma once

#include "testing/picker_trial.hpp"

#include <shoal/random.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::testing {

struct PickerCase {
    std::string_view sentence;
    void (*run)(const PickerSubject&, Findings&);
};

namespace detail {

inline constexpr TrialShape small_shape{.pieces = 12, .blocks_per_piece = 4, .blocks_in_last = 3};

inline bool is_same_pick(const shoal_pick& a, const shoal_pick& b) { return a.piece == b.piece && a.block == b.block; }
inline bool are_same_picks(const std::vector<shoal_pick>& a, const std::vector<shoal_pick>& b)
{
    return std::ranges::equal(a, b, is_same_pick);
}

inline void is_made_and_destroyed(const PickerSubject& subject, Findings& findings)
{
    for (int i = 0; i < 3; ++i) {
        OpenPicker picker(subject, small_shape, 1, findings);
        picker.read_traits();
    }
}

inline void fetches_all_shapes(const PickerSubject& subject, Findings& findings)
{
    for (const TrialShape shape : {TrialShape{1, 1, 1}, {1, 130, 130}, {2, 1, 1}, {7, 4, 2}, {64, 1, 1}, {65, 3, 1}, {129, 65, 64}}) {
        PickerTrial trial(subject, findings, shape);
        const auto seed = trial.swarm().add_seed();
        trial.begin();
        trial.expect(trial.fetch({seed}, 50), "of " + std::to_string(shape.pieces) + " pieces not all were fetched from a seed");
    }
}

inline void fetches_from_parts(const PickerSubject& subject, Findings& findings)
{
    PickerTrial trial(subject, findings, small_shape);
    std::vector<std::uint32_t> peers;
    for (std::uint32_t third = 0; third < 3; ++third) {
        peers.push_back(trial.swarm().add_peer(std::vector<std::uint32_t>{third, third + 3, third + 6, third + 9}));
    }
    trial.begin();
    trial.expect(trial.fetch(peers), "three peers that have a third each did not make the whole");
}

inline void hears_of_pieces(const PickerSubject& subject, Findings& findings)
{
    PickerTrial trial(subject, findings, small_shape);
    const auto peer = trial.swarm().add_peer(std::vector<std::uint32_t>{});
    trial.begin();
    trial.expect(trial.refill(peer, 8).empty(), "a peer that has nothing was asked for something");
    for (std::uint32_t piece = 0; piece < small_shape.pieces; ++piece) {
        trial.swarm().announce(peer, piece);
        trial.expect(!trial.refill(peer, 8).empty(), "a piece that a peer announced was not asked for");
        trial.deliver(peer);
    }
    trial.expect(trial.swarm().is_finished() || trial.fetch({peer}), "what was announced piece by piece was not fetched");
}

inline void leaves_unwanted(const PickerSubject& subject, Findings& findings)
{
    PickerTrial trial(subject, findings, small_shape);
    auto& swarm = trial.swarm();
    const auto seed = swarm.add_seed();
    for (std::uint32_t piece = 0; piece < small_shape.pieces; piece += 2) swarm.set_priority(piece, 0);
    trial.begin();
    trial.refill(seed, 6);
    swarm.set_priority(0, 7);
    swarm.set_priority(11, 0); // perhaps it is asked for already
    trial.expect(trial.fetch({seed}), "what is wanted was not fetched");
    trial.expect(swarm.state(0) == SHOAL_PIECE_HAVE, "a piece that became wanted was not fetched");
    trial.expect(swarm.state(2) == SHOAL_PIECE_MISSING, "a piece that nobody wants was fetched");
}

inline void keeps_to_the_budget(const PickerSubject& subject, Findings& findings)
{
    PickerTrial trial(subject, findings, small_shape);
    const auto seed = trial.swarm().add_seed();
    trial.begin();
    trial.expect(trial.refill(seed, 0).empty(), "blocks were picked when none were asked for");
    for (std::uint32_t budget = 1; budget < 12; ++budget) {
        trial.expect(trial.refill(seed, budget).size() <= budget, "more blocks were picked than were asked for");
    }
}

inline void opens_no_more_than_allowed(const PickerSubject& subject, Findings& findings)
{
    PickerTrial trial(subject, findings, small_shape);
    auto& swarm = trial.swarm();
    const auto seed = swarm.add_seed();
    swarm.set_open_allowance(2);
    trial.begin();
    trial.refill(seed, 3);
    trial.expect(swarm.open_pieces() <= 2, "more pieces were opened than are allowed");
    swarm.set_open_allowance(0);
    const auto open = swarm.open_pieces();
    trial.refill(seed, 2);
    trial.expect(swarm.open_pieces() == open, "a piece was opened when none is allowed");
    swarm.set_open_allowance(2);
    trial.expect(trial.fetch({seed}), "with two open pieces at a time the torrent was not fetched");
}

inline void fetches_again(const PickerSubject& subject, Findings& findings)
{
    PickerTrial trial(subject, findings, small_shape);
    auto& swarm = trial.swarm();
    const auto seed = swarm.add_seed();
    trial.begin();
    bool has_failed_once = false;
    while (!has_failed_once && !trial.refill(seed, 4).empty()) {
        const auto outstanding = swarm.peer(seed).outstanding;
        for (const auto& block : outstanding) swarm.receive(seed, block);
        for (const auto piece : swarm.unverified()) swarm.verify(piece, std::exchange(has_failed_once, true));
    }
    trial.refill(seed, 4);
    swarm.drop_requests(seed); // it choked us: they are to be asked for again
    trial.expect(trial.fetch({seed}), "a piece that was corrupt, or blocks that never came, were not fetched again");
}

inline void begins_anywhere(const PickerSubject& subject, Findings& findings)
{
    PickerTrial trial(subject, findings, small_shape);
    auto& swarm = trial.swarm();
    const auto silent = swarm.add_peer(std::vector<std::uint32_t>{1, 2});
    const auto seed = swarm.add_seed();
    for (const std::uint32_t piece : {0U, 5U, 11U}) swarm.set_have(piece);
    swarm.request(silent, {1, 2});
    swarm.request(silent, {2, 0});
    swarm.receive(silent, {2, 0});
    swarm.drop_requests(silent);
    trial.begin();
    swarm.change_everything();
    trial.expect(trial.fetch({seed}), "a torrent that was begun before was not fetched");
}

// Everything is asked for, and nothing came.
inline void duplicates_in_the_endgame_only(const PickerSubject& subject, Findings& findings)
{
    PickerTrial trial(subject, findings, small_shape);
    const auto silent = trial.swarm().add_seed();
    const auto other = trial.swarm().add_seed();
    trial.begin();
    for (int i = 0; i < 100 && trial.swarm().has_unrequested() && !trial.has_failed(); ++i) trial.refill(silent, 10);
    trial.expect(!trial.swarm().has_unrequested(), "not everything was asked of a seed");
    trial.refill(other, 10); // refused, and so found, when they may not come from it
    trial.expect(trial.refill(silent, 10).empty(), "blocks were asked of a peer that was asked for them");
}

inline std::vector<shoal_pick> picks_of_a_day(PickerTrial& trial)
{
    auto& swarm = trial.swarm();
    const auto seed = swarm.add_seed();
    const auto some = swarm.add_peer(std::vector<std::uint32_t>{1, 3, 4, 8, 9});
    trial.begin();
    std::vector<shoal_pick> all;
    for (int step = 0; step < 40 && !swarm.is_finished() && !trial.has_failed(); ++step) {
        swarm.set_now(std::chrono::milliseconds(100 * step));
        const auto peer = step % 3 == 0 ? some : seed;
        const auto picks = trial.refill(peer, 3);
        all.insert(all.end(), picks.begin(), picks.end());
        if (step % 2 == 1) trial.deliver(peer);
    }
    return all;
}

inline void repeats_itself(const PickerSubject& subject, Findings& findings)
{
    PickerTrial first(subject, findings, small_shape, 7);
    PickerTrial second(subject, findings, small_shape, 7);
    findings.expect(are_same_picks(picks_of_a_day(first), picks_of_a_day(second)),
                    "the same seed and the same swarm gave other picks: it draws on something that is not the host's");
}

inline void keeps_instances_apart(const PickerSubject& subject, Findings& findings)
{
    PickerTrial alone(subject, findings, small_shape, 7);
    const auto expected = picks_of_a_day(alone);
    PickerTrial one(subject, findings, small_shape, 7);
    PickerTrial other(subject, findings, {.pieces = 65, .blocks_per_piece = 3, .blocks_in_last = 1}, 9);
    picks_of_a_day(other);
    findings.expect(are_same_picks(picks_of_a_day(one), expected), "another torrent's picker changed its picks");
}

// ---- a swarm in which anything happens --------------------------------------------------------------------------

/// Peers come and go, choke, are silent, send what is corrupt; priorities change; every step is drawn.
class Storm {
public:
    Storm(const PickerSubject& subject, Findings& findings, std::uint64_t seed)
        : random_(seed, 1), shape_(draw_shape()), trial_(subject, findings, shape_, seed), swarm_(trial_.swarm())
    {
        swarm_.set_open_allowance(1 + draw(4));
        swarm_.lend_exclusively(draw(2) == 0);
        for (std::uint32_t piece = 0; piece < shape_.pieces; ++piece) {
            if (draw(4) == 0) swarm_.set_priority(piece, static_cast<std::uint8_t>(draw(8)));
        }
        swarm_.add_seed(); // stays, and delivers
        trial_.begin();
    }

    /// False: it is not finished after so many steps that it never will be.
    bool run()
    {
        for (int step = 0; step < 20'000; ++step) {
            if (swarm_.is_finished() || trial_.has_failed()) return true;
            swarm_.set_now(std::chrono::milliseconds(50 * step));
            act();
        }
        return false;
    }

private:
    std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_.below(below)); }

    TrialShape draw_shape()
    {
        TrialShape shape{.pieces = 1 + draw(60), .blocks_per_piece = 1 + draw(draw(8) == 0 ? 130 : 6), .blocks_in_last = 1};
        shape.blocks_in_last += draw(shape.blocks_per_piece);
        return shape;
    }

    void act()
    {
        const auto peer = draw(4) == 0 ? 0 : draw(swarm_.peer_count());
        switch (draw(16)) {
        case 0: return join();
        case 1: return peer != 0 && swarm_.peer(peer).is_connected ? swarm_.remove_peer(peer) : void();
        case 2: return swarm_.drop_requests(peer);
        case 3: return change(peer);
        case 4: return judge();
        case 5: return swarm_.change_everything();
        default: return move_blocks(peer);
        }
    }

    void join()
    {
        if (swarm_.peer_count() > 30) return;
        Bitfield pieces(shape_.pieces);
        const auto share = draw(4);
        for (std::uint32_t piece = 0; piece < shape_.pieces; ++piece) {
            if (draw(3) < share) pieces.set(piece);
        }
        const bool is_seed = pieces.all();
        swarm_.add_peer(std::move(pieces), is_seed ? SHOAL_PEER_SEED : 0);
    }

    void change(std::uint32_t peer)
    {
        const auto piece = draw(shape_.pieces);
        if (swarm_.peer(peer).is_connected) swarm_.announce(peer, piece);
        const bool is_here = swarm_.state(piece) == SHOAL_PIECE_HAVE;
        if (draw(10) == 0 && !is_here) swarm_.set_priority(piece, static_cast<std::uint8_t>(draw(8)));
    }

    void judge()
    {
        for (const auto piece : swarm_.unverified()) {
            const bool passes = draw(12) != 0;
            for (const auto peer : passes ? std::vector<std::uint32_t>{} : swarm_.contributors(piece)) {
                if (peer != 0) swarm_.peer(peer).flags |= SHOAL_PEER_SUSPECT;
            }
            swarm_.verify(piece, passes);
        }
    }

    void move_blocks(std::uint32_t peer)
    {
        if (!swarm_.peer(peer).is_connected) return;
        const auto outstanding = swarm_.peer(peer).outstanding;
        for (const auto& block : outstanding) {
            if (draw(2) == 0) swarm_.receive(peer, block);
        }
        trial_.refill(peer, outstanding.size() < 12 ? 1 + draw(12) : draw(3));
    }

    RandomStream random_;
    TrialShape shape_;
    PickerTrial trial_;
    TrialSwarm& swarm_;
};

inline void survives_storms(const PickerSubject& subject, Findings& findings)
{
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        Storm storm(subject, findings, seed);
        const bool is_over = storm.run();
        if (!findings.expect(is_over, "the torrent was never finished, in storm " + std::to_string(seed))) return;
    }
}

} // namespace detail

[[nodiscard]] inline std::span<const PickerCase> picker_cases()
{
    static constexpr std::array cases{
        PickerCase{"it is made, says what it is, and is destroyed", &detail::is_made_and_destroyed},
        PickerCase{"torrents of every shape are fetched from one seed", &detail::fetches_all_shapes},
        PickerCase{"peers that have a part each make the whole", &detail::fetches_from_parts},
        PickerCase{"what a peer announces is asked for", &detail::hears_of_pieces},
        PickerCase{"what nobody wants is left alone, what becomes wanted is fetched", &detail::leaves_unwanted},
        PickerCase{"no more blocks come than were asked for", &detail::keeps_to_the_budget},
        PickerCase{"no more pieces are opened than are allowed", &detail::opens_no_more_than_allowed},
        PickerCase{"what was corrupt or did not come is fetched again", &detail::fetches_again},
        PickerCase{"any moment may be the first", &detail::begins_anywhere},
        PickerCase{"blocks are asked for twice in the endgame only, and never of the same peer", &detail::duplicates_in_the_endgame_only},
        PickerCase{"the same seed and the same swarm give the same picks", &detail::repeats_itself},
        PickerCase{"two instances share nothing", &detail::keeps_instances_apart},
        PickerCase{"whatever happens in a swarm, no pick is wrong and the torrent is finished", &detail::survives_storms},
    };
    return cases;
}

/// Every finding is a promise that was not kept.
[[nodiscard]] inline std::vector<std::string> run(const PickerCase& test, const PickerSubject& subject)
{
    Findings findings;
    test.run(subject, findings);
    return findings.take();
}

} // namespace shoal::testing
