// Whatever happens in a swarm, a stack of our pickers fetches the torrent and never makes a pick the host
// must refuse.
#include "policies.hpp"
#include "testing/trial_swarm.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <memory>
#include <vector>

namespace shoal::test {

using testing::TrialShape;
using testing::TrialSwarm;

namespace {

enum class Lead { rarest_first, sequential, streaming, lua_rank, lua_pick };

class Schedule {
public:
    Schedule(std::uint64_t seed, Lead lead)
        : random_(seed, 99), shape_(random_shape()), swarm_(shape_), rarest_(draw(6), seed), endgame_(seed)
    {
        torrent_.struct_size = sizeof torrent_;
        torrent_.piece_count = shape_.pieces;
        torrent_.piece_length = 100;
        torrent_.files = &file_;
        torrent_.file_count = 1;
        torrent_.file_stride = sizeof file_;
        file_ = {to_abi("file"), 0, shape_.pieces * std::uint64_t{100}, 0, 4};
        streaming_ = std::make_unique<StreamingPicker>(streaming::Settings{.head_bytes = 300,
                                                                           .tail_bytes = 200,
                                                                           .rate = 100,
                                                                           .window = std::chrono::seconds(4),
                                                                           .step_bytes = 500},
                                                       torrent_);
        if (lead == Lead::sequential) swarm_.attach(sequential_);
        if (lead == Lead::streaming) swarm_.attach(*streaming_);
        if (lead == Lead::lua_rank) attach_script("pickers/rarest_first.lua", seed);
        if (lead == Lead::lua_pick) attach_script("pickers/random.lua", seed);
        swarm_.attach(rarest_);
        swarm_.attach(endgame_);
        // Without time-outs only the endgame gets round peers that never deliver; then nothing else may be in
        // the way.
        has_timeouts_ = draw(2) == 0;
        swarm_.lend_exclusively(has_timeouts_);
        if (has_timeouts_) swarm_.set_open_allowance(1 + draw(4));
        for (std::uint32_t piece = 0; piece < shape_.pieces; ++piece) {
            if (draw(4) == 0) swarm_.set_priority(piece, static_cast<std::uint8_t>(draw(8)));
        }
        swarm_.add_seed(); // stays, and delivers
        is_silent_.push_back(false);
    }

    void run()
    {
        for (int step = 0; step < 50000; ++step) {
            if (swarm_.is_finished()) return;
            act();
        }
        FAIL("the torrent is not finished after 50,000 steps");
    }

private:
    std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_.below(below)); }

    void attach_script(const char* path, std::uint64_t seed)
    {
        scripted_ = std::make_unique<ScriptedPicker>(shipped_script(path), seed);
        swarm_.attach(*scripted_);
    }

    TrialShape random_shape()
    {
        TrialShape shape{.pieces = 1 + draw(60),
                    .blocks_per_piece = 1 + draw(draw(8) == 0 ? 130 : 6),
                    .blocks_in_last = 1};
        shape.blocks_in_last += draw(shape.blocks_per_piece);
        return shape;
    }

    void act()
    {
        const auto peer = draw(4) == 0 ? 0 : draw(swarm_.peer_count());
        switch (draw(20)) {
        case 0: join(); break;
        case 1:
            if (peer != 0 && swarm_.peer(peer).is_connected) swarm_.remove_peer(peer);
            break;
        case 2: swarm_.drop_requests(peer); break; // it choked us
        case 3: change(peer); break;
        case 4:
            for (const auto each : swarm_.unverified()) verify(each);
            break;
        case 5:
            if (has_timeouts_) time_out(peer);
            break;
        case 6: swarm_.change_everything(); break;
        default: move_blocks(peer); break;
        }
    }

