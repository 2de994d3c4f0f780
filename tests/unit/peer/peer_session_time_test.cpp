#include "conversation.hpp"

using namespace shoal;
using namespace shoal::peer;
using namespace shoal::peer::testing;

TEST_CASE("a session that has nothing to say keeps the connection alive", "[peer]")
{
    Conversation talk(plain_peer());
    CHECK(talk.pass(100s).empty());
    CHECK(talk.pass(1s) == Lines{"keep-alive"});
    talk.hear(KeepAlive{});
    CHECK(talk.pass(101s) == Lines{"keep-alive"});
}

TEST_CASE("what is said anyway delays the keep-alive", "[peer]")
{
    Conversation talk(plain_peer());
    talk.pass(90s);
    talk.session->set_interested(true);
    talk.hear(KeepAlive{});
    CHECK(talk.pass(100s).empty());
    talk.session->on_block_sent(talk.now);
    talk.hear(KeepAlive{});
    CHECK(talk.pass(100s).empty());
    CHECK(talk.pass(1s) == Lines{"keep-alive"});
}

TEST_CASE("a peer that is silent for three minutes is left", "[peer]")
{
    Conversation talk(plain_peer());
    talk.pass(180s);
    CHECK_FALSE(talk.is_closed());
    talk.pass(1s);
    REQUIRE(talk.is_closed());
    CHECK(talk.actions.closed->code == Errc::timed_out);
}

TEST_CASE("any word of the peer counts as life", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    talk.pass(170s);
    talk.hear(KeepAlive{});
    talk.pass(170s);
    talk.give(talk.at(0, 0));
    talk.pass(170s);
    talk.session->on_block_progress(talk.now);
    talk.pass(170s);
    CHECK_FALSE(talk.is_closed());
    talk.pass(20s);
    CHECK(talk.is_closed());
}

TEST_CASE("a request that is not answered for a minute is cancelled and returned", "[peer]")
{
    Conversation talk(fast_peer());
    talk.open_up();
    talk.ask(talk.at(0, 0));
    talk.pass(30s);
    talk.ask(talk.at(0, 1));
    CHECK(talk.pass(30s).empty());
    CHECK(talk.pass(1s) == Lines{"cancel 0/0+16384", "returned 0.0"});
    CHECK(talk.session->outstanding().size() == 1);
    CHECK(talk.pass(30s) == Lines{"cancel 0/16384+16384", "returned 0.1"});
    // What comes all the same is late.
    CHECK(talk.give(talk.at(0, 0)) == Arrival::Kind::late);
}

TEST_CASE("a peer that owes blocks for a minute is snubbed, and asked for one at a time", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    talk.ask(talk.at(0, 0));
    talk.pass(60s);
    CHECK_FALSE(talk.session->is_snubbed());
    CHECK(talk.session->window() > 1);
    talk.pass(1s);
    CHECK(talk.session->is_snubbed());
    CHECK(talk.session->window() == 1);
}

TEST_CASE("a block ends the snub", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    talk.ask(talk.at(0, 0));
    talk.pass(61s);
    REQUIRE(talk.session->is_snubbed());
    talk.ask(talk.at(0, 1));
    talk.pass(20s);
    CHECK(talk.session->is_snubbed());
    talk.give(talk.at(0, 1));
    CHECK_FALSE(talk.session->is_snubbed());
    CHECK(talk.session->window() > 1);
}

TEST_CASE("a new unchoke ends the snub", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    talk.ask(talk.at(0, 0));
    talk.pass(61s);
    talk.hear(Choke{});
    CHECK(talk.session->is_snubbed());
    talk.hear(Unchoke{});
    CHECK_FALSE(talk.session->is_snubbed());
}

TEST_CASE("a peer that gives a block every 50 s is slow, not snubbed", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    for (std::uint32_t n = 0; n < 4; ++n) {
        talk.ask(talk.at(0, n));
        talk.pass(50s);
        CHECK_FALSE(talk.session->is_snubbed());
        CHECK(talk.give(talk.at(0, n)) == Arrival::Kind::expected);
    }
}

TEST_CASE("a peer of whom nothing is asked cannot be snubbed", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    talk.pass(170s);
    CHECK_FALSE(talk.session->is_snubbed());
    // The minute begins with the first request.
    talk.ask(talk.at(0, 0));
    talk.hear(KeepAlive{});
    talk.pass(60s);
    CHECK_FALSE(talk.session->is_snubbed());
}

TEST_CASE("a stall makes the window small again", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    const auto at_first = talk.session->window();
    for (int round = 0; round < 50; ++round) {
        for (std::uint32_t i = 0; i < 36; ++i) talk.ask(talk.at(i / 4, i % 4));
        talk.now += 20ms;
        for (std::uint32_t i = 0; i < 36; ++i) {
            talk.now += 10us;
            talk.give(talk.at(i / 4, i % 4));
        }
    }
    CHECK(talk.session->window() > at_first);
    talk.hear(Choke{});
    talk.hear(Unchoke{});
    CHECK(talk.session->window() == at_first);
}
