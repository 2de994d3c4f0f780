#include "lsd.hpp"

#include "group_host.hpp"
#include "numbered_hash.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace shoal::lsd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::GroupHost;

std::string announce(std::uint32_t number, std::uint16_t port = 7, std::string cookie = "other")
{
    return write({.port = port, .info_hashes = {numbered(number)}, .cookie = std::move(cookie)}, group(false));
}

Endpoint at(const char* text) { return *Endpoint::parse(text); }

/// The plug-in as a host drives it: through its factory and its table, nothing else.
class Driven {
public:
    Driven() { REQUIRE(factory.create(host.table(), &self_) == SHOAL_OK); }
    ~Driven() { end(); }

    void end()
    {
        if (self_ == nullptr) return;
        factory.stop(self_);
        factory.destroy(std::exchange(self_, nullptr));
    }

    shoal_status search(std::uint64_t operation, std::uint32_t number, std::uint32_t flags = SHOAL_SEARCH_ANNOUNCE)
    {
        shoal_search raw{};
        raw.struct_size = sizeof raw;
        raw.flags = flags;
        std::memcpy(raw.info_hash, numbered(number).bytes.data(), Hash20::size);
        raw.port = 6881;
        raw.deadline_ns = static_cast<std::uint64_t>((host.now() + patience).count());
        host.ours.insert(numbered(number));
        host.is_inside_call = true;
        const auto status = table().search(self_, operation, &raw);
        host.is_inside_call = false;
        return status;
    }

    void cancel(std::uint64_t operation) { table().cancel(self_, operation); }

    GroupHost host;
    std::chrono::nanoseconds patience = minutes{2};

private:
    static constexpr shoal_factory factory = discovery<Lsd>("lsd");
    static const shoal_discovery_v1& table() { return *static_cast<const shoal_discovery_v1*>(factory.table); }

    void* self_ = nullptr;
};

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("a search is heard by both groups, tells who answers, and ends after five seconds", "[lsd]")
{
    Driven driven;
    REQUIRE(driven.search(1, 1) == SHOAL_OK);
    driven.host.advance(seconds{1});
    REQUIRE(driven.host.sent.size() == 2);
    CHECK(driven.host.sent[0].group == group(false));
    CHECK(driven.host.sent[1].group == group(true));
    for (const auto& sent : driven.host.sent) {
        const auto message = read(as_bytes(sent.text));
        REQUIRE(message);
        CHECK(message->port == 6881);
        CHECK(message->info_hashes == std::vector{numbered(1)});
        CHECK(message->cookie.size() == 8);
    }
    driven.host.say(at("192.168.1.7:6771"), announce(1, 51413));
    driven.host.say(at("[fd00::7]:6771"), announce(1, 51413), "[ff15::efc0:988f]:6771");
    CHECK(driven.host.found[1] == Texts{"192.168.1.7:51413", "[fd00::7]:51413"});
    CHECK(driven.host.ended.empty());
    driven.host.advance(seconds{4});
    CHECK(driven.host.ended == std::map<std::uint64_t, shoal_status>{{1, SHOAL_OK}});
    CHECK(driven.host.spotted.empty());
}

TEST_CASE("somebody else's search for a torrent of ours is told and answered", "[lsd]")
{
    Driven driven;
    REQUIRE(driven.search(1, 1) == SHOAL_OK);
    driven.host.advance(minutes{5});
    driven.host.sent.clear();
    driven.host.say(at("10.0.0.9:6771"), announce(1));
    CHECK(driven.host.spotted == Texts{"0000 10.0.0.9:7"});
    driven.host.advance(seconds{1});
    CHECK(driven.host.sent4().size() == 1);
    driven.host.advance(minutes{5});
    driven.host.say(at("10.0.0.9:6771"), announce(1));
    driven.host.advance(minutes{5});
    CHECK(driven.host.sent4().size() == 1);
}

TEST_CASE("M21 an answer that waited for its minute is not given when the torrent is ours no more", "[lsd]")
{
    Driven driven;
    REQUIRE(driven.search(1, 1) == SHOAL_OK);
    driven.host.advance(seconds{10});
    driven.host.say(at("10.0.0.8:6771"), announce(1));
    driven.host.advance(seconds{10});
    CHECK(driven.host.sent4().size() == 3);
    driven.host.say(at("10.0.0.9:6771"), announce(1));
    CHECK(driven.host.armed_timers() == 1);
    driven.host.ours.clear(); // say, it turned out to be private
    driven.host.advance(minutes{5});
    CHECK(driven.host.sent4().size() == 3);
    CHECK(driven.host.armed_timers() == 0);
}

TEST_CASE("what is none of ours is not answered", "[lsd]")
{
    Driven driven;
    REQUIRE(driven.search(1, 1) == SHOAL_OK);
    driven.host.advance(seconds{10});
    driven.host.sent.clear();
    driven.host.say(at("10.0.0.9:6771"), announce(2));
    driven.host.advance(minutes{5});
    CHECK(driven.host.spotted.size() == 1);
    CHECK(driven.host.sent.empty());
}

TEST_CASE("searches of the same second travel together", "[lsd]")
{
    Driven driven;
    for (std::uint32_t i = 1; i <= 60; ++i) REQUIRE(driven.search(i, i) == SHOAL_OK);
    driven.host.advance(seconds{1});
    REQUIRE(driven.host.sent4().size() == 3);
    CHECK(read(as_bytes(driven.host.sent4()[0].text))->info_hashes.size() == most_in_one);
    CHECK(read(as_bytes(driven.host.sent4()[2].text))->info_hashes.size() == 10);
    for (const auto& sent : driven.host.sent) CHECK(sent.text.size() <= longest_sent);
}

