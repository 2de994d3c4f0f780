#include "conversation.hpp"

using namespace shoal;
using namespace shoal::peer;
using namespace shoal::peer::testing;

// ---- how it begins ----------------------------------------------------------------------------------------

TEST_CASE("a session without pieces says nothing to a plain peer", "[peer]")
{
    Conversation talk(plain_peer());
    CHECK(talk.take().empty());
}

TEST_CASE("a session shows its pieces to a plain peer as a bitfield", "[peer]")
{
    Conversation some(plain_peer({0, 9}));
    CHECK(some.take() == Lines{"bitfield 8040"});
    Conversation all(plain_peer(every_piece()));
    CHECK(all.take() == Lines{"bitfield ffc0"});
}

TEST_CASE("a session tells a fast peer all or nothing in one message", "[peer]")
{
    Conversation none(fast_peer());
    CHECK(none.take() == Lines{"have none"});
    Conversation some(fast_peer({1}));
    CHECK(some.take() == Lines{"bitfield 4000"});
    Conversation all(fast_peer(every_piece()));
    CHECK(all.take() == Lines{"have all"});
}

TEST_CASE("a session introduces itself to an extended peer, and to no other", "[peer]")
{
    Conversation talk({.theirs = {.extended = true},
                       .our_pieces = {},
                       .settings = {.most_served = 77},
                       .listen_port = 6881});
    CHECK(talk.take() == Lines{"extended handshake"});
    const auto& ours = talk.actions.handshakes.at(0);
    CHECK(ours.client == PeerSettings{}.client_name);
    CHECK(ours.listen_port == 6881);
    CHECK(ours.request_limit == 77);
    CHECK_FALSE(ours.upload_only);
    CHECK(ours.extensions.empty());

    Conversation quiet(fast_peer());
    CHECK(quiet.actions.handshakes.empty());
}

TEST_CASE("a complete session says that it will not ask for anything", "[peer]")
{
    Conversation talk({.our_pieces = every_piece()});
    CHECK(talk.take() == Lines{"have all", "extended handshake"});
    CHECK(talk.actions.handshakes.at(0).upload_only == true);
    CHECK_FALSE(talk.actions.handshakes.at(0).listen_port);
}

TEST_CASE("both sides begin choked and not interested", "[peer]")
{
    Conversation talk;
    CHECK(talk.session->is_choking_us());
    CHECK(talk.session->is_choked());
    CHECK_FALSE(talk.session->is_interested());
    CHECK_FALSE(talk.session->are_we_interested());
    CHECK(talk.session->their_pieces().none());
}

// ---- what they have ---------------------------------------------------------------------------------------

TEST_CASE("a bitfield tells all their pieces at once", "[peer]")
{
    Conversation talk(plain_peer());
    CHECK(talk.hear(PieceBits{as_bytes(std::string_view("\x80\x40", 2))}) == Lines{"pieces known"});
    CHECK(talk.session->their_pieces().count() == 2);
    CHECK(talk.session->their_pieces().test(0));
    CHECK(talk.session->their_pieces().test(9));
    CHECK_FALSE(talk.session->is_seed());
}

TEST_CASE("have all makes a seed, have none makes nothing", "[peer]")
{
    Conversation all(fast_peer());
    all.take();
    CHECK(all.hear(HaveAll{}) == Lines{"pieces known"});
    CHECK(all.session->is_seed());
    Conversation none(fast_peer());
    none.take();
    CHECK(none.hear(HaveNone{}).empty());
    CHECK(none.session->their_pieces().none());
    CHECK(none.hear(Have{3}) == Lines{"piece 3 known"});
}

