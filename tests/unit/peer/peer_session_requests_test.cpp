#include "conversation.hpp"

using namespace shoal;
using namespace shoal::peer;
using namespace shoal::peer::testing;

// ---- what we ask of them ----------------------------------------------------------------------------------

TEST_CASE("a request goes out and its block is expected once", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    CHECK(talk.ask(talk.at(9, 1)) == Lines{"request 9/16384+100"});
    CHECK(talk.session->outstanding().size() == 1);
    CHECK(talk.give(talk.at(9, 1)) == Arrival::Kind::expected);
    CHECK(talk.session->outstanding().empty());
    CHECK(talk.session->classify(talk.head(talk.at(9, 1))).kind == Arrival::Kind::stray);
}

TEST_CASE("blocks may come in any order", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    for (const auto n : {0u, 1u, 2u, 3u}) talk.ask(talk.at(5, n));
    for (const auto n : {2u, 0u, 3u, 1u}) CHECK(talk.give(talk.at(5, n)) == Arrival::Kind::expected);
    CHECK(talk.session->outstanding().empty());
    CHECK(talk.session->wasted_octets() == 0);
}

TEST_CASE("P5 a cancelled request may still be answered: the block is late, not stray", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    talk.ask(talk.at(2, 0));
    talk.session->cancel(talk.at(2, 0));
    CHECK(talk.take() == Lines{"cancel 2/0+16384"});
    CHECK(talk.session->outstanding().empty());
    CHECK(talk.give(talk.at(2, 0)) == Arrival::Kind::late);
    CHECK(talk.session->wasted_octets() == 16384);
    CHECK(talk.session->classify(talk.head(talk.at(2, 0))).kind == Arrival::Kind::stray);
}

TEST_CASE("cancelling what was never asked says nothing", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    talk.session->cancel(talk.at(2, 0));
    CHECK(talk.take().empty());
}

