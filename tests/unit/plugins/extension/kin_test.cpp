#include "peer_host.hpp"

#include <kin_extension.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>

namespace shoal::kin {
namespace {

using Host = test::Wired<KinExtension>;

Hash32 filled(int octet)
{
    Hash32 hash;
    hash.bytes.fill(static_cast<std::byte>(octet));
    return hash;
}

Said heard(const Bytes& payload)
{
    const auto said = decode(payload);
    REQUIRE(said);
    return *said;
}

// One member of the family, and somebody who is connected to it.
struct Meeting {
    Hash32 question_of(PeerHandle who) { return heard(host.sent_to(who).at(0)).octets; }
    Bytes right_answer(PeerHandle who, const Hash32& own_question)
    {
        const auto answer = answer_to(as_bytes(host.text_settings["secret"]), Bytes(20),
                                      {.of_asker = question_of(who), .of_answerer = own_question});
        return encode({Said::Kind::answer, answer});
    }
    void ask(PeerHandle who, const Hash32& question) { host.say(who, encode({Said::Kind::question, question})); }
    bool is_kin(PeerHandle who) const
    {
        const auto at = host.marks.find(who);
        return at != host.marks.end() && at->second == SHOAL_MARK_PREFERRED;
    }

    Host host;
    PeerHandle peer = host.join({.remote = "1.2.3.4:5"});
};

} // namespace

TEST_CASE("a message of kin is what was encoded, and nothing else is one", "[extension][kin]")
{
    const auto kind = GENERATE(Said::Kind::question, Said::Kind::answer);
    const Said said{kind, filled(7)};
    CHECK(decode(encode(said)) == said);
    auto wrong = encode(said);
    wrong.pop_back();
    CHECK_FALSE(decode(wrong));
    wrong.resize(34);
    CHECK_FALSE(decode(wrong));
    wrong = encode(said);
    wrong[0] = std::byte{2};
    CHECK_FALSE(decode(wrong));
    CHECK_FALSE(decode({}));
}

TEST_CASE("an answer holds for its secret, torrent, questions and direction alone", "[extension][kin]")
{
    const Questions questions{.of_asker = filled(1), .of_answerer = filled(2)};
    const auto answer = answer_to(as_bytes("one"), as_bytes("torrent"), questions);
    CHECK(answer == answer_to(as_bytes("one"), as_bytes("torrent"), questions));
    CHECK(answer != answer_to(as_bytes("two"), as_bytes("torrent"), questions));
    CHECK(answer != answer_to(as_bytes("one"), as_bytes("another"), questions));
    CHECK(answer != answer_to(as_bytes("one"), as_bytes("torrent"), {.of_asker = filled(1), .of_answerer = filled(3)}));
    CHECK(answer != answer_to(as_bytes("one"), as_bytes("torrent"), {.of_asker = filled(2), .of_answerer = filled(1)}));
}

TEST_CASE("two that share the secret find each other", "[extension][kin]")
{
    Host a;
    Host b;
    b.leave(b.join({.remote = "9.9.9.9:9"})); // both draw the same numbers: from now on it is one question ahead
    const auto b_as_seen = a.join({.remote = "1.2.3.4:5"});
    const auto a_as_seen = b.join({.remote = "5.4.3.2:1"});
    for (std::size_t i = 0; i < 2; ++i) {
        const auto from_a = a.sent_to(b_as_seen).at(i);
        const auto from_b = b.sent_to(a_as_seen).at(i);
        b.say(a_as_seen, from_a);
        a.say(b_as_seen, from_b);
    }
    CHECK(a.marks == std::map<PeerHandle, std::uint32_t>{{b_as_seen, SHOAL_MARK_PREFERRED}});
    CHECK(b.marks == std::map<PeerHandle, std::uint32_t>{{a_as_seen, SHOAL_MARK_PREFERRED}});
    CHECK(a.sent.size() == 2);
}

TEST_CASE("who knows another secret, or says nothing, is a stranger and no offender", "[extension][kin]")
{
    Meeting meeting;
    meeting.ask(meeting.peer, filled(1));
    CHECK_FALSE(meeting.is_kin(meeting.peer));
    meeting.host.say(meeting.peer, encode({Said::Kind::answer, filled(9)}));
    CHECK_FALSE(meeting.is_kin(meeting.peer));
    CHECK(meeting.host.disconnected.empty());
}

TEST_CASE("K1 what a kin said once is worth nothing on another connection", "[extension][kin]")
{
    Meeting meeting;
    const Bytes question = encode({Said::Kind::question, filled(1)});
    const Bytes answer = meeting.right_answer(meeting.peer, filled(1));
    meeting.host.say(meeting.peer, question);
    meeting.host.say(meeting.peer, answer);
    REQUIRE(meeting.is_kin(meeting.peer));
    if (GENERATE(true, false)) meeting.host.leave(meeting.peer);
    const auto parrot = meeting.host.join({.remote = "6.6.6.6:6"});
    meeting.host.say(parrot, question);
    meeting.host.say(parrot, answer);
    CHECK_FALSE(meeting.is_kin(parrot));
}

TEST_CASE("K2 who asks us what we asked is not answered", "[extension][kin]")
{
    Meeting meeting;
    const auto other = meeting.host.join({.remote = "6.6.6.6:6"});
    const auto turned_round = GENERATE(true, false) ? meeting.peer : other;
    meeting.ask(turned_round, meeting.question_of(meeting.peer));
    CHECK(meeting.host.sent_to(turned_round).size() == 1);
    CHECK(meeting.host.disconnected.contains(turned_round));
}

TEST_CASE("K3 who breaks the order of questions and answers is disconnected", "[extension][kin]")
{
    Meeting meeting;
    SECTION("an answer before a question") { meeting.host.say(meeting.peer, meeting.right_answer(meeting.peer, filled(1))); }
    SECTION("two questions")
    {
        meeting.ask(meeting.peer, filled(1));
        meeting.ask(meeting.peer, filled(2));
    }
    SECTION("two answers")
    {
        meeting.ask(meeting.peer, filled(1));
        meeting.host.say(meeting.peer, encode({Said::Kind::answer, filled(9)}));
        meeting.host.say(meeting.peer, meeting.right_answer(meeting.peer, filled(1)));
    }
    SECTION("something else") { meeting.host.say(meeting.peer, Bytes(33, std::byte{7})); }
    CHECK(meeting.host.disconnected.contains(meeting.peer));
    CHECK_FALSE(meeting.is_kin(meeting.peer));
}

TEST_CASE("who does not take the message is asked nothing, and not heard", "[extension][kin]")
{
    Meeting meeting;
    const auto mute = meeting.host.join({.remote = "2.2.2.2:2", .flags = 0});
    meeting.host.say(mute, Bytes(3));
    CHECK(meeting.host.sent_to(mute).empty());
    CHECK(meeting.host.disconnected.empty());
}

TEST_CASE("a peer that changes its mind about something else is not asked again", "[extension][kin]")
{
    Meeting meeting;
    meeting.host.plugin.on_peer(meeting.host.view(meeting.peer));
    CHECK(meeting.host.sent_to(meeting.peer).size() == 1);
}

TEST_CASE("no question is asked twice", "[extension][kin]")
{
    Meeting meeting;
    const auto first = meeting.question_of(meeting.peer);
    meeting.host.leave(meeting.peer);
    CHECK(meeting.question_of(meeting.host.join({.remote = "1.2.3.4:5"})) != first);
}

TEST_CASE("a secret that can be guessed is refused with what to do", "[extension][kin]")
{
    test::PeerHost host;
    shoal::Host lent(host.table());
    host.text_settings["secret"] = std::string(GENERATE(0u, 15u), 'x');
    CHECK_THROWS_WITH(KinExtension(lent), Catch::Contains("at least 16 octets"));
    host.text_settings["secret"] = std::string(16, 'x');
    CHECK_NOTHROW(KinExtension(lent));
}

} // namespace shoal::kin
