#include "conversation.hpp"

// What peers have sent that broke other clients. The names begin with the number of the line in the
// catalogue.
using namespace shoal;
using namespace shoal::peer;
using namespace shoal::peer::testing;

namespace {

// The session must close with a text that contains `why`.
void refuses(const Conversation::Setup& setup, const std::vector<Message>& messages, const std::string& why)
{
    Conversation talk(setup);
    for (const auto& message : messages) {
        REQUIRE_FALSE(talk.is_closed());
        talk.hear(message);
    }
    REQUIRE(talk.is_closed());
    CHECK(talk.actions.closed->code == Errc::protocol_error);
    CHECK_THAT(talk.why_closed(), Catch::Contains(why));
}

PieceBits bits(std::string_view octets)
{
    return {as_bytes(octets)};
}

constexpr std::string_view two("\x00\x00", 2);
constexpr std::string_view one("\x00", 1);
constexpr std::string_view three("\x00\x00\x00", 3);
constexpr std::string_view spare("\x00\x20", 2);

}  // namespace

TEST_CASE("P2 a bitfield that is too short, too long, empty or has spare bits set ends the connection",
          "[peer]")
{
    refuses(plain_peer(), {bits(one)}, "bitfield");
    refuses(plain_peer(), {bits(three)}, "bitfield");
    refuses(plain_peer(), {PieceBits{}}, "bitfield");
    refuses(plain_peer(), {bits(spare)}, "bitfield");
    refuses(fast_peer(), {bits(spare)}, "bitfield");
}

TEST_CASE("P2 a later bitfield that is too short, too long or has spare bits set ends the connection as well",
          "[peer]")
{
    refuses(plain_peer(), {bits(two), bits(one)}, "bitfield");
    refuses(plain_peer(), {Have{1}, bits(three)}, "bitfield");
    refuses(fast_peer(), {HaveAll{}, bits(spare)}, "bitfield");
}

