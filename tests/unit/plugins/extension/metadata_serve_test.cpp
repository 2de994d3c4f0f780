#include "metadata_swarm.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

namespace shoal::metadata_exchange {
namespace {

struct Seeding : MetadataSwarm {
    explicit Seeding(std::size_t size) : MetadataSwarm(size) { known_metadata = true_metadata; }

    std::size_t count(PeerHandle peer, bool is_data) const
    {
        std::size_t count = 0;
        for (const auto& payload : sent_to(peer)) {
            const auto parsed = parse_message(payload);
            count += is_data ? std::holds_alternative<Data>(*parsed) : std::holds_alternative<Reject>(*parsed);
        }
        return count;
    }
};

} // namespace

TEST_CASE("a request is answered with its block", "[extension][metadata]")
{
    Seeding seeding(2 * block_size + 10);
    const auto peer = seeding.join({.remote = "1.2.3.4:5"});
    for (std::uint32_t block = 0; block < 3; ++block) {
        seeding.say(peer, encode_request(block));
        CHECK(seeding.sent_to(peer).back() ==
              encode_data(block, 2 * block_size + 10, block_of(seeding.true_metadata, block)));
    }
    CHECK(seeding.armed_timers() == 0);
}

TEST_CASE("X2: a request for a block that there is not is rejected", "[extension][metadata]")
{
    Seeding seeding(2 * block_size);
    const auto peer = seeding.join({.remote = "1.2.3.4:5"});
    for (const auto block : {2u, 3u, 0x7fffffffu, 0xffffffffu}) {
        seeding.say(peer, encode_request(block));
        CHECK(seeding.sent_to(peer).back() == encode_reject(block));
    }
    CHECK(seeding.disconnected.empty());
}

TEST_CASE("before the metadata is known, requests are rejected", "[extension][metadata]")
{
    MetadataSwarm swarm(2 * block_size);
    const auto peer = swarm.join({.remote = "1.2.3.4:5"});
    swarm.say(peer, encode_request(0));
    CHECK(swarm.sent_to(peer) == std::vector<Bytes>{encode_reject(0)});
    swarm.known_metadata = swarm.true_metadata;
    swarm.say(peer, encode_request(0));
    CHECK(swarm.sent_to(peer).back() == encode_data(0, 2 * block_size, block_of(swarm.true_metadata, 0)));
}

TEST_CASE("what was fetched is served", "[extension][metadata]")
{
    MetadataSwarm swarm(2 * block_size);
    swarm.add_honest();
    swarm.exchange();
    const auto peer = swarm.join({.remote = "1.2.3.4:5"});
    swarm.say(peer, encode_request(1));
    CHECK(swarm.sent_to(peer).back() == encode_data(1, 2 * block_size, block_of(swarm.true_metadata, 1)));
}

TEST_CASE("a peer gets two copies a minute", "[extension][metadata]")
{
    Seeding seeding(20 * block_size);
    const auto peer = seeding.join({.remote = "1.2.3.4:5"});
    for (std::uint32_t i = 0; i < 100; ++i) seeding.say(peer, encode_request(i % 20));
    CHECK(seeding.count(peer, true) == 40);
    CHECK(seeding.count(peer, false) == 60);
    seeding.advance(61s);
    seeding.say(peer, encode_request(0));
    CHECK(seeding.count(peer, true) == 41);
    const auto other = seeding.join({.remote = "1.2.3.5:5"});
    seeding.say(other, encode_request(0));
    CHECK(seeding.count(other, true) == 1);
}

TEST_CASE("X2: who asks without end is disconnected", "[extension][metadata]")
{
    Seeding seeding(block_size);
    const auto peer = seeding.join({.remote = "1.2.3.4:5"});
    for (std::uint32_t i = 0; i < 1'216; ++i) seeding.say(peer, encode_request(i % 2));
    CHECK(seeding.disconnected.empty());
    for (std::uint32_t i = 0; i < 16; ++i) seeding.say(peer, encode_request(0));
    CHECK(seeding.disconnected.contains(peer));
}

TEST_CASE("all of the largest metadata may be asked for at once", "[extension][metadata]")
{
    Seeding seeding(16 << 20);
    const auto peer = seeding.join({.remote = "1.2.3.4:5"});
    for (std::uint32_t block = 0; block < 1024; ++block) seeding.say(peer, encode_request(block));
    CHECK(seeding.count(peer, true) == 1024);
}

TEST_CASE("who does not read gets what he asked for when he does, as far as the queue goes", "[extension][metadata]")
{
    Seeding seeding(400 * block_size);
    const auto peer = seeding.join({.remote = "1.2.3.4:5"});
    seeding.send_status[peer] = SHOAL_E_LIMIT;
    for (std::uint32_t block = 0; block < 400; ++block) seeding.say(peer, encode_request(block));
    seeding.advance(10s);
    CHECK(seeding.sent_to(peer).empty());
    CHECK(seeding.armed_timers() == 1);
    seeding.send_status.clear();
    seeding.advance(1s);
    CHECK(seeding.count(peer, true) == Served::most_queued);
    CHECK(seeding.armed_timers() == 0);
    CHECK(seeding.disconnected.empty());
}

TEST_CASE("what waits for a peer goes with it", "[extension][metadata]")
{
    Seeding seeding(4 * block_size);
    const auto peer = seeding.join({.remote = "1.2.3.4:5"});
    seeding.send_status[peer] = SHOAL_E_LIMIT;
    seeding.say(peer, encode_request(0));
    CHECK(seeding.armed_timers() == 1);
    seeding.leave(peer);
    CHECK(seeding.armed_timers() == 0);
}

} // namespace shoal::metadata_exchange