TEST_CASE("the reject that answers a cancel is no news", "[peer]")
{
    Conversation talk(fast_peer());
    talk.open_up();
    talk.ask(talk.at(2, 0));
    talk.session->cancel(talk.at(2, 0));
    talk.take();
    CHECK(talk.hear(Reject{talk.wire(talk.at(2, 0))}).empty());
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("cancelling all cancels each", "[peer]")
{
    Conversation talk(fast_peer());
    talk.open_up();
    for (const auto n : {0u, 1u, 2u}) talk.ask(talk.at(1, n));
    talk.session->cancel_all();
    CHECK(talk.take().size() == 3);
    CHECK(talk.session->outstanding().empty());
    for (const auto n : {0u, 1u, 2u}) CHECK(talk.give(talk.at(1, n)) == Arrival::Kind::late);
}

TEST_CASE("a reject returns the request", "[peer]")
{
    Conversation talk(fast_peer());
    talk.open_up();
    talk.ask(talk.at(3, 3));
    CHECK(talk.hear(Reject{talk.wire(talk.at(3, 3))}) == Lines{"returned 3.3"});
    CHECK(talk.session->outstanding().empty());
}

TEST_CASE("an empty block declines the request", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    talk.ask(talk.at(3, 3));
    CHECK(talk.give(BlockHead{3, 3 * Conversation::block, 0}) == Arrival::Kind::refusal);
    CHECK(talk.take() == Lines{"returned 3.3"});
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("a peer that declines all it could give is not asked as fast as it declines", "[peer]")
{
    Conversation talk(fast_peer());
    talk.open_up();
    std::size_t asked = 0;
    while (talk.session->window() > 0 && asked < 1000) {
        talk.ask(talk.at(0, 0));
        ++asked;
        talk.hear(Reject{talk.wire(talk.at(0, 0))});
    }
    CHECK(asked < 100);
    CHECK(talk.session->window() == 0);
    talk.pass(1s);
    CHECK(talk.session->window() > 0);
}

TEST_CASE("one block makes up for earlier refusals", "[peer]")
{
    Conversation talk(fast_peer());
    talk.open_up();
    for (int i = 0; i < 15; ++i) {
        talk.ask(talk.at(0, 0));
        talk.hear(Reject{talk.wire(talk.at(0, 0))});
    }
    talk.ask(talk.at(0, 1));
    talk.give(talk.at(0, 1));
    talk.ask(talk.at(0, 0));
    talk.hear(Reject{talk.wire(talk.at(0, 0))});
    CHECK(talk.session->window() > 0);
}

TEST_CASE("an allowed-fast piece may be asked for while choked", "[peer]")
{
    Conversation talk(fast_peer());
    talk.hear(HaveAll{});
    CHECK(talk.hear(AllowedFast{4}).empty());
    REQUIRE(talk.session->allowed_fast().size() == 1);
    CHECK(talk.session->allowed_fast().begin()->value() == 4);
    CHECK(talk.ask(talk.at(4, 0)) == Lines{"request 4/0+16384"});
    CHECK(talk.give(talk.at(4, 0)) == Arrival::Kind::expected);
}

TEST_CASE("an allowed-fast piece that is declined while choked is not allowed any more", "[peer]")
{
    Conversation talk(fast_peer());
    talk.hear(HaveAll{});
    talk.hear(AllowedFast{4});
    talk.hear(AllowedFast{5});
    talk.ask(talk.at(4, 0));
    CHECK(talk.hear(Reject{talk.wire(talk.at(4, 0))}) == Lines{"returned 4.0"});
    REQUIRE(talk.session->allowed_fast().size() == 1);
    CHECK(talk.session->allowed_fast().begin()->value() == 5);
}

// ---- what they ask of us ----------------------------------------------------------------------------------

TEST_CASE("an unchoked peer's requests are served in their order, each once", "[peer]")
{
    Conversation talk(plain_peer({1, 2}));
    talk.session->set_choking(false);
    talk.take();
    CHECK(talk.hear(Request{1, 0, 16384}) == Lines{"requests waiting"});
    CHECK(talk.hear(Request{2, 16384, 16384}) == Lines{"requests waiting"});
    CHECK(talk.hear(Request{1, 0, 16384}).empty());
    CHECK(talk.session->requests_waiting() == 2);
    CHECK(talk.session->next_to_serve() == Request{1, 0, 16384});
    CHECK(talk.session->next_to_serve() == Request{2, 16384, 16384});
    CHECK_FALSE(talk.session->next_to_serve());
}

TEST_CASE("a range of any offset and up to 128 KiB within a piece may be asked for", "[peer]")
{
    Conversation talk(plain_peer({1, 9}));
    talk.session->set_choking(false);
    talk.take();
    CHECK(talk.hear(Request{1, 1, 1}) == Lines{"requests waiting"});
    CHECK(talk.hear(Request{1, 0, 65536}) == Lines{"requests waiting"});
    CHECK(talk.hear(Request{9, 16384, 100}) == Lines{"requests waiting"});
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("a choked peer's request is rejected if it can hear that, and ignored otherwise", "[peer]")
{
    Conversation fast(fast_peer({1}));
    fast.take();
    CHECK(fast.hear(Request{1, 0, 16384}) == Lines{"reject request 1/0+16384"});
    Conversation plain(plain_peer({1}));
    plain.take();
    CHECK(plain.hear(Request{1, 0, 16384}).empty());
    CHECK(plain.session->requests_waiting() == 0);
    CHECK_FALSE(plain.is_closed());
}

TEST_CASE("a request for a piece that is not here is declined, not punished", "[peer]")
{
    Conversation talk(fast_peer({1}));
    talk.session->set_choking(false);
    talk.take();
    CHECK(talk.hear(Request{2, 0, 16384}) == Lines{"reject request 2/0+16384"});
    CHECK_FALSE(talk.is_closed());
    // The pieces are looked at as they grow.
    talk.ours.set(2);
    CHECK(talk.hear(Request{2, 0, 16384}) == Lines{"requests waiting"});
}

TEST_CASE("choking a fast peer rejects what it waits for", "[peer]")
{
    Conversation talk(fast_peer({1}));
    talk.session->set_choking(false);
    talk.hear(Request{1, 0, 16384});
    talk.hear(Request{1, 16384, 16384});
    talk.session->set_choking(true);
    CHECK(talk.take() == Lines{"choke", "reject request 1/0+16384", "reject request 1/16384+16384"});
    CHECK(talk.session->requests_waiting() == 0);
}

TEST_CASE("choking a plain peer drops what it waits for", "[peer]")
{
    Conversation talk(plain_peer({1}));
    talk.session->set_choking(false);
    talk.hear(Request{1, 0, 16384});
    talk.session->set_choking(true);
    CHECK(talk.take() == Lines{"choke"});
    CHECK(talk.session->requests_waiting() == 0);
}

TEST_CASE("allowed-fast pieces are served to a choked peer, and stay queued when it is choked", "[peer]")
{
    Conversation talk(fast_peer({1, 2}));
    talk.take();
    const std::vector allowed{*talk.geometry.piece(1)};
    talk.session->allow_fast(allowed);
    talk.session->allow_fast(allowed);
    CHECK(talk.take() == Lines{"allowed fast 1"});
    CHECK(talk.hear(Request{1, 0, 16384}) == Lines{"requests waiting"});
    CHECK(talk.hear(Request{2, 0, 16384}) == Lines{"reject request 2/0+16384"});
    talk.session->set_choking(false);
    talk.hear(Request{2, 0, 16384});
    talk.take();
    talk.session->set_choking(true);
    CHECK(talk.take() == Lines{"choke", "reject request 2/0+16384"});
    CHECK(talk.session->next_to_serve() == Request{1, 0, 16384});
}

TEST_CASE("a plain peer is allowed nothing while choked", "[peer]")
{
    Conversation talk(plain_peer({1}));
    talk.take();
    talk.session->allow_fast(std::vector{*talk.geometry.piece(1)});
    CHECK(talk.take().empty());
}

TEST_CASE("a cancel takes back what waits, wherever it waits", "[peer]")
{
    Conversation talk(fast_peer({1}));
    talk.session->set_choking(false);
    talk.hear(Request{1, 0, 16384});
    CHECK(talk.hear(Cancel{{1, 0, 16384}}) == Lines{"reject request 1/0+16384"});
    CHECK(talk.session->requests_waiting() == 0);

    talk.hear(Request{1, 0, 16384});
    REQUIRE(talk.session->next_to_serve());
    talk.actions.can_withdraw = true;
    CHECK(talk.hear(Cancel{{1, 0, 16384}}) == Lines{"withdraw 1/0+16384", "reject request 1/0+16384"});
    talk.actions.can_withdraw = false;
    CHECK(talk.hear(Cancel{{1, 0, 16384}}) == Lines{"withdraw 1/0+16384"});
}

TEST_CASE("a plain peer's cancel is not answered", "[peer]")
{
    Conversation talk(plain_peer({1}));
    talk.session->set_choking(false);
    talk.hear(Request{1, 0, 16384});
    CHECK(talk.hear(Cancel{{1, 0, 16384}}).empty());
    CHECK(talk.session->requests_waiting() == 0);
}

TEST_CASE("a request that cannot be served after all is rejected to a fast peer only", "[peer]")
{
    Conversation fast(fast_peer());
    fast.take();
    fast.session->reject({1, 0, 16384});
    CHECK(fast.take() == Lines{"reject request 1/0+16384"});
    Conversation plain(plain_peer());
    plain.session->reject({1, 0, 16384});
    CHECK(plain.take().empty());
}

TEST_CASE("a verified piece is announced", "[peer]")
{
    Conversation talk(plain_peer());
    talk.session->announce(*talk.geometry.piece(7));
    CHECK(talk.take() == Lines{"have 7"});
}