TEST_CASE("P2 a flood of bitfields ends the connection", "[peer]")
{
    Conversation talk(plain_peer());
    int count = 0;
    while (!talk.is_closed() && count < 10'000) {
        talk.hear(bits(two));
        ++count;
    }
    CHECK(count < 1'000);
    CHECK_THAT(talk.why_closed(), Catch::Contains("flood"));
}

TEST_CASE("P2 have all and have none are said once and first, or end the connection", "[peer]")
{
    refuses(fast_peer(), {HaveAll{}, HaveNone{}}, "already told");
    refuses(fast_peer(), {HaveNone{}, HaveAll{}}, "already told");
    refuses(fast_peer(), {bits(two), HaveAll{}}, "already told");
    refuses(fast_peer(), {Have{1}, HaveAll{}}, "already told");
}

TEST_CASE("P2 a have of a piece that does not exist ends the connection", "[peer]")
{
    refuses(plain_peer(), {Have{10}}, "have");
    refuses(plain_peer(), {Have{UINT32_MAX}}, "have");
}

TEST_CASE("P3 a request outside the torrent or of a wrong length ends the connection", "[peer]")
{
    const auto all = plain_peer(every_piece());
    refuses(all, {Request{10, 0, 16384}}, "cannot be served");
    refuses(all, {Request{UINT32_MAX, 0, 16384}}, "cannot be served");
    refuses(all, {Request{0, 0, 0}}, "cannot be served");
    refuses(all, {Request{0, 0, 128 * 1024 + 1}}, "cannot be served");
    refuses(all, {Request{0, 65536 - 16384 + 1, 16384}}, "cannot be served");
    refuses(all, {Request{0, UINT32_MAX - 100, 200}}, "cannot be served");
    refuses(all, {Request{0, 65536, 1}}, "cannot be served");
    refuses(all, {Request{9, 16384, 101}}, "cannot be served");
    // Whatever else is the matter: choked or not, piece here or not.
    refuses(fast_peer(), {Request{0, 65536, 1}}, "cannot be served");
}

TEST_CASE("P4 a peer that asks without reading fills its queue and no more", "[peer]")
{
    auto setup = fast_peer(every_piece());
    setup.settings.most_served = 50;
    Conversation talk(setup);
    talk.session->set_choking(false);
    std::size_t rejected = 0;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        const auto lines = talk.hear(Request{i % 9, i, 1 + i % 500});  // each another one
        if (!lines.empty() && lines.back().starts_with("reject")) ++rejected;
    }
    CHECK(talk.session->requests_waiting() == 50);
    CHECK(rejected > 9'000);
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("P4 a peer without fast that asks too much is left waiting", "[peer]")
{
    auto setup = plain_peer(every_piece());
    setup.settings.most_served = 50;
    Conversation talk(setup);
    talk.session->set_choking(false);
    for (std::uint32_t i = 0; i < 1'000; ++i) talk.hear(Request{0, i, 1});
    CHECK(talk.session->requests_waiting() == 50);
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("P5 a block that nobody asked for is counted as waste, a flood of them ends the connection",
          "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    CHECK(talk.give(talk.at(0, 0)) == Arrival::Kind::stray);
    CHECK(talk.session->wasted_octets() == 16384);
    CHECK_FALSE(talk.is_closed());
    for (int i = 0; i < 100 && !talk.is_closed(); ++i) talk.give(talk.at(0, 0));
    CHECK(talk.is_closed());
    CHECK_THAT(talk.why_closed(), Catch::Contains("nobody asked for"));
}

TEST_CASE("P5 a block of whom was never asked for one, and who chokes us, is stray, and many of them end the connection",
          "[peer]")
{
    Conversation talk(fast_peer());
    talk.hear(HaveAll{});
    REQUIRE(talk.session->is_choking_us());
    for (std::uint32_t i = 0; i < 64; ++i) CHECK(talk.give(talk.at(i / 4 % 9, i % 4)) == Arrival::Kind::stray);
    CHECK_FALSE(talk.is_closed());
    CHECK(talk.session->wasted_octets() == 64 * 16384);
    talk.give(talk.at(0, 0));
    CHECK_THAT(talk.why_closed(), Catch::Contains("nobody asked for"));
}

TEST_CASE("P5 a piece message that is no block of the torrent is invalid", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    talk.ask(talk.at(0, 0));
    const auto kind = [&](std::uint32_t piece, std::uint32_t begin, std::uint32_t length) {
        return talk.session->classify({piece, begin, length}).kind;
    };
    CHECK(kind(10, 0, 16384) == Arrival::Kind::invalid);
    CHECK(kind(0, 1, 16384) == Arrival::Kind::invalid);
    CHECK(kind(0, 0, 16383) == Arrival::Kind::invalid);
    CHECK(kind(0, 65536, 16384) == Arrival::Kind::invalid);
    CHECK(kind(9, 16384, 16384) == Arrival::Kind::invalid);
    CHECK(kind(0, UINT32_MAX - 16383, 16384) == Arrival::Kind::invalid);
    CHECK(kind(0, 1, 0) == Arrival::Kind::invalid);
    CHECK(kind(0, 0, 16384) == Arrival::Kind::expected);
}

TEST_CASE("P5 a block that comes after a choke is late, and no harm", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    talk.ask(talk.at(0, 0));
    talk.hear(Choke{});
    CHECK(talk.give(talk.at(0, 0)) == Arrival::Kind::late);
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("P5 however many blocks are late, the peer did nothing wrong", "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    for (std::uint32_t piece = 0; piece < 9; ++piece) {
        for (std::uint32_t n = 0; n < 4; ++n) talk.ask(talk.at(piece, n));
    }
    for (int round = 0; round < 10; ++round) {
        talk.hear(Choke{});
        for (std::uint32_t piece = 0; piece < 9; ++piece) {
            for (std::uint32_t n = 0; n < 4; ++n) CHECK(talk.give(talk.at(piece, n)) == Arrival::Kind::late);
        }
        talk.hear(Unchoke{});
        for (std::uint32_t piece = 0; piece < 9; ++piece) {
            for (std::uint32_t n = 0; n < 4; ++n) talk.ask(talk.at(piece, n));
        }
    }
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("P5 an empty block for a request that was never made is harmless, a flood of them ends the connection",
          "[peer]")
{
    Conversation talk(plain_peer());
    talk.open_up();
    for (int i = 0; i < 64; ++i) CHECK(talk.give(BlockHead{0, 0, 0}) == Arrival::Kind::late);
    CHECK(talk.take().empty());
    CHECK_FALSE(talk.is_closed());
    talk.give(BlockHead{0, 0, 0});
    CHECK_THAT(talk.why_closed(), Catch::Contains("nobody asked for"));
}

TEST_CASE("P6 a cancel of a request that was never made is not answered", "[peer]")
{
    Conversation talk(fast_peer({1}));
    talk.session->set_choking(false);
    talk.take();
    CHECK(talk.hear(Cancel{{1, 0, 16384}}) == Lines{"withdraw 1/0+16384"});
    CHECK(talk.hear(Cancel{{UINT32_MAX, UINT32_MAX, UINT32_MAX}}).size() == 1);
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("P6 rejects of requests that were never made end the connection when there are many", "[peer]")
{
    Conversation talk(fast_peer());
    talk.open_up();
    CHECK(talk.hear(Reject{{1, 0, 16384}}).empty());
    CHECK_FALSE(talk.is_closed());
    for (int i = 0; i < 100 && !talk.is_closed(); ++i) talk.hear(Reject{{1, 0, 16384}});
    CHECK_THAT(talk.why_closed(), Catch::Contains("never made"));
    refuses(fast_peer(), {Reject{{1, 1, 16384}}}, "reject");
    refuses(fast_peer(), {Reject{{10, 0, 16384}}}, "reject");
    refuses(fast_peer(), {Reject{{1, 0, 100}}}, "reject");
}

TEST_CASE("P7 floods of suggestions and allowed-fast pieces are kept to a few", "[peer]")
{
    const auto geometry = *Geometry::make(std::uint64_t{16384} * 100'000, 16384, {});
    Bitfield ours(geometry.piece_count());
    Actions actions;
    PeerSession session(geometry, ours, {}, actions);
    session.start({.theirs = {.fast = true}}, Time{1s});
    for (std::uint32_t piece = 0; piece < geometry.piece_count(); ++piece) {
        session.on_message(Suggest{piece}, Time{1s});
        session.on_message(AllowedFast{piece}, Time{1s});
    }
    CHECK(session.allowed_fast().size() == 64);
    CHECK_FALSE(actions.closed);
    refuses(fast_peer(), {Suggest{10}}, "suggest");
    refuses(fast_peer(), {AllowedFast{10}}, "allowed fast");
}

TEST_CASE("P8 messages of an extension that was not agreed on end the connection", "[peer]")
{
    refuses(plain_peer(), {HaveAll{}}, "without the fast extension");
    refuses(plain_peer(), {HaveNone{}}, "without the fast extension");
    refuses(plain_peer(), {Suggest{1}}, "without the fast extension");
    refuses(plain_peer(), {AllowedFast{1}}, "without the fast extension");
    refuses(plain_peer(), {Reject{{1, 0, 16384}}}, "without the fast extension");
    refuses(fast_peer(), {Extended{0, as_bytes(std::string_view("de"))}}, "without the extension protocol");
    refuses(fast_peer(), {Extended{7, {}}}, "without the extension protocol");
}

TEST_CASE("P10 a flood of state changes or keep-alives ends the connection", "[peer]")
{
    const auto flood = [](const std::vector<Message>& messages) {
        Conversation talk(plain_peer());
        int count = 0;
        while (!talk.is_closed() && count < 10'000)
            talk.hear(messages[static_cast<std::size_t>(count++) % messages.size()]);
        CHECK(count < 1'000);
        CHECK_THAT(talk.why_closed(), Catch::Contains("flood"));
    };
    flood({Choke{}, Unchoke{}});
    flood({Interested{}, NotInterested{}});
    flood({KeepAlive{}});
    flood({Unknown{200, 0}});
    flood({Unchoke{}});
}

TEST_CASE("P10 changing one's mind every second is no flood", "[peer]")
{
    Conversation talk(plain_peer());
    for (int i = 0; i < 10'000; ++i) {
        talk.hear(Unchoke{});
        talk.hear(Choke{});
        talk.hear(KeepAlive{});
        talk.now += 1s;
    }
    CHECK_FALSE(talk.is_closed());
}

TEST_CASE("P15 a reqq of 0 or -1 counts as not given", "[peer]")
{
    for (const std::string reqq : {"0", "-1", "-9223372036854775808"}) {
        Conversation talk(Conversation::Setup{.theirs = {.extended = true}});
        const auto window = talk.session->window();
        const std::string payload = "d4:reqqi" + reqq + "ee";
        talk.hear(Extended{0, as_bytes(payload)});
        CHECK_FALSE(talk.is_closed());
        CHECK_FALSE(talk.session->extended_handshake().request_limit);
        CHECK(talk.session->window() == window);
    }
}

TEST_CASE("P15 a reqq of 2^31 is no more than we ask of anybody", "[peer]")
{
    Conversation::Setup setup{.theirs = {.extended = true}};
    setup.settings.most_requested = 8;
    Conversation talk(setup);
    talk.hear(Extended{0, as_bytes(std::string_view("d4:reqqi2147483648ee"))});
    CHECK_FALSE(talk.is_closed());
    talk.open_up();
    for (int round = 0; round < 50; ++round) {
        for (std::uint32_t i = 0; i < 36; ++i) talk.ask(talk.at(i / 4, i % 4));
        talk.now += 20ms;
        for (std::uint32_t i = 0; i < 36; ++i) {
            talk.now += 10us;
            talk.give(talk.at(i / 4, i % 4));
            REQUIRE(talk.session->window() <= 8);
        }
    }
    CHECK(talk.session->window() == 8);
}

TEST_CASE("P15 a reqq of 1 is kept to", "[peer]")
{
    Conversation talk(Conversation::Setup{.theirs = {.extended = true}});
    talk.hear(Extended{0, as_bytes(std::string_view("d4:reqqi1ee"))});
    CHECK(talk.session->window() == 1);
    talk.open_up();
    for (std::uint32_t i = 0; i < 40; ++i) {
        talk.now += 10ms;
        const auto block = talk.at(i / 4 % 9, i % 4);
        talk.ask(block);
        talk.now += 10ms;
        talk.give(block);
        CHECK(talk.session->window() == 1);
    }
}

TEST_CASE("P15 an extended handshake that is no dictionary ends the connection", "[peer]")
{
    const Conversation::Setup extended{.theirs = {.extended = true}};
    refuses(extended, {Extended{0, {}}}, "extension handshake");
    refuses(extended, {Extended{0, as_bytes(std::string_view("le"))}}, "extension handshake");
    refuses(extended, {Extended{0, as_bytes(std::string_view("d1:v"))}}, "extension handshake");
}
