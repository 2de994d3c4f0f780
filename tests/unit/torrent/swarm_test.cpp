#include "torrent_bench.hpp"

// A torrent among peers: who is met, who is asked, who is served.
using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;
using Answer = ScriptedPeer::Answer;

namespace {
Answer never(const peer::Request&) { return Answer::nothing; }
}  // namespace

// ---- meeting ----------------------------------------------------------------------------------------------

TEST_CASE("our own connection is recognised, dropped, and not made again", "[torrent]")
{
    TorrentBench bench;
    auto& mirror = bench.call_peer();
    mirror.id = bench.identity.peer_id;
    bench.torrent->start();
    bench.pass(3600s);
    CHECK(mirror.connections == 1);
    CHECK(mirror.closed);
    CHECK(mirror.asked.empty());
    CHECK(bench.status().swarm.peers == 0);
}

TEST_CASE("P9 a peer that answers for another torrent is not met", "[torrent]")
{
    TorrentBench bench;
    auto& other = bench.call_peer();
    other.info_hash.bytes.fill(std::byte{0});
    bench.torrent->start();
    bench.pass(1s);
    CHECK(other.connections == 1);
    CHECK(other.closed);
    CHECK(other.heard.empty());
}

TEST_CASE("P9 a second connection of the same peer is refused", "[torrent]")
{
    TorrentBench bench;
    auto& first = bench.call_peer();
    first.answer = never;
    bench.torrent->start();
    bench.pass(1s);
    auto& second = bench.call_peer();
    second.id = first.id;
    bench.pass(5s);
    CHECK(first.link != nullptr);
    CHECK(second.closed);
    CHECK(bench.status().swarm.peers == 1);
}

TEST_CASE("a peer that closes every connection is called less and less often, and in the end no more",
          "[torrent]")
{
    auto options = TorrentBench::Options{};
    options.recipe.trackers = {{"http://tracker/announce"}};
    TorrentBench bench(options);
    auto& peer = bench.add_peer();
    bench.trackers.peers = {peer.endpoint()};
    peer.is_deaf = true;
    bench.torrent->start();
    bench.pass(60s);
    CHECK(peer.connections <= 3);
    bench.pass(4h);
    CHECK(peer.connections >= 8);
    CHECK(peer.connections < 40);
}

TEST_CASE("no more peers than wanted are met", "[torrent]")
{
    TorrentBench::Options options;
    options.swarm.most_peers = 3;
    TorrentBench bench(options);
    for (int i = 0; i < 8; ++i) bench.call_peer().answer = never;
    bench.torrent->start();
    bench.pass(10s);
    CHECK(bench.status().swarm.peers == 3);
    CHECK(std::ranges::count_if(bench.peers, [](const auto& p) { return p->link != nullptr; }) == 3);
}

TEST_CASE("T11 ports below 1024 that a stranger names are not called if the user wants none of them", "[torrent]")
{
    for (const bool calls_them : {true, false}) {
        TorrentBench::Options options;
        options.recipe.trackers = {{"http://tracker/announce"}};
        options.swarm.calls_privileged_ports = calls_them;
        TorrentBench bench(options);
        auto& host = bench.world.add_node();
        std::set<std::uint16_t> called;
        std::vector<std::unique_ptr<environment::Listener>> listeners;
        for (const std::uint16_t port : {22, 80, 1023, 1024}) {
            listeners.push_back(*host.transport().listen(host.endpoint(port), [&called, port](auto) { called.insert(port); }));
            bench.trackers.peers.push_back(host.endpoint(port));
        }
        listeners.push_back(*host.transport().listen(host.endpoint(443), [&called](auto) { called.insert(443); }));
        bench.torrent->add_peer(host.endpoint(443));  // the user's own word
        bench.torrent->start();
        bench.pass(10s);
        CHECK(called == (calls_them ? std::set<std::uint16_t>{22, 80, 443, 1023, 1024} : std::set<std::uint16_t>{443, 1024}));
    }
}

TEST_CASE("P5 a block that comes after our cancel is waste and no offence", "[torrent]")
{
    TorrentBench bench({.pickers = {"sequential", "endgame"}});
    auto& late = bench.call_peer();
    late.answer = never;
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return late.asked.size() >= 4; }));
    auto& other = bench.call_peer();
    other.answer = [](const peer::Request& request) { return request.piece < 9 ? Answer::block : Answer::nothing; };
    REQUIRE(bench.wait([&] { return late.heard_count("cancel") >= 4; }));
    const auto cancelled = late.heard_count("cancel");
    const auto before = bench.status().totals.wasted;
    for (std::size_t i = 0; i < 4; ++i) late.give(late.asked[i]);
    bench.pass(1s);
    CHECK(cancelled >= 4);
    CHECK(bench.status().totals.wasted == before + 4 * 16'384);
    CHECK_FALSE(late.closed);
}

