// What a pick costs: run with `picker_tests "[.bench]"`. 100,000 pieces of 16 blocks, 200 peers, refills of
// 32 blocks. Only the calls into the picker count, the one that sorts all pieces included. Scripts beside C++.
#include "policies.hpp"
#include "testing/trial_swarm.hpp"

#include <shoal/bitfield.hpp>
#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include <time.h>

namespace shoal::test {
namespace {

constexpr std::uint32_t piece_count = 100'000;
constexpr std::uint32_t blocks_per_piece = 16;
constexpr std::uint32_t refill_blocks = 32;
constexpr std::size_t peer_count = 200;

struct Kind {
    const char* name;
    std::uint32_t share; // pieces in a thousand
    std::size_t peers;
};
constexpr std::array kinds{Kind{"everything", 1000, 20}, Kind{"half of the pieces", 500, 100},
                           Kind{"a tenth", 100, 40}, Kind{"a hundredth", 10, 20},
                           Kind{"all but the rarer half", 0, 20}};

// Processor time of this thread, so that a busy machine does not count.
std::int64_t processor_time()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// What it takes to ask for it twice.
std::int64_t cost_of_asking()
{
    std::vector<std::int64_t> costs;
    for (int i = 0; i < 1001; ++i) {
        const auto begin = processor_time();
        costs.push_back(processor_time() - begin);
    }
    std::ranges::nth_element(costs, costs.begin() + 500);
    return costs[500];
}

struct Cost {
    std::int64_t nanoseconds = 0;
    std::uint64_t count = 0;

    [[nodiscard]] double each() const
    {
        return count == 0 ? 0 : static_cast<double>(nanoseconds) / static_cast<double>(count);
    }
};

// As little of a host as keeps a picker busy.
class BusyHost {
public:
    BusyHost(std::uint64_t seed, Picker& picker)
        : random_(seed, 0), picker_(picker), availability_(piece_count), priority_(piece_count, 4),
          state_(piece_count, SHOAL_PIECE_MISSING), have_(piece_count), requested_(piece_count),
          received_(piece_count)
    {
        for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
            for (std::size_t i = 0; i < kinds[kind].peers; ++i) {
                peers_.emplace_back(piece_count);
                kind_of_.push_back(kind);
                for (std::uint32_t piece = 0; piece < piece_count; ++piece) {
                    if (!random_.chance(kinds[kind].share, 1000)) continue;
                    peers_.back().set(piece);
                    if (kind != 0) ++availability_[piece];
                }
            }
        }
        give_common_pieces();
        events_.push_back({SHOAL_EVENT_AVAILABILITY, SHOAL_ALL_PIECES, 0, 0});
    }

    // Peers announce pieces, so many for each refill of ours.
    void announce(std::uint32_t count)
    {
        std::vector<shoal_piece_event> events;
        while (events.size() < count) {
            const auto peer = kinds[0].peers + random_.below(peer_count - kinds[0].peers);
            const auto piece = static_cast<std::uint32_t>(random_.below(piece_count));
            if (!peers_[peer].set(piece)) continue;
            const auto before = availability_[piece]++;
            events.push_back({SHOAL_EVENT_AVAILABILITY, piece, before, availability_[piece]});
        }
        deliver(events_, nullptr);
        deliver(events, &announcing);
    }

    bool refill()
    {
        const auto peer = static_cast<std::size_t>(random_.below(peer_count));
        const auto raw = view();
        auto request = shoal_pick_request{};
        request.struct_size = sizeof request;
        request.budget = refill_blocks;
        request.peer_pieces = peers_[peer].words().data();
        std::array<shoal_pick, refill_blocks> picks;
        PickList list(picks);
        const auto begin = processor_time();
        const auto events = std::exchange(events_, {});
        if (!events.empty()) picker_.on_events(SwarmView(raw), events);
        picker_.pick(SwarmView(raw), PickRequest(request, piece_count), list);
        const auto time = processor_time() - begin - asking_;
        picking.nanoseconds += time;
        picking.count += list.size();
        by_kind[kind_of_[peer]].nanoseconds += time;
        by_kind[kind_of_[peer]].count += list.size();
        for (const auto& pick : list.picks()) ask(pick);
        // What is on its way stays so for as long as every peer needs for two refills.
        while (under_way_.size() > peer_count * refill_blocks * 2) arrive();
        open_total += partials_.size();
        ++refills;
        return list.size() > 0;
    }

