#include "talk.hpp"

namespace shoal::test {

using bep15::AnnounceReply;
using bep15::AnnounceRequest;
using bep15::ConnectReply;
using bep15::ConnectRequest;
using bep15::ErrorReply;
using bep15::ScrapeReply;
using bep15::ScrapeRequest;

TEST_CASE("an announce is a connect, then the announce with the id that came back", "[tracker]")
{
    Talk talk;
    talk.ask(7);
    REQUIRE(talk.sent.size() == 1);
    talk.accept(99);
    REQUIRE(talk.sent.size() == 2);
    const auto request = talk.last<AnnounceRequest>();
    CHECK(request.connection == 99);
    CHECK(request.info_hash == torrent('t'));
    talk.hear(AnnounceReply{.transaction = request.transaction, .interval = 1800});
    REQUIRE(talk.answers.size() == 1);
    CHECK(talk.answers[0].question == 7);
    CHECK(std::get<AnnounceReply>(*talk.answers[0].reply).interval == 1800);
}

TEST_CASE("a hundred questions share one connect", "[tracker]")
{
    Talk talk;
    for (std::uint64_t i = 1; i <= 100; ++i) talk.ask(i);
    CHECK(talk.sent.size() == 1);
    talk.accept();
    CHECK(talk.sent.size() == 101);
    for (std::size_t i = 1; i <= 100; ++i) {
        const auto& request = std::get<AnnounceRequest>(talk.sent[101 - i].second);
        talk.hear(AnnounceReply{.transaction = request.transaction});
    }
    CHECK(talk.answers.size() == 100);
    CHECK(talk.answers[0].question == 100);
}

TEST_CASE("no more than two hundred questions are under way, the rest follow", "[tracker]")
{
    Talk talk;
    for (std::uint64_t i = 1; i <= 1000; ++i) talk.ask(i);
    talk.accept();
    CHECK(talk.sent.size() == 201);
    for (std::size_t i = 1; i < talk.sent.size(); ++i) {
        talk.hear(AnnounceReply{.transaction = std::get<AnnounceRequest>(talk.sent[i].second).transaction});
    }
    CHECK(talk.answers.size() == 1000);
    CHECK(talk.dialogue.has_connection(talk.now));
}

TEST_CASE("T7 a connection id is used for a minute, then there is another connect", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.accept(1);
    talk.pass(seconds{5});
    talk.hear(AnnounceReply{.transaction = talk.last<AnnounceRequest>().transaction});
    talk.pass(seconds{54}); // 59 s after the id came
    talk.ask(2);
    CHECK(talk.last<AnnounceRequest>().connection == 1);
    talk.hear(AnnounceReply{.transaction = talk.last<AnnounceRequest>().transaction});
    CHECK_FALSE(talk.dialogue.is_over(talk.now));
    talk.pass(seconds{1});
    CHECK(talk.dialogue.is_over(talk.now));
    talk.ask(3);
    talk.accept(2);
    CHECK(talk.last<AnnounceRequest>().connection == 2);
    CHECK(talk.story() == "c0 a0 a59 c60 a60");
}

TEST_CASE("T7 what has another transaction id or action than what was asked is ignored", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    const auto connect = talk.last<ConnectRequest>().transaction;
    talk.hear(ConnectReply{connect + 1, 66});
    talk.hear(AnnounceReply{.transaction = connect});
    talk.hear(ScrapeReply{.transaction = connect});
    CHECK(talk.sent.size() == 1);
    talk.accept(5);
    const auto announce = talk.last<AnnounceRequest>().transaction;
    CHECK(announce != connect);
    talk.hear(ConnectReply{connect, 66});
    talk.hear(ConnectReply{announce, 66});
    talk.hear(ScrapeReply{.transaction = announce, .torrents = {{1, 2, 3}}});
    talk.hear(AnnounceReply{.transaction = announce + 1});
    talk.hear(ErrorReply{announce + 1, "no"});
    auto odd = bep15::encode(AnnounceReply{.transaction = announce});
    odd[3] = std::byte{9};
    talk.hear_octets(odd);
    CHECK(talk.answers.empty());
    talk.hear(AnnounceReply{.transaction = announce});
    CHECK(talk.answers.size() == 1);
    talk.hear(AnnounceReply{.transaction = announce}); // once more: a late twin
    CHECK(talk.answers.size() == 1);
}

TEST_CASE("T7 a packet that is too short is an error, one without a transaction id is nothing", "[tracker]")
{
    const auto cut = [](Talk& talk, const Bytes& packet, std::size_t size) {
        talk.hear_octets(ByteView(packet).first(size));
        return talk.answers.empty() ? Errc::ok : talk.answers[0].reply.error().code;
    };
    for (std::size_t size = 0; size < 16; ++size) {
        Talk talk;
        talk.ask(1);
        const auto packet = bep15::encode(ConnectReply{talk.last<ConnectRequest>().transaction, 5});
        CHECK(cut(talk, packet, size) == (size < 8 ? Errc::ok : Errc::protocol_error));
    }
    for (std::size_t size = 0; size < 20; ++size) {
        Talk talk;
        talk.ask(1);
        talk.accept();
        const auto packet = bep15::encode(AnnounceReply{.transaction = talk.last<AnnounceRequest>().transaction});
        CHECK(cut(talk, packet, size)
              == (size < 8 ? Errc::ok : size == 8 ? Errc::refused : Errc::protocol_error));
    }
}

TEST_CASE("an announce reply that ends with its transaction id is a refusal without words", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.accept();
    auto packet = bep15::encode(AnnounceReply{.transaction = talk.last<AnnounceRequest>().transaction});
    packet.resize(8);
    talk.hear_octets(packet);
    CHECK(talk.answers.at(0).reply.error() == make_error(Errc::refused, "refused without a reason"));
}

TEST_CASE("T4 an error of the tracker is a refusal in its words, cut and fit to be shown", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.accept();
    talk.hear(ErrorReply{talk.last<AnnounceRequest>().transaction, "go\x1b[2J away\n"});
    CHECK(talk.answers.at(0).reply.error() == make_error(Errc::refused, "go\\x1b[2J away\\n"));
    talk.ask(2);
    talk.hear(ErrorReply{talk.last<AnnounceRequest>().transaction, std::string(60'000, 'x')});
    // Its id was from before: once more with a fresh one, then it is believed.
    talk.accept();
    talk.hear(ErrorReply{talk.last<AnnounceRequest>().transaction, std::string(60'000, 'x')});
    const auto cut = std::string(1000, 'x').append("…");
    CHECK(talk.answers.at(1).reply.error().text == cut);
    talk.forget(2);
    talk.pass(seconds{61});
    talk.ask(3);
    talk.accept();
    talk.hear(ErrorReply{talk.last<AnnounceRequest>().transaction, ""});
    CHECK(talk.answers.at(2).reply.error().text == "refused without a reason");
}

TEST_CASE("an error in answer to a connect is everybody's who waits for it", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.ask(2);
    talk.hear(ErrorReply{talk.last<ConnectRequest>().transaction, "closed"});
    REQUIRE(talk.answers.size() == 2);
    CHECK(talk.answers[0].reply.error().text == "closed");
    CHECK(talk.answers[1].reply.error().code == Errc::refused);
    CHECK(talk.dialogue.is_over(talk.now));
}

TEST_CASE("a tracker that was restarted and says so is asked once more with a fresh id", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.accept(1);
    talk.hear(AnnounceReply{.transaction = talk.last<AnnounceRequest>().transaction});
    talk.pass(seconds{10});
    talk.ask(2);
    talk.ask(3);
    const auto third = talk.last<AnnounceRequest>().transaction;
    talk.hear(ErrorReply{third, "connection id mismatch"});
    talk.accept(2);
    CHECK(talk.last<AnnounceRequest>().connection == 2);
    CHECK(talk.last<AnnounceRequest>().transaction == third);
    talk.hear(AnnounceReply{.transaction = third});
    REQUIRE(talk.answers.size() == 2);
    CHECK(talk.answers[1].question == 3);
    CHECK(talk.answers[1].reply);
}

TEST_CASE("who is forgotten is not answered, and with the last one the connect ends", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.ask(2);
    talk.forget(1);
    CHECK(talk.dialogue.next_due());
    talk.forget(2);
    talk.forget(2);
    CHECK_FALSE(talk.dialogue.next_due());
    CHECK(talk.dialogue.is_over(talk.now));
    talk.accept();
    CHECK(talk.answers.empty());
    CHECK(talk.sent.size() == 1);
}

TEST_CASE("a scrape is asked and answered like an announce", "[tracker]")
{
    Talk talk;
    talk.ask(1, ScrapeRequest{.info_hashes = {torrent('a'), torrent('b')}});
    talk.accept(3);
    const auto request = talk.last<ScrapeRequest>();
    CHECK(request.connection == 3);
    CHECK(request.info_hashes == std::vector<Hash20>{torrent('a'), torrent('b')});
    talk.hear(ScrapeReply{request.transaction, {{1, 2, 3}, {4, 5, 6}}});
    CHECK(std::get<ScrapeReply>(*talk.answers.at(0).reply).torrents
          == std::vector<bep15::ScrapeCounts>{{1, 2, 3}, {4, 5, 6}});
}

} // namespace shoal::test
