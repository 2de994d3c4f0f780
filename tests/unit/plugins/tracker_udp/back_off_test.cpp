// When it is said again: BEP 15's "Time outs", with its examples.
#include "talk.hpp"

namespace shoal::test {

using bep15::AnnounceReply;
using bep15::AnnounceRequest;
using bep15::ConnectReply;
using bep15::ConnectRequest;

TEST_CASE("a connect is repeated after 15 s, then after twice as long each time", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.pass(seconds{14});
    CHECK(talk.story() == "c0");
    talk.pass(seconds{400});
    CHECK(talk.story() == "c0 c15 c45 c105 c225");
}

TEST_CASE("the wait doubles eight times and no more", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.pass(seconds{15 * 511 + 3 * 3840});
    REQUIRE(talk.sent.size() == 9 + 3 + 1);
    const auto last = talk.sent.size() - 1;
    for (std::size_t i = last; i > last - 3; --i) {
        CHECK(talk.sent[i].first - talk.sent[i - 1].first == seconds{3840});
    }
}

TEST_CASE("an announce is repeated with its transaction id, and by a new connect when the id has expired",
          "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.pass(seconds{1});
    talk.accept(1);
    const auto transaction = talk.last<AnnounceRequest>().transaction;
    talk.pass(seconds{300});
    CHECK(talk.story() == "c0 a1 a16 a46 c106 c226");
    CHECK(std::get<AnnounceRequest>(talk.sent[3].second).transaction == transaction);
    talk.accept(2);
    CHECK(talk.last<AnnounceRequest>().connection == 2);
    CHECK(talk.last<AnnounceRequest>().transaction == transaction);
}

TEST_CASE("a late answer is an answer", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.pass(seconds{20});
    talk.accept();
    const auto transaction = talk.last<AnnounceRequest>().transaction;
    talk.pass(seconds{110}); // it waits for another connect
    talk.hear(AnnounceReply{.transaction = transaction});
    CHECK(talk.answers.size() == 1);
}

TEST_CASE("an id from before is given up when an announce with it stays without an answer", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.accept(1);
    talk.hear(AnnounceReply{.transaction = talk.last<AnnounceRequest>().transaction});
    talk.pass(seconds{10});
    talk.ask(2); // and the tracker has been restarted meanwhile
    talk.pass(seconds{15});
    CHECK(talk.story() == "c0 a0 a10 c25");
    talk.accept(2);
    CHECK(talk.last<AnnounceRequest>().connection == 2);
}

TEST_CASE("who comes when a tracker has long been silent does not wait for its back-off", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.pass(seconds{120}); // the next one would be at 225
    talk.ask(2);
    talk.pass(seconds{30});
    CHECK(talk.story() == "c0 c15 c45 c105 c120 c150");
}

TEST_CASE("who comes just after a connect waits for that one", "[tracker]")
{
    Talk talk;
    talk.ask(1);
    talk.pass(seconds{110});
    talk.ask(2);
    talk.pass(seconds{9});
    CHECK(talk.story() == "c0 c15 c45 c105");
    talk.pass(seconds{1});
    CHECK(talk.story() == "c0 c15 c45 c105 c120");
}

} // namespace shoal::test