    void join()
    {
        if (swarm_.peer_count() > 40) return;
        Bitfield pieces(shape_.pieces);
        const auto share = draw(4);
        for (std::uint32_t piece = 0; piece < shape_.pieces; ++piece) {
            if (draw(3) < share) pieces.set(piece);
        }
        const bool seed = pieces.all();
        swarm_.add_peer(std::move(pieces), seed ? SHOAL_PEER_SEED : 0);
        is_silent_.push_back(draw(3) == 0);
    }

    void change(std::uint32_t peer)
    {
        const auto piece = draw(shape_.pieces);
        if (swarm_.peer(peer).is_connected) swarm_.announce(peer, piece);
        if (draw(10) == 0 && swarm_.state(piece) != SHOAL_PIECE_HAVE) {
            swarm_.set_priority(piece, static_cast<std::uint8_t>(draw(8)));
        }
    }

    void verify(std::uint32_t piece)
    {
        const bool passes = draw(12) != 0;
        if (!passes && has_timeouts_) {
            for (const auto peer : swarm_.contributors(piece)) {
                if (peer != 0) swarm_.peer(peer).flags |= SHOAL_PEER_SUSPECT;
            }
        }
        swarm_.verify(piece, passes);
    }

    void time_out(std::uint32_t peer)
    {
        if (!is_silent_[peer]) return;
        swarm_.peer(peer).flags |= SHOAL_PEER_SNUBBED;
        swarm_.drop_requests(peer);
    }

    void move_blocks(std::uint32_t peer)
    {
        if (!swarm_.peer(peer).is_connected) return;
        const auto outstanding = swarm_.peer(peer).outstanding;
        if (!is_silent_[peer]) {
            for (const auto& block : outstanding) {
                if (draw(2) == 0) swarm_.receive(peer, block);
            }
        }
        // A full window leaves no room, but for a block or two in the endgame.
        auto budget = outstanding.size() < 12 ? 1 + draw(12) : draw(3);
        for (std::size_t number = 0; number < swarm_.picker_count() && budget > 0; ++number) {
            const auto answer = swarm_.refill(peer, budget, number);
            if (!answer.refused.empty()) FAIL(answer.refused.front());
            if (answer.picks.size() > budget) FAIL("more blocks than were asked for"); // no REQUIRE: two million of them take a minute
            budget -= static_cast<std::uint32_t>(answer.picks.size());
        }
    }

    RandomStream random_;
    TrialShape shape_;
    TrialSwarm swarm_;
    shoal_torrent_file file_{};
    shoal_torrent_view torrent_{};
    RarestFirstPicker rarest_;
    EndgamePicker endgame_;
    SequentialPicker sequential_;
    std::unique_ptr<StreamingPicker> streaming_;
    std::unique_ptr<ScriptedPicker> scripted_;
    std::vector<bool> is_silent_;
    bool has_timeouts_ = false;
};

void run_schedules(Lead lead, std::uint64_t count = 500)
{
    for (std::uint64_t seed = 0; seed < count; ++seed) {
        INFO("schedule " << seed);
        Schedule(seed, lead).run();
    }
    SUCCEED();
}

} // namespace

TEST_CASE("rarest-first with endgame finishes every random swarm without an invalid pick", "[picker][stack]")
{
    run_schedules(Lead::rarest_first);
}

TEST_CASE("sequential, rarest-first, endgame finish every random swarm without an invalid pick",
          "[picker][stack]")
{
    run_schedules(Lead::sequential);
}

TEST_CASE("streaming, rarest-first, endgame finish every random swarm without an invalid pick",
          "[picker][stack]")
{
    run_schedules(Lead::streaming);
}

TEST_CASE("a script that ranks, rarest-first, endgame finish every random swarm without an invalid pick", "[picker][stack][lua]")
{
    run_schedules(Lead::lua_rank, 100);
}

TEST_CASE("a script that picks, rarest-first, endgame finish every random swarm without an invalid pick", "[picker][stack][lua]")
{
    run_schedules(Lead::lua_pick, 100);
}

} // namespace shoal::test