TEST_CASE("interest follows what a peer has that we miss", "[torrent]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    peer.pieces.clear_all();
    peer.unchokes = false;
    bench.torrent->start();
    bench.pass(5s);
    CHECK_FALSE(peer.has_heard("interested"));
    peer.announce(4);
    bench.pass(1s);
    CHECK(peer.has_heard("interested"));
    peer.say(peer::Unchoke{});
    bench.pass(5s);
    CHECK(bench.torrent->ledger().have().test(4));
    CHECK(peer.has_heard("not interested"));
    CHECK(peer.asked.size() == 4);
}

TEST_CASE("P13 a peer that claims everything and leaves is forgotten", "[torrent]")
{
    TorrentBench bench;
    auto& liar = bench.call_peer();
    liar.answer = never;
    auto& partial = bench.call_peer();
    partial.pieces.clear_all();
    bench.torrent->start();
    bench.pass(2s);
    CHECK(bench.status().swarm.seeds == 1);
    liar.leave();
    liar.is_deaf = true;
    bench.pass(2s);
    CHECK(bench.status().swarm.seeds == 0);
    CHECK(bench.status().swarm.peers == 1);
    // What was asked of it is asked of others as soon as they have it.
    partial.announce(0);
    bench.pass(5s);
    CHECK(bench.torrent->ledger().have().test(0));
}

// ---- asking -----------------------------------------------------------------------------------------------

TEST_CASE("several peers share the work and nothing is asked twice", "[torrent]")
{
    TorrentBench bench({.recipe = {.name = "big", .files = {{"", 6'400'000, false}}, .piece_length = 65'536},
                        .pickers = {"rarest-first"}});
    for (int i = 0; i < 4; ++i) bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    std::size_t asked = 0;
    for (const auto& peer : bench.peers) {
        CHECK(peer->asked.size() > 10);
        asked += peer->asked.size();
    }
    CHECK(asked == (6'400'000 + 16'383) / 16'384);
    CHECK(bench.status().totals.wasted == 0);
}

TEST_CASE("what a peer owed when it left is asked of others", "[torrent]")
{
    TorrentBench bench;
    auto& deserter = bench.call_peer();
    deserter.answer = never;
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return deserter.asked.size() >= 4; }));
    auto& other = bench.call_peer();
    other.answer = never;
    bench.pass(1s);
    deserter.leave();
    deserter.is_deaf = true;
    other.answer = [](const auto&) { return Answer::block; };
    for (const auto& request : other.asked) other.give(request);
    REQUIRE(bench.wait_for_end());
    CHECK(bench.status().totals.downloaded == 640'000);
}

TEST_CASE("what is choked or rejected is asked of others at once", "[torrent]")
{
    TorrentBench bench;
    auto& fickle = bench.call_peer();
    fickle.answer = [](const auto&) { return Answer::reject; };
    auto& steady = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end(60s));
    CHECK(steady.asked.size() == 40);
    // Sixteen in a row and then a second's pause: no storm.
    CHECK(fickle.asked.size() < 400);
}

TEST_CASE("a peer that rejects everything is not asked in a storm", "[torrent]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    peer.answer = [](const auto&) { return Answer::reject; };
    bench.torrent->start();
    bench.pass(100s);
    CHECK(peer.asked.size() > 100);
    CHECK(peer.asked.size() < 100 * 40);
}

TEST_CASE("a peer that owes blocks for a minute loses its requests to others", "[torrent]")
{
    TorrentBench bench;
    auto& slow = bench.call_peer();
    slow.answer = never;
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return slow.asked.size() >= 4; }));
    auto& other = bench.call_peer();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().count() == 9; }));
    const auto before = bench.world.now();
    REQUIRE(bench.wait_for_end(120s));
    CHECK(bench.world.now() - before > 30s);
    CHECK(slow.has_heard("cancel"));
    CHECK(other.asked.size() == 40);
}

