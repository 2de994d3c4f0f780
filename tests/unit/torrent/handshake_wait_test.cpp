#include "unit/lab/actors.hpp"

#include "torrent/handshake_wait.hpp"

#include <optional>

using namespace shoal;
using namespace shoal::lab_test;
using namespace std::chrono_literals;
using torrent::HandshakeWait;

namespace {

// A link whose other end the test holds, with a wait on it.
struct HandshakeWaitBench {
    explicit HandshakeWaitBench(environment::Duration patience = 10s)
    {
        auto listening = us.transport().listen(us.endpoint(6881), [this, patience](
                                                                      std::unique_ptr<peer::Link> link) {
            wait = std::make_unique<HandshakeWait>(
                us.loop(), std::move(link), patience,
                [this](Result<peer::Handshake> outcome, std::unique_ptr<peer::Link> spoken) {
                    ++ends;
                    result = std::move(outcome);
                    link_after = std::move(spoken);
                });
        });
        REQUIRE(listening);
        listener = std::move(*listening);
        them.transport().connect(us.endpoint(6881), 10s, [this](auto made) { other.take(std::move(*made)); });
        REQUIRE(world.run_until([this] { return wait && other.link; }, world.now() + 10s));
    }

    World world;
    Node& us = world.add_node();
    Node& them = world.add_node();
    LinkUser other{world};
    std::unique_ptr<environment::Listener> listener;
    std::unique_ptr<HandshakeWait> wait;
    std::unique_ptr<peer::Link> link_after;
    std::optional<Result<peer::Handshake>> result;
    int ends = 0;
};

}  // namespace

TEST_CASE("a wait ends with the handshake and the link", "[torrent]")
{
    HandshakeWaitBench bench;
    peer::Handshake theirs;
    theirs.peer_id.bytes.fill(std::byte{7});
    bench.other.link->send(theirs);
    bench.world.run_for(1s);
    REQUIRE(bench.result);
    REQUIRE(*bench.result);
    CHECK((*bench.result)->peer_id == theirs.peer_id);
    CHECK(bench.link_after);
    bench.world.run_for(60s);
    CHECK(bench.ends == 1);
}

TEST_CASE("P9 a peer that says nothing is waited for as long as the patience lasts", "[torrent]")
{
    HandshakeWaitBench bench(10s);
    bench.world.run_for(9s);
    CHECK_FALSE(bench.result);
    bench.world.run_for(2s);
    REQUIRE(bench.result);
    CHECK(bench.result->error().code == Errc::timed_out);
    bench.other.link.reset();
    bench.world.run_for(60s);
    CHECK(bench.ends == 1);
}

TEST_CASE("a peer that hangs up before its handshake ends the wait", "[torrent]")
{
    HandshakeWaitBench bench;
    bench.other.link.reset();
    bench.world.run_for(1s);
    REQUIRE(bench.result);
    CHECK_FALSE(*bench.result);
    bench.world.run_for(60s);
    CHECK(bench.ends == 1);
}

TEST_CASE("messages before the handshake change nothing", "[torrent]")
{
    HandshakeWaitBench bench;
    bench.other.link->send(peer::Message{peer::Unchoke{}});
    bench.other.link->send(synthetic_block(0));
    bench.world.run_for(5s);
    CHECK_FALSE(bench.result);
    bench.world.run_for(10s);
    CHECK(bench.result->error().code == Errc::timed_out);
}

TEST_CASE("a wait that is destroyed closes its link and tells nobody", "[torrent]")
{
    HandshakeWaitBench bench;
    bench.wait.reset();
    bench.world.run_for(60s);
    CHECK(bench.ends == 0);
    CHECK_FALSE(bench.other.notes.empty());
}