TEST_CASE("L1 our own cookie is ignored, wherever it comes from", "[lsd]")
{
    Driven driven;
    REQUIRE(driven.search(1, 1) == SHOAL_OK);
    driven.host.advance(seconds{1});
    const auto own = driven.host.sent4().at(0).text;
    for (int i = 0; i < 1000; ++i) driven.host.say(at("192.168.1.2:6771"), own);
    CHECK(driven.host.found.empty());
    // It did not use up what a neighbour on this machine may say.
    driven.host.say(at("192.168.1.2:6771"), announce(1));
    CHECK(driven.host.found[1].size() == 1);
}

TEST_CASE("L1 nonsense, and peers nobody can call, are counted and not told", "[lsd]")
{
    Driven driven;
    REQUIRE(driven.search(1, 1) == SHOAL_OK);
    const std::vector<std::pair<const char*, std::string>> bad = {
        {"10.0.0.9:6771", ""},
        {"10.0.0.9:6771", std::string(65'000, 'x')},
        {"10.0.0.9:6771", announce(1, 0)},
        {"0.0.0.0:6771", announce(1)},
        {"239.0.0.1:6771", announce(1)},
        {"[fe80::1]:6771", announce(1)},
    };
    for (const auto& [from, datagram] : bad) driven.host.say(at(from), datagram);
    CHECK(driven.host.found.empty());
    CHECK(driven.host.counters["lsd.malformed"] == static_cast<std::int64_t>(bad.size()));
    driven.host.say(at("[::ffff:10.0.0.9]:6771"), announce(1));
    CHECK(driven.host.found[1] == Texts{"10.0.0.9:7"});
}

TEST_CASE("L1 a flood from one address is cut off, the others are heard", "[lsd]")
{
    Driven driven;
    REQUIRE(driven.search(1, 1) == SHOAL_OK);
    for (std::uint16_t i = 1; i < 10'000; ++i) driven.host.say(at("10.0.0.9:6771"), announce(1, i));
    CHECK(driven.host.found[1].size() == static_cast<std::size_t>(SourceLimit::burst));
    driven.host.say(at("10.0.0.8:6771"), announce(1));
    CHECK(driven.host.found[1].back() == "10.0.0.8:7");
}

TEST_CASE("without a port there is nothing to tell, only to hear", "[lsd]")
{
    Driven driven;
    REQUIRE(driven.search(1, 1, 0) == SHOAL_OK);
    driven.host.say(at("10.0.0.9:6771"), announce(1));
    driven.host.advance(minutes{2});
    CHECK(driven.host.sent.empty());
    CHECK(driven.host.found[1].size() == 1);
    CHECK(driven.host.ended.at(1) == SHOAL_OK);
}

TEST_CASE("a cancelled search ends as cancelled, and is not repeated unless another wants it", "[lsd]")
{
    Driven driven;
    REQUIRE(driven.search(1, 1) == SHOAL_OK);
    REQUIRE(driven.search(2, 1) == SHOAL_OK);
    driven.host.advance(seconds{1});
    driven.cancel(1);
    driven.cancel(1);
    driven.cancel(99);
    CHECK(driven.host.ended == std::map<std::uint64_t, shoal_status>{{1, SHOAL_E_CANCELLED}});
    const bool is_wanted = GENERATE(true, false);
    if (!is_wanted) driven.cancel(2);
    driven.host.advance(seconds{10});
    CHECK(driven.host.sent4().size() == (is_wanted ? 2 : 1));
    CHECK(driven.host.ended.at(2) == (is_wanted ? SHOAL_OK : SHOAL_E_CANCELLED));
}

TEST_CASE("a search ends at its deadline when that is sooner", "[lsd]")
{
    Driven driven;
    driven.patience = seconds{1};
    REQUIRE(driven.search(1, 1) == SHOAL_OK);
    driven.host.advance(seconds{1});
    CHECK(driven.host.ended.contains(1));
    driven.patience = -seconds{1};
    REQUIRE(driven.search(2, 1) == SHOAL_OK);
    driven.host.advance(seconds{0});
    CHECK(driven.host.ended.contains(2));
}

TEST_CASE("one group is enough; with none a search is refused in words, and tried again after a minute", "[lsd]")
{
    Driven driven;
    driven.host.refused = {"239.192.152.143:6771", "[ff15::efc0:988f]:6771"};
    CHECK(driven.search(1, 1) == SHOAL_E_NETWORK);
    CHECK(driven.host.last_error.find("239.192.152.143:6771") != std::string::npos);
    CHECK(driven.host.last_error.find("[ff15::efc0:988f]:6771") != std::string::npos);
    CHECK(driven.search(2, 1) == SHOAL_E_NETWORK);
    CHECK(driven.host.attempts == 2);
    driven.host.refused = {"[ff15::efc0:988f]:6771"};
    driven.host.advance(minutes{1});
    CHECK(driven.search(3, 1) == SHOAL_OK);
    CHECK(driven.host.attempts == 4);
    driven.host.advance(seconds{1});
    CHECK(driven.host.sent.size() == 1);
}

TEST_CASE("nothing is open before the first search, and nothing is left over at the end", "[lsd]")
{
    Driven driven;
    CHECK(driven.host.open_sockets() == 0);
    for (std::uint32_t i = 1; i <= 100; ++i) REQUIRE(driven.search(i, i) == SHOAL_OK);
    CHECK(driven.host.open_sockets() == 2);
    driven.end();
    CHECK(driven.host.open_sockets() == 0);
    CHECK(driven.host.armed_timers() == 0);
}

} // namespace shoal::lsd
