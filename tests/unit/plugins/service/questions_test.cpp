#include "questions.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::embedded_tracker {
namespace {

const std::string both = "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=pppppppppppppppppppp";

AnnounceQuestion announce(const std::string& arguments)
{
    const auto target = Target::parse("/announce?" + arguments);
    REQUIRE(target);
    const auto question = read_announce(*target);
    if (!question) FAIL(question.error().text);
    return *question;
}

std::string refusal(const std::string& arguments)
{
    const auto target = Target::parse("/announce?" + arguments);
    if (!target) return target.error().text;
    const auto question = read_announce(*target);
    return question ? "" : question.error().text;
}

} // namespace

TEST_CASE("a target comes apart into path and arguments", "[service]")
{
    const auto target = Target::parse("/announce?a=1&&b=x%20y&c&%64=&a=2");
    REQUIRE(target);
    CHECK(target->path() == "/announce");
    CHECK(target->find("b") == "x y");
    CHECK(target->find("c") == "");
    CHECK(target->find("d") == "");
    CHECK_FALSE(target->find("e"));
    CHECK(target->find("a") == "2");
    CHECK(target->all("a") == std::vector<std::string_view>{"1", "2"});
    CHECK(Target::parse("/stats")->path() == "/stats");
    CHECK(Target::parse("")->path().empty());
}

TEST_CASE("every octet gets through percent-encoding, encoded or not", "[service]")
{
    std::string encoded;
    std::string octets;
    for (int octet = 0; octet < 256; ++octet) {
        constexpr std::string_view digits = "0123456789aBcDeF";
        encoded +=
            {'%', digits[static_cast<std::size_t>(octet / 16)], digits[static_cast<std::size_t>(octet % 16)]};
        octets += static_cast<char>(octet);
    }
    CHECK(Target::parse("/?x=" + encoded)->find("x") == octets);
    CHECK(Target::parse("/?x=a+b=c/?\xff")->find("x") == "a+b=c/?\xff");
}

TEST_CASE("a torn percent-encoding is refused", "[service]")
{
    for (const auto* target : {"/?a=%", "/?a=%4", "/?a=%4g", "/?a=%%41", "/?%=1", "/?a=%-1", "/?a=% 1"}) {
        INFO(target);
        CHECK_FALSE(Target::parse(target));
    }
}

TEST_CASE("more than a thousand arguments are refused", "[service]")
{
    std::string target = "/announce?";
    for (int i = 0; i < 1000; ++i) target += "a&";
    CHECK(Target::parse(target));
    CHECK_FALSE(Target::parse(target + "a"));
}

TEST_CASE("an announce is read whole", "[service]")
{
    const auto question = announce(both
                                   + "&port=6881&uploaded=1&downloaded=2&left=0&compact=1&no_peer_id=1"
                                     "&event=completed&numwant=7&ip=::ffff:1.2.3.4");
    CHECK(question.info_hash == *Hash20::from(as_bytes("aaaaaaaaaaaaaaaaaaaa")));
    CHECK(question.peer_id == *WirePeerId::from(as_bytes("pppppppppppppppppppp")));
    CHECK(question.port == 6881);
    CHECK(question.is_seed);
    CHECK(question.is_compact);
    CHECK_FALSE(question.wants_ids);
    CHECK(question.event == Event::completed);
    CHECK(question.num_want == 7);
    CHECK(question.claimed->to_string() == "1.2.3.4");
}

TEST_CASE("what an announce does not say has a sensible meaning", "[service]")
{
    const auto question = announce(both + "&port=1");
    CHECK_FALSE(question.is_seed);
    CHECK_FALSE(question.is_compact);
    CHECK(question.wants_ids);
    CHECK(question.event == Event::none);
    CHECK(question.num_want == 50);
    CHECK_FALSE(question.claimed);
}

TEST_CASE("an announce gets two hundred peers at most, and fifty when it asks for nonsense", "[service]")
{
    CHECK(announce(both + "&port=1&numwant=0").num_want == 0);
    CHECK(announce(both + "&port=1&numwant=201").num_want == 200);
    CHECK(announce(both + "&port=1&numwant=4294967295").num_want == 200);
    CHECK(announce(both + "&port=1&numwant=-1").num_want == 50);
    CHECK(announce(both + "&port=1&numwant=99999999999999").num_want == 50);
    CHECK(announce(both + "&port=1&numwant=").num_want == 50);
}

TEST_CASE("events by their names, others are none", "[service]")
{
    CHECK(announce(both + "&port=1&event=started").event == Event::started);
    CHECK(announce(both + "&port=1&event=stopped").event == Event::stopped);
    CHECK(announce(both + "&port=1&event=paused").event == Event::none);
    CHECK(announce(both + "&port=1&event=").event == Event::none);
}

TEST_CASE("an announce that cannot be served says why", "[service]")
{
    const std::string peer = "&peer_id=pppppppppppppppppppp&port=1";
    CHECK(refusal("peer_id=pppppppppppppppppppp&port=1") == "info_hash is missing");
    CHECK(refusal("info_hash=aaa" + peer) == "info_hash has 3 bytes, not 20");
    CHECK(refusal("info_hash=" + std::string(21, 'a') + peer) == "info_hash has 21 bytes, not 20");
    CHECK(refusal("info_hash=" + std::string(40, 'a') + peer) == "info_hash has 40 bytes, not 20");
    CHECK(refusal("info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=p&port=1") == "peer_id has 1 bytes, not 20");
    CHECK(refusal(both) == "port is missing");
    CHECK(refusal(both + "&port=0") == "port 0 cannot be connected to");
    for (const auto* port : {"65536", "-1", "", "1x", " 1", "0x10", "+1"}) {
        INFO(port);
        CHECK(refusal(both + "&port=" + port) == "port is not a number from 0 to 65535");
    }
    CHECK(refusal(both + "&port=1&left=-1") == "left is not a number from 0 to 18446744073709551615");
    CHECK(refusal(both + "&port=1&left=%zz") == "a '%' without two hexadecimal digits after it");
}

TEST_CASE("T8 of an info-hash that the URL brings and one that the client adds, the client's counts",
          "[service]")
{
    CHECK(announce("info_hash=short&" + both + "&port=1").info_hash
          == *Hash20::from(as_bytes("aaaaaaaaaaaaaaaaaaaa")));
}

TEST_CASE("a scrape names its torrents, each is counted once", "[service]")
{
    const auto scrape = [](const std::string& arguments) {
        return read_scrape(*Target::parse("/scrape?" + arguments));
    };
    const auto hashes = scrape("info_hash=" + std::string(20, 'b') + "&x=1&info_hash=" + std::string(20, 'a')
                               + "&info_hash=" + std::string(20, 'b'));
    REQUIRE(hashes);
    CHECK(hashes->size() == 2);
    CHECK(hashes->at(0) == *Hash20::from(as_bytes("aaaaaaaaaaaaaaaaaaaa")));
    CHECK(scrape("").error().text == "info_hash is missing");
    CHECK(scrape("info_hash=a").error().text == "info_hash has 1 bytes, not 20");
}

} // namespace shoal::embedded_tracker