    // All pieces once more, so many times.
    void rank(int times)
    {
        std::vector<std::int64_t> ranks(piece_count);
        std::vector<std::uint64_t> deadlines(piece_count, SHOAL_NO_DEADLINE);
        const auto raw = view();
        for (int i = 0; i < times; ++i) {
            const auto begin = processor_time();
            picker_.rank(SwarmView(raw), Ranks(ranks, deadlines));
            ranking.nanoseconds += processor_time() - begin - asking_;
            ranking.count += piece_count;
        }
    }

    Cost ranking;
    Cost picking;
    Cost announcing;
    std::array<Cost, kinds.size()> by_kind{};
    std::uint64_t open_total = 0;
    std::uint64_t refills = 0;

private:
    // The worst case of a walk from the rare end.
    void give_common_pieces()
    {
        auto sorted = availability_;
        std::ranges::nth_element(sorted, sorted.begin() + piece_count / 2);
        const auto median = sorted[piece_count / 2];
        for (std::size_t peer = peer_count - kinds.back().peers; peer < peer_count; ++peer) {
            for (std::uint32_t piece = 0; piece < piece_count; ++piece) {
                if (availability_[piece] <= median) continue;
                peers_[peer].set(piece);
            }
        }
        for (std::uint32_t piece = 0; piece < piece_count; ++piece) {
            if (peers_.back().test(piece)) availability_[piece] += kinds.back().peers;
        }
    }

    void deliver(std::vector<shoal_piece_event>& events, Cost* cost)
    {
        const auto raw = view();
        const auto begin = processor_time();
        if (!events.empty()) picker_.on_events(SwarmView(raw), events);
        if (cost != nullptr) {
            cost->nanoseconds += processor_time() - begin - asking_;
            cost->count += events.size();
        }
        events.clear();
    }

    void ask(const shoal_pick& pick)
    {
        if (state_[pick.piece] == SHOAL_PIECE_MISSING) {
            change_state(pick.piece, SHOAL_PIECE_PARTIAL);
            partials_.push_back({pick.piece, blocks_per_piece, blocks_per_piece, 0, &requested_[pick.piece],
                                 &received_[pick.piece]});
        }
        const auto open = std::ranges::find(partials_, pick.piece, &shoal_partial::piece);
        REQUIRE(open != partials_.end());
        REQUIRE(((requested_[pick.piece] | received_[pick.piece]) >> pick.block & 1) == 0);
        --open->unrequested;
        requested_[pick.piece] |= std::uint64_t{1} << pick.block;
        under_way_.push_back({pick.piece, pick.block});
    }

    void arrive()
    {
        const auto piece = under_way_.front().piece;
        const auto block = under_way_.front().block;
        under_way_.pop_front();
        requested_[piece] &= ~(std::uint64_t{1} << block);
        received_[piece] |= std::uint64_t{1} << block;
        if (received_[piece] != (1U << blocks_per_piece) - 1) return;
        std::erase_if(partials_, [&](const shoal_partial& open) { return open.piece == piece; });
        have_.set(piece);
        change_state(piece, SHOAL_PIECE_HAVE);
    }

    void change_state(std::uint32_t piece, std::uint8_t state)
    {
        events_.push_back({SHOAL_EVENT_STATE, piece, state_[piece], state});
        state_[piece] = state;
    }

    [[nodiscard]] shoal_swarm_view view() const
    {
        shoal_swarm_view raw{};
        raw.struct_size = sizeof raw;
        raw.piece_count = piece_count;
        raw.blocks_per_piece = raw.blocks_in_last_piece = blocks_per_piece;
        raw.have = have_.words().data();
        raw.availability = availability_.data();
        raw.priority = priority_.data();
        raw.state = state_.data();
        raw.partials = partials_.data();
        raw.partial_count = static_cast<std::uint32_t>(partials_.size());
        raw.open_allowance = 100000;
        raw.have_count = have_.count();
        raw.wanted_count = piece_count - have_.count();
        raw.unrequested_anywhere = 1;
        return raw;
    }

    const std::int64_t asking_ = cost_of_asking();
    RandomStream random_;
    Picker& picker_;
    std::vector<std::uint16_t> availability_;
    std::vector<std::uint8_t> priority_;
    std::vector<std::uint8_t> state_;
    Bitfield have_;
    std::vector<std::uint64_t> requested_;
    std::vector<std::uint64_t> received_;
    std::vector<shoal_partial> partials_;
    std::vector<Bitfield> peers_;
    std::vector<std::size_t> kind_of_;
    std::deque<shoal_block_ref> under_way_;
    std::vector<shoal_piece_event> events_;
};

} // namespace