TEST_CASE("a have that is said twice counts once", "[peer]")
{
    Conversation talk(plain_peer());
    CHECK(talk.hear(Have{3}) == Lines{"piece 3 known"});
    CHECK(talk.hear(Have{3}).empty());
    CHECK(talk.session->their_pieces().count() == 1);
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("a later bitfield adds pieces and takes none away", "[peer]")
{
    // aria2 sends one instead of many haves.
    Conversation talk(plain_peer());
    talk.hear(PieceBits{as_bytes(std::string_view("\x80\x40", 2))});
    CHECK(talk.hear(PieceBits{as_bytes(std::string_view("\x60\x00", 2))}) ==
          Lines{"piece 1 known", "piece 2 known"});
    CHECK(talk.session->their_pieces().count() == 4);
    CHECK(talk.hear(PieceBits{as_bytes(std::string_view("\x60\x00", 2))}).empty());
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("a bitfield after a have adds to it", "[peer]")
{
    Conversation talk(plain_peer());
    talk.hear(Have{3});
    CHECK(talk.hear(PieceBits{as_bytes(std::string_view("\x90\x00", 2))}) == Lines{"piece 0 known"});
    CHECK(talk.session->their_pieces().count() == 2);
}

TEST_CASE("other messages may come before the bitfield", "[peer]")
{
    Conversation talk(Conversation::Setup{.theirs = {.extended = true}});
    talk.take();
    talk.hear(Extended{0, as_bytes(std::string_view("de"))});
    talk.hear(Interested{});
    CHECK(talk.hear(PieceBits{as_bytes(std::string_view("\xff\xc0", 2))}) == Lines{"pieces known"});
    CHECK_FALSE(talk.is_closed());
}

// ---- choking and interest ---------------------------------------------------------------------------------

TEST_CASE("our interest is told when it changes, and only then", "[peer]")
{
    Conversation talk(plain_peer());
    talk.session->set_interested(false);
    CHECK(talk.take().empty());
    talk.session->set_interested(true);
    talk.session->set_interested(true);
    CHECK(talk.take() == Lines{"interested"});
    CHECK(talk.session->are_we_interested());
    talk.session->set_interested(false);
    CHECK(talk.take() == Lines{"not interested"});
}

TEST_CASE("their interest is reported when it changes, and only then", "[peer]")
{
    Conversation talk(plain_peer());
    CHECK(talk.hear(NotInterested{}).empty());
    CHECK(talk.hear(Interested{}) == Lines{"interest changed"});
    CHECK(talk.hear(Interested{}).empty());
    CHECK(talk.session->is_interested());
    CHECK(talk.hear(NotInterested{}) == Lines{"interest changed"});
}

TEST_CASE("their choking is reported when it changes, and only then", "[peer]")
{
    Conversation talk(plain_peer());
    CHECK(talk.hear(Choke{}).empty());
    CHECK(talk.hear(Unchoke{}) == Lines{"unchoked"});
    CHECK(talk.hear(Unchoke{}).empty());
    CHECK_FALSE(talk.session->is_choking_us());
    CHECK(talk.hear(Choke{}) == Lines{"choked"});
    CHECK(talk.session->is_choking_us());
}

TEST_CASE("a choke of a plain peer answers every request", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    talk.ask(talk.at(0, 0));
    talk.ask(talk.at(0, 1));
    CHECK(talk.hear(Choke{}) == Lines{"returned 0.0 0.1", "choked"});
    CHECK(talk.session->outstanding().empty());
}

TEST_CASE("a choke of a fast peer answers no request: each waits for its reject", "[peer]")
{
    Conversation talk(fast_peer());
    talk.open_up();
    talk.ask(talk.at(0, 0));
    talk.ask(talk.at(0, 1));
    CHECK(talk.hear(Choke{}) == Lines{"choked"});
    CHECK(talk.session->outstanding().size() == 2);
    CHECK(talk.hear(Reject{talk.wire(talk.at(0, 0))}) == Lines{"returned 0.0"});
    // A fast peer may answer what was asked before its choke.
    CHECK(talk.give(talk.at(0, 1)) == Arrival::Kind::expected);
    CHECK(talk.session->outstanding().empty());
    CHECK_FALSE(talk.is_closed());
}

// ---- extensions -------------------------------------------------------------------------------------------

TEST_CASE("an extended message goes to its extension, the handshake to the session", "[peer]")
{
    Conversation talk(Conversation::Setup{.theirs = {.extended = true}});
    talk.take();
    CHECK(talk.hear(Extended{3, as_bytes(std::string_view("ab"))}) == Lines{"extension 3 6162"});
    CHECK(talk.hear(Extended{0, as_bytes(std::string_view("d1:v3:abc11:upload_onlyi1ee"))}) ==
          Lines{"extensions known"});
    CHECK(talk.session->extended_handshake().client == "abc");
    CHECK(talk.session->is_upload_only());
}

TEST_CASE("a later extended handshake changes what it names and leaves the rest", "[peer]")
{
    Conversation talk(Conversation::Setup{.theirs = {.extended = true}});
    talk.hear(Extended{0, as_bytes(std::string_view("d1:pi6881e11:upload_onlyi1ee"))});
    talk.hear(Extended{0, as_bytes(std::string_view("d11:upload_onlyi0ee"))});
    CHECK_FALSE(talk.session->is_upload_only());
    CHECK(talk.session->extended_handshake().listen_port == 6881);
}

TEST_CASE("a port message names the peer's DHT node", "[peer]")
{
    Conversation talk(plain_peer());
    CHECK(talk.hear(Port{6881}) == Lines{"port 6881"});
}

TEST_CASE("a message nobody knows is ignored", "[peer]")
{
    Conversation talk(plain_peer());
    CHECK(talk.hear(Unknown{99, 1000}).empty());
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("a closed session neither listens nor speaks", "[peer]")
{
    Conversation talk(plain_peer({1}));
    talk.hear(Have{1000});
    REQUIRE(talk.is_closed());
    CHECK(talk.hear(Interested{}).empty());
    talk.session->set_choking(false);
    talk.session->set_interested(true);
    talk.session->announce(*talk.geometry.piece(3));
    CHECK(talk.pass(200s).empty());
}

TEST_CASE("a session may be destroyed from inside its last word", "[peer]")
{
    const auto ends_by = [](const Conversation::Setup& setup, const std::function<void(Conversation&)>& act) {
        Conversation talk(setup);
        talk.actions.on_close = [&] { talk.session.reset(); };
        act(talk);
        CHECK(talk.is_closed());
        CHECK_FALSE(talk.session);
    };
    ends_by(plain_peer(), [](auto& talk) { talk.session->on_message(Have{99}, talk.now); });
    ends_by(plain_peer(), [](auto& talk) { talk.session->on_message(HaveAll{}, talk.now); });
    ends_by(fast_peer(), [](auto& talk) { talk.session->on_message(PieceBits{{}}, talk.now); });
    ends_by(plain_peer(), [](auto& talk) {
        while (talk.session)
            talk.session->on_message(PieceBits{as_bytes(std::string_view("\xff\xc0", 2))}, talk.now);
    });
    ends_by(plain_peer(), [](auto& talk) { talk.session->tick(talk.now + 181s); });
    ends_by(plain_peer(), [](auto& talk) {
        while (talk.session) talk.session->on_message(Unchoke{}, talk.now);
    });
    ends_by(plain_peer(), [](auto& talk) {
        while (talk.session) talk.session->on_message(Interested{}, talk.now);
    });
    ends_by(plain_peer(), [](auto& talk) {
        const auto stray = talk.head(talk.at(0, 0));
        while (talk.session)
            talk.session->on_useless_block(talk.session->classify(stray), stray.length, talk.now);
    });
}
