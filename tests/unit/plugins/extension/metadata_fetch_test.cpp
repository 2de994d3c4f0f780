#include "metadata_swarm.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace std::chrono_literals;

namespace shoal::metadata_exchange {

TEST_CASE("metadata comes from one peer, block after block", "[extension][metadata]")
{
    const std::size_t size = GENERATE(1u, 100u, 16384u, 16385u, 50'000u, 1'000'000u);
    MetadataSwarm swarm(size);
    const auto peer = swarm.add_honest();
    swarm.exchange();
    CHECK(swarm.is_resolved());
    CHECK(swarm.asked_of(peer).size() == (size + block_size - 1) / block_size);
    CHECK(swarm.metadata_offers == 1);
    CHECK(swarm.armed_timers() == 0);
}

TEST_CASE("each block is asked of one peer, spread over all that have it, three at a time", "[extension][metadata]")
{
    MetadataSwarm swarm(60 * block_size);
    std::vector<PeerHandle> peers;
    for (int i = 0; i < 5; ++i) peers.push_back(swarm.add_honest());
    for (const auto peer : peers) CHECK(swarm.asked_of(peer).size() == 3);
    swarm.exchange();
    CHECK(swarm.is_resolved());
    std::multiset<std::uint32_t> blocks;
    for (const auto peer : peers) {
        const auto asked = swarm.asked_of(peer);
        CHECK(asked.size() >= 6);
        blocks.insert(asked.begin(), asked.end());
    }
    CHECK(blocks.size() == 60);
    CHECK(std::set(blocks.begin(), blocks.end()).size() == 60);
}

TEST_CASE("a peer that does not take the message is not asked", "[extension][metadata]")
{
    MetadataSwarm swarm(1000);
    const auto peer = swarm.connect({.remote = "1.2.3.4:5", .listening = {}, .flags = 0, .metadata_size = 1000});
    swarm.plugin.on_peer(swarm.view(peer));
    CHECK(swarm.sent.empty());
    CHECK(swarm.armed_timers() == 0);
}

TEST_CASE("nothing is fetched when the metadata is known", "[extension][metadata]")
{
    MetadataSwarm swarm(1000);
    swarm.known_metadata = swarm.true_metadata;
    swarm.add_honest();
    CHECK(swarm.sent.empty());
    CHECK(swarm.armed_timers() == 0);
}

TEST_CASE("fetching ends when the metadata comes from somewhere else", "[extension][metadata]")
{
    MetadataSwarm swarm(1000);
    const auto peer = swarm.add(MetadataSwarm::is_silent(), 1000);
    swarm.known_metadata = swarm.true_metadata;
    swarm.run_for(60s);
    CHECK(swarm.asked_of(peer).size() == 1);
    CHECK(swarm.armed_timers() == 0);
}

TEST_CASE("what a silent peer was asked for is asked of another", "[extension][metadata]")
{
    MetadataSwarm swarm(20 * block_size);
    const auto silent = swarm.add(MetadataSwarm::is_silent(), 20 * block_size);
    swarm.add_honest();
    swarm.run_for(9s);
    CHECK_FALSE(swarm.is_resolved());
    swarm.run_for(2s);
    CHECK(swarm.is_resolved());
    CHECK(swarm.asked_of(silent).size() == 3);
    CHECK(swarm.disconnected.empty());
}

TEST_CASE("a silent peer is asked again, ever more seldom", "[extension][metadata]")
{
    MetadataSwarm swarm(block_size);
    const auto silent = swarm.add(MetadataSwarm::is_silent(), block_size);
    swarm.run_for(3600s);
    const auto times = swarm.asked_of(silent).size();
    CHECK(times >= 8);
    CHECK(times <= 15);
}

TEST_CASE("a block that comes late is still of use", "[extension][metadata]")
{
    MetadataSwarm swarm(block_size);
    const auto slow = swarm.add(MetadataSwarm::is_silent(), block_size);
    swarm.run_for(15s);
    swarm.say(slow, encode_data(0, block_size, swarm.true_metadata));
    CHECK(swarm.is_resolved());
    CHECK(swarm.disconnected.empty());
}

TEST_CASE("what a peer was asked for when it went is asked of another", "[extension][metadata]")
{
    MetadataSwarm swarm(6 * block_size);
    const auto first = swarm.add(MetadataSwarm::is_silent(), 6 * block_size);
    swarm.add_honest();
    swarm.exchange();
    CHECK_FALSE(swarm.is_resolved());
    swarm.leave(first);
    swarm.exchange();
    CHECK(swarm.is_resolved());
}

TEST_CASE("a block that a peer rejects is asked of another at once, and of him only later", "[extension][metadata]")
{
    MetadataSwarm swarm(6 * block_size);
    const auto rejecting = swarm.add(MetadataSwarm::rejects(), 6 * block_size);
    swarm.exchange();
    CHECK(swarm.asked_of(rejecting).size() == 3);
    swarm.run_for(55s);
    CHECK(swarm.asked_of(rejecting).size() == 3);
    swarm.run_for(10s);
    CHECK(swarm.asked_of(rejecting).size() == 6);
    swarm.add_honest();
    swarm.exchange();
    CHECK(swarm.is_resolved());
    CHECK(swarm.disconnected.empty());
}

TEST_CASE("X2: a storm of rejects does not make us ask faster, and ends the connection", "[extension][metadata]")
{
    MetadataSwarm swarm(block_size);
    const auto rejecting = swarm.add(MetadataSwarm::rejects(), block_size);
    swarm.run_for(3600s);
    CHECK(swarm.asked_of(rejecting).size() <= 7);
    CHECK(swarm.disconnected.empty());
    for (int i = 0; i < 17; ++i) swarm.say(rejecting, encode_reject(0));
    CHECK(swarm.disconnected.contains(rejecting));
}

TEST_CASE("X2: a size of nothing, or above the limit, is not believed", "[extension][metadata]")
{
    const std::uint32_t size = GENERATE(0u, (16u << 20) + 1, 31'500'000u, 0xffffffffu);
    MetadataSwarm swarm(1000);
    const auto peer = swarm.add_liar(1000);
    swarm.leave(peer);
    const auto before = swarm.sent.size();
    const auto second = swarm.add(MetadataSwarm::is_silent(), size);
    swarm.run_for(30s);
    CHECK(swarm.sent.size() == before);
    CHECK(swarm.disconnected.empty());
    swarm.leave(second);
    CHECK(swarm.armed_timers() == 0);
}

TEST_CASE("the largest metadata arrives", "[extension][metadata]")
{
    MetadataSwarm swarm(16 << 20);
    swarm.add_honest();
    swarm.add_honest();
    swarm.exchange();
    CHECK(swarm.is_resolved());
    CHECK(swarm.answers == 1024);
}

TEST_CASE("X2: a peer that changes its mind about the size starts anew, a few times", "[extension][metadata]")
{
    MetadataSwarm swarm(block_size);
    const auto fickle = swarm.add(MetadataSwarm::is_silent(), 5 * block_size);
    const auto say_size = [&](std::uint32_t size) {
        swarm.connected.at(fickle).metadata_size = size;
        swarm.plugin.on_peer(swarm.view(fickle));
    };
    say_size(block_size);
    CHECK(swarm.asked_of(fickle) == std::vector<std::uint32_t>{0, 1, 2, 0});
    say_size(block_size);
    say_size(0);
    swarm.add_honest();
    swarm.exchange();
    CHECK(swarm.is_resolved());
    CHECK(swarm.disconnected.empty());
}

TEST_CASE("X2: a peer that keeps changing its mind about the size is disconnected", "[extension][metadata]")
{
    MetadataSwarm swarm(block_size);
    const auto fickle = swarm.add(MetadataSwarm::is_silent(), block_size);
    for (std::uint32_t size = 1; size <= 4; ++size) {
        CHECK(swarm.disconnected.empty());
        swarm.connected.at(fickle).metadata_size = size;
        swarm.plugin.on_peer(swarm.view(fickle));
    }
    CHECK(swarm.disconnected.contains(fickle));
    CHECK(swarm.armed_timers() == 0);
}

TEST_CASE("X2: data that says another size than the handshake ends the connection", "[extension][metadata]")
{
    const std::uint32_t total = GENERATE(0u, 1u, 2 * block_size, 0xffffffffu);
    MetadataSwarm swarm(block_size);
    const auto peer = swarm.add(MetadataSwarm::is_silent(), block_size);
    swarm.say(peer, encode_data(0, total, swarm.true_metadata));
    CHECK(swarm.disconnected.contains(peer));
    CHECK_FALSE(swarm.is_resolved());
}

TEST_CASE("data that says no size is believed as far as its length goes", "[extension][metadata]")
{
    MetadataSwarm swarm(5);
    const auto peer = swarm.add(MetadataSwarm::is_silent(), 5);
    auto payload = encode_reject(0);
    payload[12] = std::byte{'1'}; // the type
    payload.insert(payload.end(), swarm.true_metadata.begin(), swarm.true_metadata.end());
    swarm.say(peer, payload);
    CHECK(swarm.is_resolved());
}

TEST_CASE("X2: a block that is longer or shorter than it has to be ends the connection", "[extension][metadata]")
{
    const std::size_t length = GENERATE(0u, 1u, 16383u, 16385u, 40'000u);
    MetadataSwarm swarm(2 * block_size);
    const auto peer = swarm.add(MetadataSwarm::is_silent(), 2 * block_size);
    swarm.say(peer, encode_data(1, 2 * block_size, made_metadata(length)));
    CHECK(swarm.disconnected.contains(peer));
}

TEST_CASE("X2: the last block has to have the length that is left", "[extension][metadata]")
{
    MetadataSwarm swarm(block_size + 10);
    const auto peer = swarm.add(MetadataSwarm::is_silent(), block_size + 10);
    swarm.say(peer, encode_data(1, block_size + 10, made_metadata(block_size)));
    CHECK(swarm.disconnected.contains(peer));
}

TEST_CASE("X2: data that was not asked for is not taken, and much of it ends the connection", "[extension][metadata]")
{
    MetadataSwarm swarm(10 * block_size);
    const auto peer = swarm.add(MetadataSwarm::is_silent(), 10 * block_size);
    SECTION("of a block that others could be asked for")
    {
        for (int i = 0; i < 17; ++i) {
            swarm.say(peer, encode_data(9, 10 * block_size, block_of(swarm.true_metadata, 9)));
        }
    }
    SECTION("X2: of a block that there is not")
    {
        for (std::uint32_t block = 10; block < 27; ++block) swarm.say(peer, encode_data(block, 10 * block_size, {}));
    }
    SECTION("of a block that it gave before")
    {
        for (int i = 0; i < 18; ++i) {
            swarm.say(peer, encode_data(0, 10 * block_size, block_of(swarm.true_metadata, 0)));
        }
    }
    CHECK(swarm.disconnected.contains(peer));
    CHECK(swarm.metadata_offers == 0);
}

TEST_CASE("X2: data before any request, from a peer that says it has none, is not taken", "[extension][metadata]")
{
    MetadataSwarm swarm(100);
    const auto peer = swarm.add(MetadataSwarm::is_silent(), 0);
    swarm.say(peer, encode_data(0, 100, swarm.true_metadata));
    CHECK_FALSE(swarm.is_resolved());
    CHECK(swarm.disconnected.empty());
    for (int i = 0; i < 16; ++i) swarm.say(peer, encode_data(0, 100, swarm.true_metadata));
    CHECK(swarm.disconnected.contains(peer));
}

TEST_CASE("X2: what is no metadata message ends the connection", "[extension][metadata]")
{
    MetadataSwarm swarm(100);
    const auto peer = swarm.add_honest();
    swarm.say(peer, as_bytes("nonsense"));
    CHECK(swarm.disconnected.contains(peer));
    CHECK(swarm.armed_timers() == 0);
}

TEST_CASE("messages of a peer that the plug-in was not told of are ignored", "[extension][metadata]")
{
    MetadataSwarm swarm(100);
    swarm.known_metadata = swarm.true_metadata;
    const auto peer = swarm.connect({.remote = "1.2.3.4:5"});
    swarm.say(peer, encode_request(0));
    swarm.say(peer, encode_data(0, 100, swarm.true_metadata));
    CHECK(swarm.sent.empty());
    CHECK(swarm.disconnected.empty());
}

TEST_CASE("a peer that cannot be sent to is asked later", "[extension][metadata]")
{
    MetadataSwarm swarm(block_size);
    const auto peer = swarm.add(MetadataSwarm::is_silent(), 0);
    swarm.send_status[peer] = SHOAL_E_LIMIT;
    swarm.connected.at(peer).metadata_size = block_size;
    swarm.plugin.on_peer(swarm.view(peer));
    CHECK(swarm.sent.empty());
    swarm.send_status.clear();
    swarm.run_for(5s);
    CHECK(swarm.asked_of(peer) == std::vector<std::uint32_t>{0});
}

TEST_CASE("after stop nothing is asked and no timer is left", "[extension][metadata]")
{
    MetadataSwarm swarm(10 * block_size);
    const auto peer = swarm.add_honest();
    swarm.plugin.on_stop();
    const auto before = swarm.sent.size();
    swarm.say(peer, encode_data(0, 10 * block_size, block_of(swarm.true_metadata, 0)));
    CHECK(swarm.sent.size() == before);
    CHECK(swarm.armed_timers() == 0);
}

} // namespace shoal::metadata_exchange