TEST_CASE("a pick of rarest-first costs at most 150 ns a block", "[.bench]")
{
    RarestFirstPicker picker(4, 1);
    BusyHost host(1, picker);
    while (host.refills < 30'000 && host.refill()) host.announce(16);
    std::printf("rarest-first, %u pieces, %zu peers: %.1f ns a block (%llu blocks in %llu refills, %.0f "
                "pieces open)\n",
                piece_count, peer_count, host.picking.each(),
                static_cast<unsigned long long>(host.picking.count),
                static_cast<unsigned long long>(host.refills),
                static_cast<double>(host.open_total) / static_cast<double>(host.refills));
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        std::printf("  peers that have %s: %.1f ns a block\n", kinds[kind].name, host.by_kind[kind].each());
    }
    std::printf("  a piece announced: %.1f ns\n", host.announcing.each());
    CHECK(host.picking.count > 900'000);
    CHECK(host.picking.each() <= 150);
}

TEST_CASE("a script's pick costs at most a microsecond a block", "[.bench]")
{
    ScriptedPicker picker(shipped_script("pickers/random.lua"));
    BusyHost host(1, picker);
    while (host.refills < 3'000 && host.refill()) host.announce(16);
    std::printf("random.lua, pick: %.1f ns a block (%llu blocks in %llu refills, %.0f pieces open)\n", host.picking.each(),
                static_cast<unsigned long long>(host.picking.count), static_cast<unsigned long long>(host.refills),
                static_cast<double>(host.open_total) / static_cast<double>(host.refills));
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        std::printf("  peers that have %s: %.1f ns a block\n", kinds[kind].name, host.by_kind[kind].each());
    }
    CHECK(host.picking.count > 90'000);
    CHECK(host.picking.each() <= 1000);
}

TEST_CASE("a script ranks 100,000 pieces within 50 ms", "[.bench]")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>(
        {{"sequential in C++", ""},
         {"rarest_first.lua", shipped_script("pickers/rarest_first.lua")},
         {"beginning_and_end.lua", shipped_script("pickers/beginning_and_end.lua")},
         {"ranks:add(swarm.availability, -1)", "function rank(swarm, ranks) ranks:add(swarm.availability, -1) end"},
         {"nothing", "function rank() end"}}));
    SequentialPicker sequential;
    ScriptedPicker scripted(text.empty() ? "function rank() end" : text);
    BusyHost host(1, text.empty() ? static_cast<Picker&>(sequential) : scripted);
    host.rank(50);
    std::printf("rank, %s: %.1f ns a piece, %.2f ms a call\n", name.c_str(), host.ranking.each(), host.ranking.each() * piece_count / 1e6);
    CHECK(host.ranking.each() * piece_count <= 50e6);
}

TEST_CASE("an endless loop in a script is over within 200 ms", "[.bench]")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>(
        {{"rank, an empty loop", "function rank() while true do end end"},
         {"rank, reading a view", "function rank(swarm) local have = swarm.have while true do local x = have[1] end end"},
         {"rank, making tables", "function rank() while true do local x = {} end end"},
         {"pick, reading a view", "function pick(swarm) local have = swarm.have while true do local x = have[1] end end"},
         {"pick, adding pieces", "function pick(swarm, request, out) while true do out:add_piece(1) end end"}}));
    ScriptedPicker picker(text);
    BusyHost host(1, picker);
    const auto begin = processor_time();
    try {
        if (name[0] == 'r') host.rank(1);
        else host.refill();
    } catch (const std::exception&) {
    }
    const auto took = static_cast<double>(processor_time() - begin) / 1e6;
    std::printf("endless, %s: %.1f ms\n", name.c_str(), took);
    CHECK(took <= 200);
}

// One such comparison takes as long as the texts are, and is one instruction: only the clock sees it.
TEST_CASE("a script that compares long texts of zeros is over within 300 ms", "[.bench]")
{
    picker_lua::LuaPicker picker({"my.lua", "local longest = ('\\0'):rep(1024)\n"
                                            "pcall(function() for i = 1, 10 do longest = longest .. longest end end)\n"
                                            "function rank() local a = longest:sub(1, -2) .. '\\0' while true do local x = a < longest end end"},
                                 [] { return std::chrono::steady_clock::now().time_since_epoch(); }, 1, {});
    testing::TrialSwarm swarm({.pieces = 2});
    std::array<std::int64_t, 2> ranks{};
    std::array<std::uint64_t, 2> deadlines{};
    const auto begin = processor_time();
    CHECK_THROWS_WITH(swarm.with_view([&](const SwarmView& view) { picker.rank(view, Ranks(ranks, deadlines)); }), Catch::Contains("took longer"));
    const auto took = static_cast<double>(processor_time() - begin) / 1e6;
    std::printf("endless, rank, comparing texts of zeros: %.1f ms\n", took);
    CHECK(took <= 300);
}

} // namespace shoal::test
