#include "pex_message.hpp"
#include "support/endpoint.hpp"

#include <shoal/bencode.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace shoal::peer_exchange {
namespace {

std::string dict(const std::string& entries) { return "d" + entries + "e"; }

std::string field(const std::string& key, const std::string& value)
{
    return std::to_string(key.size()) + ":" + key + std::to_string(value.size()) + ":" + value;
}

std::vector<NamedPeer> added(const std::string& text, std::size_t most = 50)
{
    const auto parsed = parse_added(as_bytes(text), most);
    REQUIRE(parsed);
    return *parsed;
}

const std::string one = "\x01\x02\x03\x04\x1a\xe1";
const std::string two = "\x05\x06\x07\x08\x1a\xe1";

} // namespace

TEST_CASE("a delta is written as BEP 11 has it, families apart", "[extension][pex]")
{
    const Delta delta{.added = {{test::endpoint("1.2.3.4:6881"), 0x12}, {test::endpoint("[2001:db8::1]:1"), 0x02}},
                      .dropped = {test::endpoint("5.6.7.8:6881"), test::endpoint("[2001:db8::2]:2")}};
    const auto payload = encode(delta);
    const auto document = bencode::Document::parse(payload);
    REQUIRE(document);
    CHECK(document->is_canonical());
    const auto root = document->root();
    CHECK(root.find_string("added") == one);
    CHECK(root.find_string("added.f") == "\x12");
    CHECK(root.find_bytes("added6")->size() == 18);
    CHECK(root.find_string("added6.f") == "\x02");
    CHECK(root.find_string("dropped") == two);
    CHECK(root.find_bytes("dropped6")->size() == 18);
    CHECK(*parse_added(payload, 50) == delta.added);
}

TEST_CASE("X3: flags that are missing are none, those too many are ignored", "[extension][pex]")
{
    CHECK(added(dict(field("added", one + two)))[1].flags == 0);
    const auto fewer = added(dict(field("added", one + two) + field("added.f", "\x02")));
    CHECK(fewer[0].flags == 2);
    CHECK(fewer[1].flags == 0);
    CHECK(added(dict(field("added", one) + field("added.f", "\x02\x03\x04"))).size() == 1);
    CHECK(added(dict(field("added", one) + "7:added.fi3e"))[0].flags == 0);
}

TEST_CASE("X3: a list of an odd length loses its tail", "[extension][pex]")
{
    CHECK(added(dict(field("added", one + two.substr(0, 5)))).size() == 1);
    CHECK(added(dict(field("added", "x"))).empty());
    CHECK(added(dict(field("added6", std::string(35, 'x')))).size() == 1);
}

TEST_CASE("X3: more than the limit is cut, of both families together", "[extension][pex]")
{
    std::string v4;
    for (int i = 0; i < 100; ++i) v4 += one;
    const auto text = dict(field("added", v4) + field("added6", std::string(180, 'x')));
    CHECK(added(text, 50).size() == 50);
    CHECK(added(text, 105).size() == 105);
    CHECK(added(text, 105)[104].endpoint.address.is_v6());
    CHECK(added(text, 200).size() == 110);
}

TEST_CASE("X3: an empty delta, and values of odd types, are nothing", "[extension][pex]")
{
    for (const auto* text : {"de", "d5:added0:e", "d5:addedi5ee", "d5:addedle6:added6dee", "d7:droppedi1ee"}) {
        CHECK(added(text).empty());
    }
}

TEST_CASE("X3: what is no dictionary is refused", "[extension][pex]")
{
    for (const auto* text : {"", "le", "i5e", "5:added", "d5:added", "d5:added6:12345e", "d5:added0:5:added0:e"}) {
        INFO(text);
        const auto parsed = parse_added(as_bytes(std::string_view(text)), 50);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code == Errc::protocol_error);
    }
}

} // namespace shoal::peer_exchange