TEST_CASE("that a snubbed peer is left in peace is no fault of the picker", "[torrent]")
{
    TorrentBench bench({.pickers = {"rarest-first", "endgame"}});
    auto& snubbed = bench.call_peer();
    snubbed.answer = never;
    auto& lively = bench.call_peer();
    lively.node.set_rates(3'000, 0);  // more than three minutes for all of it
    bench.torrent->start();
    REQUIRE(bench.wait_for_end(3600s));
    CHECK(bench.world.now().time_since_epoch() > 180s);
    CHECK(bench.count("plugin.replaced") == 0);
    CHECK(bench.status().pickers == std::vector<std::string>{"rarest-first", "endgame"});
}

TEST_CASE("in the endgame a stalled peer holds up nobody", "[torrent]")
{
    TorrentBench bench({.pickers = {"sequential", "endgame"}});
    auto& stalled = bench.call_peer();
    stalled.answer = never;
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return stalled.asked.size() >= 4; }));
    bench.call_peer();
    const auto before = bench.world.now();
    REQUIRE(bench.wait_for_end(120s));
    CHECK(bench.world.now() - before < 10s);
    // Who was asked first hears that it is not needed any more.
    bench.pass(100ms);
    CHECK(stalled.heard_count("cancel") == stalled.asked.size());
    // What it sends all the same is waste.
    CHECK(bench.status().totals.wasted == 0);
}

TEST_CASE("while choked, what a peer allows all the same is asked for", "[torrent]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    peer.unchokes = false;
    bench.torrent->start();
    bench.pass(2s);
    CHECK(peer.asked.empty());
    peer.say(peer::AllowedFast{6});
    bench.pass(5s);
    CHECK(bench.torrent->ledger().have().test(6));
    CHECK(peer.asked.size() == 4);
}

// ---- lies -------------------------------------------------------------------------------------------------

TEST_CASE("P12 a corrupt piece is fetched again from others", "[torrent]")
{
    TorrentBench bench;
    auto& liar = bench.call_peer();
    liar.answer = [](const peer::Request& request) {
        return request.piece == 3 ? Answer::corrupt : Answer::block;
    };
    auto& honest = bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    CHECK(bench.torrent->ledger().have().all());
    CHECK(bench.status().totals.corrupt_pieces == bench.count("piece.corrupt"));
    CHECK_FALSE(honest.asked.empty());
}

TEST_CASE(
    "P12 who sends corrupt data three times is banned, with all its connections, and the download goes on",
    "[torrent]")
{
    TorrentBench bench(
        {.recipe = {.name = "big", .files = {{"", 3'200'000, false}}, .piece_length = 65'536}});
    auto& liar = bench.call_peer();
    liar.answer = [](const auto&) { return Answer::corrupt; };
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.count("peer.banned") == 1; }));
    bench.pass(1s);
    CHECK(liar.closed);
    CHECK(bench.count("piece.corrupt") == 3);
    bench.call_peer();
    REQUIRE(bench.wait_for_end());
    bench.pass(3600s);
    CHECK(liar.connections == 1);
    CHECK(bench.disk->pieces.all());
}

