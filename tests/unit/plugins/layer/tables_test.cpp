#include "fake_host.hpp"

#include <shoal/choker.hpp>
#include <shoal/picker.hpp>
#include <shoal/storage.hpp>
#include <shoal/tracker.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <vector>

namespace shoal::test {
namespace {

struct RankOnly : Picker {
    static constexpr std::uint32_t events = SHOAL_EVENT_PRIORITY;
    explicit RankOnly(Host&) {}
    void rank(const SwarmView& swarm, const Ranks& ranks) override
    {
        ranks.set(0, 5);
        ranks.set_deadline(swarm.piece_count() - 1, std::chrono::seconds(1));
    }
};

struct PickOnly : Picker {
    static constexpr std::uint32_t flags = SHOAL_PICKER_DUPLICATES;
    explicit PickOnly(Host&) {}
    void on_events(const SwarmView&, std::span<const shoal_piece_event>) override {}
    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list) override
    {
        for (std::uint32_t piece = 0; piece < swarm.piece_count(); ++piece) {
            if (request.peer_pieces().test(piece)) list.add_piece(piece, swarm.block_count(piece), 7, 8);
        }
    }
};

struct Described : Picker {
    static constexpr std::uint32_t flags = SHOAL_PICKER_DUPLICATES;
    explicit Described(Host&) {}
    void describe(shoal_picker_traits& traits) override { traits.flags = 0; }
    void rank(const SwarmView&, const Ranks&) override {}
};

struct Inherited : PickOnly {
    using PickOnly::PickOnly;
};

struct Slow : Choker {
    static constexpr std::chrono::nanoseconds interval = std::chrono::seconds(20);
    explicit Slow(Host&) {}
    void decide(const ChokerView& view, UnchokeList& list) override
    {
        for (const auto& peer : view.peers()) list.add(peer.peer, 1, 2);
    }
};

struct PlainStorage : Storage {
    static constexpr std::uint32_t flags = SHOAL_STORAGE_PARALLEL;
    explicit PlainStorage(Host&) {}
    Result<void> open(const StorageLayout&) override { return {}; }
    Result<std::uint64_t> size(std::uint32_t) override { return std::uint64_t{0}; }
    Result<std::uint64_t> read(std::uint32_t, std::uint64_t, MutableBytes) override
    {
        return std::uint64_t{0};
    }
    Result<void> write(std::uint32_t, std::uint64_t, const WriteParts&) override { return {}; }
    Result<void> flush() override { return {}; }
};

struct Once : Tracker {
    explicit Once(Host&) {}
    Result<void> announce(std::uint64_t, const Announce& announce) override
    {
        if (announce.url == "http://here/" && announce.event == AnnounceEvent::started
            && announce.port == 6881) {
            return {};
        }
        return make_error(Errc::unsupported, "not mine");
    }
    void cancel(std::uint64_t) override {}
};

template <class Table>
const Table& table_of(const shoal_factory& factory)
{
    return *static_cast<const Table*>(factory.table);
}

} // namespace

TEST_CASE("a picker's table offers what its class overrides, and says what the class says", "[layer]")
{
    const auto& rank_only = table_of<shoal_picker_v1>(picker<RankOnly>("rank"));
    CHECK(rank_only.struct_size == sizeof(shoal_picker_v1));
    CHECK(rank_only.rank != nullptr);
    CHECK(rank_only.pick == nullptr);
    CHECK(rank_only.on_events == nullptr);
    CHECK(rank_only.event_mask == SHOAL_EVENT_PRIORITY);
    CHECK(rank_only.flags == 0);
    const auto& pick_only = table_of<shoal_picker_v1>(picker<PickOnly>("pick"));
    CHECK(pick_only.rank == nullptr);
    CHECK(pick_only.pick != nullptr);
    CHECK(pick_only.on_events != nullptr);
    CHECK(pick_only.flags == SHOAL_PICKER_DUPLICATES);
    CHECK(table_of<shoal_picker_v1>(picker<Inherited>("inherited")).pick != nullptr);
    CHECK(rank_only.describe == nullptr);
    const auto described = picker<Described>("described");
    FakeHost host;
    void* self = nullptr;
    REQUIRE(described.create(host.raw(), &self) == SHOAL_OK);
    shoal_picker_traits traits{SHOAL_PICKER_DUPLICATES, 0, SHOAL_TIER_RANK, 0};
    table_of<shoal_picker_v1>(described).describe(self, &traits);
    CHECK(traits.flags == 0);
    CHECK(traits.tiers == SHOAL_TIER_RANK);
    described.destroy(self);
}

