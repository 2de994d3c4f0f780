#include "metadata_swarm.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace std::chrono_literals;

namespace shoal::metadata_exchange {

TEST_CASE("who alone gave false metadata is disconnected", "[extension][metadata]")
{
    MetadataSwarm swarm(5 * block_size);
    const auto liar = swarm.add_liar(5 * block_size);
    swarm.exchange();
    CHECK(swarm.metadata_offers == 1);
    CHECK(swarm.disconnected.contains(liar));
    swarm.add_honest();
    swarm.exchange();
    CHECK(swarm.is_resolved());
}

TEST_CASE("two of five peers lie about a block: the metadata comes, and only liars are disconnected",
          "[extension][metadata]")
{
    MetadataSwarm swarm(40 * block_size);
    std::vector<PeerHandle> honest;
    std::vector<PeerHandle> liars;
    honest.push_back(swarm.add_honest());
    liars.push_back(swarm.add_liar(40 * block_size, 1));
    honest.push_back(swarm.add_honest());
    liars.push_back(swarm.add_liar(40 * block_size, 2));
    honest.push_back(swarm.add_honest());
    swarm.run_for(60s);
    CHECK(swarm.is_resolved());
    for (const auto peer : honest) CHECK_FALSE(swarm.disconnected.contains(peer));
    // All of it once together, then once from each until an honest one has its turn.
    CHECK(swarm.metadata_offers <= 4);
}

TEST_CASE("two of five peers lie about the size: they do not keep the metadata from coming", "[extension][metadata]")
{
    const bool do_liars_answer = GENERATE(true, false);
    MetadataSwarm swarm(40 * block_size);
    if (do_liars_answer) {
        swarm.add_liar(16 << 20, 1);
        swarm.add_liar(39 * block_size, 2);
    } else {
        swarm.add(MetadataSwarm::is_silent(), 16 << 20);
        swarm.add(MetadataSwarm::is_silent(), 1);
    }
    for (int i = 0; i < 3; ++i) swarm.add_honest();
    swarm.exchange();
    CHECK(swarm.is_resolved());
    CHECK(swarm.armed_timers() == 0);
}

TEST_CASE("a peer that came later and was not part of what was false is asked first", "[extension][metadata]")
{
    MetadataSwarm swarm(8 * block_size);
    const auto honest = swarm.add_honest();
    const auto liar = swarm.add_liar(8 * block_size);
    swarm.add(MetadataSwarm::is_silent(), 8 * block_size);
    swarm.exchange(); // waits for the silent one
    const auto fresh = swarm.add_honest();
    swarm.leave(PeerHandle{fresh.value() - 1}); // the silent one
    const auto before = swarm.asked_of(honest).size() + swarm.asked_of(liar).size();
    swarm.exchange();
    CHECK(swarm.is_resolved());
    CHECK(swarm.metadata_offers == 2);
    CHECK(swarm.asked_of(fresh).size() >= 8);
    CHECK(swarm.asked_of(honest).size() + swarm.asked_of(liar).size() <= before + 8);
}

TEST_CASE("X2: metadata that is false for ever does not make us ask for ever at full speed", "[extension][metadata]")
{
    MetadataSwarm swarm(4 * block_size);
    // It comes back as soon as it is disconnected, from the same address.
    std::size_t visits = 0;
    for (auto second = 0; second < 3600; ++second) {
        if (swarm.connected.empty()) {
            swarm.add_liar(4 * block_size, static_cast<std::uint8_t>(1 + second % 200), "6.6.6.6");
            ++visits;
        }
        swarm.run_for(1s);
    }
    CHECK(visits >= 3);
    CHECK(swarm.metadata_offers <= 8);
    CHECK(swarm.answers <= 32);
}

TEST_CASE("X2: many liars do not keep an honest peer from being asked", "[extension][metadata]")
{
    MetadataSwarm swarm(4 * block_size);
    for (std::uint8_t i = 1; i <= 30; ++i) swarm.add_liar(4 * block_size, i);
    const auto honest = swarm.add_honest();
    for (std::uint8_t i = 31; i <= 50; ++i) swarm.add_liar(4 * block_size, i);
    swarm.run_for(120s);
    CHECK(swarm.is_resolved());
    CHECK_FALSE(swarm.disconnected.contains(honest));
}

TEST_CASE("X2: many sizes are fetched a few at a time, and the right one has its turn", "[extension][metadata]")
{
    MetadataSwarm swarm(4 * block_size);
    for (std::uint32_t i = 1; i <= 40; ++i) swarm.add(MetadataSwarm::is_silent(), (4 + i) * block_size);
    std::set<PeerHandle> asked;
    for (const auto& message : swarm.sent) asked.insert(message.peer);
    CHECK(asked.size() == 3);
    swarm.add_honest();
    swarm.run_for(600s);
    CHECK(swarm.is_resolved());
}

TEST_CASE("X2: three sizes that come by drops lose their place to one that waits", "[extension][metadata]")
{
    constexpr std::uint32_t size = 600 * block_size;
    MetadataSwarm swarm(4 * block_size);
    // Each answers a block only shortly before we lose our patience.
    struct Due {
        PeerHandle peer;
        std::uint32_t block;
        std::uint32_t total;
        std::chrono::nanoseconds at;
    };
    auto due = std::make_shared<std::vector<Due>>();
    for (std::uint32_t i = 0; i < 3; ++i) {
        auto peer = std::make_shared<PeerHandle>();
        const auto total = size + i;
        *peer = swarm.add(
            [&swarm, due, peer, total](std::uint32_t block) -> std::optional<Bytes> {
                due->push_back({*peer, block, total, swarm.now() + 9s});
                return std::nullopt;
            },
            total);
    }
    swarm.add_honest();
    for (int second = 0; second < 3600 && !swarm.is_resolved(); ++second) {
        swarm.run_for(1s);
        for (const auto& answer : std::exchange(*due, {})) {
            if (answer.at > swarm.now()) {
                due->push_back(answer);
            } else {
                const auto octets = std::min(block_size, answer.total - answer.block * block_size);
                swarm.say(answer.peer, encode_data(answer.block, answer.total, made_metadata(octets)));
            }
        }
    }
    CHECK(swarm.is_resolved());
}

TEST_CASE("in its turn a peer that gives nothing gives way to the next", "[extension][metadata]")
{
    MetadataSwarm swarm(12 * block_size);
    const auto whole = swarm.true_metadata;
    const auto liar = swarm.add_liar(12 * block_size);
    // Gives its share, so that all of it together is false; then it says nothing any more.
    std::size_t given = 0;
    const auto fading = swarm.add(
        [&given, whole](std::uint32_t block) -> std::optional<Bytes> {
            if (++given > 7) return std::nullopt;
            return encode_data(block, static_cast<std::uint32_t>(whole.size()), block_of(whole, block));
        },
        12 * block_size);
    swarm.run_for(30s);
    const auto honest = swarm.add_honest();
    swarm.run_for(120s);
    CHECK(swarm.is_resolved());
    CHECK(swarm.disconnected.contains(liar));
    CHECK_FALSE(swarm.disconnected.contains(fading));
    CHECK_FALSE(swarm.disconnected.contains(honest));
}

TEST_CASE("metadata that is the torrent's and of no use is not fetched again", "[extension][metadata]")
{
    MetadataSwarm swarm(4 * block_size);
    swarm.metadata_status = SHOAL_E_UNSUPPORTED;
    const auto peer = swarm.add_liar(4 * block_size);
    swarm.run_for(600s);
    CHECK(swarm.metadata_offers == 1);
    CHECK_FALSE(swarm.disconnected.contains(peer));
    CHECK(swarm.log.size() == 1);
    CHECK(swarm.armed_timers() == 0);
}

TEST_CASE("distrust grows with each time, and is bounded", "[extension][metadata]")
{
    Distrust distrust;
    const auto address = Address::from_v4(1);
    CHECK(distrust.ends(address) == Time{});
    distrust.add(address, 100s);
    CHECK(distrust.ends(address) == 160s);
    distrust.add(address, 200s);
    CHECK(distrust.ends(address) == 320s);
    for (int i = 0; i < 40; ++i) distrust.add(address, 1000s);
    CHECK(distrust.ends(address) == 4600s);
    for (std::uint32_t i = 2; i < 2000; ++i) distrust.add(Address::from_v4(i), 2000s);
    CHECK(distrust.ends(address) == 4600s);
    CHECK(distrust.ends(Address::from_v4(2)) == Time{});
}

} // namespace shoal::metadata_exchange