TEST_CASE("P12 the honest in company of a liar are not banned", "[torrent]")
{
    TorrentBench bench(
        {.recipe = {.name = "big", .files = {{"", 6'400'000, false}}, .piece_length = 262'144}});
    auto& liar = bench.call_peer();
    liar.answer = [](const peer::Request& request) {
        return request.begin % 65'536 == 0 ? Answer::corrupt : Answer::block;
    };
    for (int i = 0; i < 3; ++i) bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end(3600s));
    CHECK(bench.count("peer.banned") <= 1);
    CHECK(bench.disk->pieces.all());
    for (const auto& peer : bench.peers) {
        if (peer.get() != &liar) CHECK(peer->connections == 1);
    }
}

TEST_CASE("P5 a block that is none of the torrent's ends the connection", "[torrent]")
{
    const auto ends_by = [](const peer::Request& block) {
        TorrentBench bench;
        auto& liar = bench.call_peer();
        liar.answer = never;
        bench.torrent->start();
        REQUIRE(bench.wait([&] { return !liar.asked.empty(); }));
        liar.give(block);
        bench.pass(1s);
        CHECK(liar.closed);
        bench.call_peer();
        CHECK(bench.wait_for_end());
    };
    SECTION("no such piece") { ends_by({10, 0, 16'384}); }
    SECTION("a wrong length") { ends_by({0, 0, 16'383}); }
    SECTION("no block's beginning") { ends_by({0, 5, 16'384}); }
}

TEST_CASE("P5 blocks that were not asked for are waste, and many of them end the connection", "[torrent]")
{
    TorrentBench bench;
    auto& liar = bench.call_peer();
    liar.unchokes = false;
    bench.torrent->start();
    bench.pass(1s);
    for (int i = 0; i < 10; ++i) liar.give({1, 0, 16'384});
    bench.pass(1s);
    CHECK_FALSE(liar.closed);
    CHECK(bench.status().totals.wasted == 10 * 16'384);
    CHECK(bench.torrent->ledger().open_count() == 0);
    for (int i = 0; i < 100; ++i) liar.give({1, 0, 16'384});
    bench.pass(1s);
    CHECK(liar.closed);
}

TEST_CASE("P5 a block for a piece that is here is waste", "[torrent]")
{
    TorrentBench bench;
    auto& peer = bench.call_peer();
    peer.answer = [](const peer::Request& request) {
        return request.piece == 0 ? Answer::block : Answer::nothing;
    };
    bench.torrent->start();
    REQUIRE(bench.wait([&] { return bench.torrent->ledger().have().test(0); }));
    peer.give({0, 0, 16'384});
    bench.pass(1s);
    CHECK(bench.status().totals.wasted == 16'384);
    CHECK_FALSE(peer.closed);
}

// ---- memory, rates, pickers -------------------------------------------------------------------------------

TEST_CASE("a memory ceiling is kept and still everything arrives", "[torrent]")
{
    for (const std::uint64_t ceiling : {1u, 65'536u, 100'000u, 200'000u}) {
        CAPTURE(ceiling);
        TorrentBench bench(
            {.recipe = {.name = "big", .files = {{"", 3'200'000, false}}, .piece_length = 65'536},
             .pickers = {"rarest-first", "endgame"},
             .memory = ceiling});
        for (int i = 0; i < 3; ++i) bench.call_peer();
        bench.torrent->start();
        REQUIRE(bench.wait_for_end());
        CHECK(bench.buffers.highest_in_use() <= std::max<std::uint64_t>(ceiling, 65'536));
    }
}

TEST_CASE("a download limit is kept", "[torrent]")
{
    TorrentBench bench({.recipe = {.name = "big", .files = {{"", 3'200'000, false}}, .piece_length = 65'536},
                        .down = 200'000});
    bench.call_peer();
    const auto start = bench.world.now();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end());
    const auto taken = bench.world.now() - start;
    CHECK(taken > 15s);
    CHECK(taken < 20s);
}

TEST_CASE("whatever a picker does, the download completes and the culprit is named", "[torrent]")
{
    const auto name = GENERATE(std::string("nonsense"), std::string("throws"), std::string("repeats"),
                               std::string("too_many"), std::string("idle"), std::string("half_hearted"));
    CAPTURE(name);
    TorrentBench bench({.pickers = {name, "endgame"}});
    bench.call_peer();
    bench.call_peer();
    bench.torrent->start();
    REQUIRE(bench.wait_for_end(60s));
    CHECK(bench.count("plugin.replaced") >= 1);
    CHECK(bench.replaced == name);
    CHECK(bench.disk->pieces.all());
}

TEST_CASE("a picker that opens everything and finishes nothing cannot fill the memory for ever", "[torrent]")
{
    TorrentBench bench({.recipe = {.name = "big", .files = {{"", 3'200'000, false}}, .piece_length = 65'536},
                        .pickers = {"half_hearted"},
                        .memory = 200'000});
    bench.call_peer();
    bench.torrent->start();
    CHECK(bench.wait_for_end());
}

TEST_CASE("when nothing moves there is a reason", "[torrent]")
{
    TorrentBench bench;
    bench.torrent->start();
    bench.pass(1s);
    CHECK_THAT(bench.status().swarm.stall, Catch::Contains("nobody to ask"));
    auto& peer = bench.call_peer();
    peer.unchokes = false;
    bench.pass(1s);
    CHECK_THAT(bench.status().swarm.stall, Catch::Contains("choked by all"));
    peer.answer = never;
    peer.say(peer::Unchoke{});
    bench.pass(1s);
    CHECK_THAT(bench.status().swarm.stall, Catch::Contains("waiting for blocks"));
    peer.leave();
    peer.is_deaf = true;
    bench.pass(15s);
    CHECK_THAT(bench.status().swarm.stall, Catch::Contains("no answer from 1 peer so far"));
}