TEST_CASE("the optional functions of other kinds are there when they are overridden", "[layer]")
{
    CHECK(table_of<shoal_choker_v1>(choker<Slow>("slow")).interval_ns == 20'000'000'000U);
    const auto& plain = table_of<shoal_storage_v1>(storage<PlainStorage>("plain"));
    CHECK(plain.flags == SHOAL_STORAGE_PARALLEL);
    CHECK(plain.flush != nullptr);
    CHECK(plain.locate == nullptr);
    CHECK(plain.finish == nullptr);
    CHECK(table_of<shoal_tracker_v1>(tracker<Once>("once")).scrape == nullptr);
}

TEST_CASE("a picker never writes more than the budget or the capacity", "[layer]")
{
    FakeHost host;
    const auto factory = picker<PickOnly>("pick");
    void* self = nullptr;
    REQUIRE(factory.create(host.raw(), &self) == SHOAL_OK);
    const std::uint64_t all = 0b1011;
    shoal_swarm_view swarm{};
    swarm.piece_count = 4;
    swarm.blocks_per_piece = 3;
    swarm.blocks_in_last_piece = 1;
    shoal_pick_request request{};
    request.peer_pieces = &all;
    std::array<shoal_pick, 20> picks{};
    const auto& pick = table_of<shoal_picker_v1>(factory).pick;
    request.budget = 20;
    CHECK(pick(self, &swarm, &request, picks.data(), 20) == 7);
    CHECK(picks[6].piece == 3);
    CHECK(picks[6].reason == 7);
    CHECK(picks[6].score == 8);
    CHECK(pick(self, &swarm, &request, picks.data(), 5) == 5);
    request.budget = 4;
    CHECK(pick(self, &swarm, &request, picks.data(), 20) == 4);
    factory.destroy(self);
}

TEST_CASE("ranks and deadlines are written where the host wants them", "[layer]")
{
    FakeHost host;
    const auto factory = picker<RankOnly>("rank");
    void* self = nullptr;
    REQUIRE(factory.create(host.raw(), &self) == SHOAL_OK);
    shoal_swarm_view swarm{};
    swarm.piece_count = 2;
    std::array<std::int64_t, 2> ranks{};
    std::array<std::uint64_t, 2> deadlines{SHOAL_NO_DEADLINE, SHOAL_NO_DEADLINE};
    CHECK(table_of<shoal_picker_v1>(factory).rank(self, &swarm, ranks.data(), deadlines.data()) == SHOAL_OK);
    CHECK(ranks == std::array<std::int64_t, 2>{5, 0});
    CHECK(deadlines == std::array<std::uint64_t, 2>{SHOAL_NO_DEADLINE, 1'000'000'000});
    factory.destroy(self);
}

TEST_CASE("the unrequested blocks of an open piece are found across words", "[layer]")
{
    const std::array<std::uint64_t, 2> requested{~std::uint64_t{0} << 1, 0b01};
    const std::array<std::uint64_t, 2> received{0, 0b100};
    const shoal_partial partial{3, 70, 4, 0, requested.data(), received.data()};
    std::array<shoal_pick, 10> out{};
    PickList list(out);
    list.add_unrequested(partial);
    std::vector<std::uint32_t> blocks;
    for (const auto& pick : list.picks()) blocks.push_back(pick.block);
    CHECK(blocks == std::vector<std::uint32_t>{0, 65, 67, 68, 69});
}

TEST_CASE("an announce reaches a tracker in C++ types, and its refusal the host", "[layer]")
{
    FakeHost host;
    const auto factory = tracker<Once>("once");
    void* self = nullptr;
    REQUIRE(factory.create(host.raw(), &self) == SHOAL_OK);
    shoal_announce announce{};
    announce.struct_size = sizeof announce;
    announce.url = {"http://here/", 12};
    announce.event = SHOAL_ANNOUNCE_STARTED;
    announce.port = 6881;
    const auto& table = table_of<shoal_tracker_v1>(factory);
    CHECK(table.announce(self, 1, &announce) == SHOAL_OK);
    announce.event = SHOAL_ANNOUNCE_NONE;
    CHECK(table.announce(self, 2, &announce) == SHOAL_E_UNSUPPORTED);
    CHECK(host.error_text == "not mine");
    factory.destroy(self);
}

} // namespace shoal::test
