#include "peer/extended_handshake.hpp"

#include <shoal/hex.hpp>

#include <catch2/catch.hpp>

#include <limits>

namespace shoal::peer {
namespace {

Result<ExtendedHandshake> decoded(std::string_view text)
{
    return decode_extended_handshake(as_bytes(text));
}

ExtendedHandshake everything()
{
    return {.extensions = {{"ut_metadata", 2}, {"ut_pex", 1}},
            .client = "Shoal 0.1",
            .listen_port = 6881,
            .request_limit = 500,
            .your_address = Address::from_v4(0x0a000001),
            .metadata_size = 31235,
            .upload_only = true};
}

}  // namespace

TEST_CASE("an extension handshake is written as BEP 10 has it, keys in order", "[peer][extended]")
{
    const auto octets = encode_extended_handshake(everything());
    const auto text = as_text(octets);
    CHECK(text.substr(0, text.size() - 5)
          == "d1:md11:ut_metadatai2e6:ut_pexi1ee13:metadata_sizei31235e1:pi6881e4:reqqi500e11:upload_onlyi1e"
             "1:v9:Shoal 0.16:yourip4:");
    CHECK(to_hex(as_bytes(text.substr(text.size() - 5))) == "0a00000165");
    const auto empty = encode_extended_handshake({});
    CHECK(as_text(empty) == "d1:mdee");
}

TEST_CASE("an extension handshake comes back from its octets", "[peer][extended]")
{
    auto handshake = everything();
    CHECK(*decode_extended_handshake(encode_extended_handshake(handshake)) == handshake);
    CHECK(*decode_extended_handshake(encode_extended_handshake({})) == ExtendedHandshake{});
    handshake.your_address = *Address::parse("2001:db8::1");
    handshake.upload_only = false;
    CHECK(*decode_extended_handshake(encode_extended_handshake(handshake)) == handshake);
}

TEST_CASE("unknown keys and what follows the dictionary are ignored", "[peer][extended]")
{
    const auto handshake =
        decoded("d12:complete_agoi5e1:ei0e4:ipv616:0123456789abcdef1:md6:ut_pexi1eee trailing");
    REQUIRE(handshake);
    CHECK(handshake->id_of("ut_pex") == 1);
}

TEST_CASE("X1 extension ids that cannot be are not kept", "[peer][extended][bad-input]")
{
    const auto handshake = decoded("d1:md1:ai0e1:bi255e1:ci256e1:di-1e1:e1:x1:fi7e1:gi7e1:hi99999999999eee");
    REQUIRE(handshake);
    CHECK(handshake->extensions
          == std::map<std::string, std::uint8_t, std::less<>>{{"a", 0}, {"b", 255}, {"f", 7}, {"g", 7}});
    CHECK_FALSE(handshake->id_of("a"));
    CHECK_FALSE(handshake->id_of("c"));
    CHECK(handshake->id_of("b") == 255);
    CHECK(decoded("d1:mi1ee")->extensions.empty());
    CHECK(decoded("d1:mle1:pi5ee")->listen_port == 5);
}

TEST_CASE("X1 a handshake that is no dictionary is a protocol error", "[peer][extended][bad-input]")
{
    for (const std::string_view text :
         {"", "i1e", "le", "4:abcd", "d", "d1:m", "d1:md", "e", "d1:pi1e", "di1ei2ee"}) {
        CAPTURE(text);
        const auto handshake = decoded(text);
        REQUIRE_FALSE(handshake);
        CHECK(handshake.error().code == Errc::protocol_error);
        CHECK(handshake.error().text.starts_with("extension handshake: "));
    }
    CHECK_FALSE(decoded("d1:m" + std::string(1000, 'l') + std::string(1000, 'e') + "e"));
}

TEST_CASE("X1 however often a peer speaks, a bounded number of names is kept", "[peer][extended][bad-input]")
{
    ExtendedHandshake known;
    for (int round = 0; round < 50; ++round) {
        ExtendedHandshake more;
        for (int i = 0; i < 30; ++i) more.extensions["x" + std::to_string(round * 30 + i)] = 9;
        known.update(*decode_extended_handshake(encode_extended_handshake(more)));
    }
    CHECK(known.extensions.size() == ExtendedHandshake::most_extensions);

    ExtendedHandshake many;
    for (int i = 0; i < 500; ++i) many.extensions["y" + std::to_string(i)] = 9;
    CHECK(decode_extended_handshake(encode_extended_handshake(many))->extensions.size()
          == ExtendedHandshake::most_extensions);
    ExtendedHandshake long_name;
    long_name.extensions[std::string(65, 'n')] = 1;
    CHECK(decode_extended_handshake(encode_extended_handshake(long_name))->extensions.empty());
}

TEST_CASE("X1 a later handshake changes ids, takes extensions back and keeps the rest", "[peer][extended]")
{
    auto known = everything();
    known.update(*decoded("d1:md11:lt_donthavei4e11:ut_metadatai0e6:ut_pexi7ee1:pi80ee"));
    CHECK(known.id_of("ut_pex") == 7);
    CHECK(known.id_of("lt_donthave") == 4);
    CHECK_FALSE(known.id_of("ut_metadata"));
    CHECK(known.listen_port == 80);
    CHECK(known.client == "Shoal 0.1");
    CHECK(known.request_limit == 500);
}

TEST_CASE("P15 a request limit of 0, -1 or 2^31 does no harm", "[peer][extended][bad-input]")
{
    CHECK_FALSE(decoded("d4:reqqi0ee")->request_limit);
    CHECK_FALSE(decoded("d4:reqqi-1ee")->request_limit);
    CHECK_FALSE(decoded("d4:reqq3:250e")->request_limit);
    CHECK(decoded("d4:reqqi2147483648ee")->request_limit == std::numeric_limits<std::uint16_t>::max());
    CHECK(decoded("d4:reqqi250ee")->request_limit == 250);
}

TEST_CASE("X2 a metadata size of 0, -1 or above the limit counts as not given", "[peer][extended][bad-input]")
{
    CHECK_FALSE(decoded("d13:metadata_sizei0ee")->metadata_size);
    CHECK_FALSE(decoded("d13:metadata_sizei-1ee")->metadata_size);
    CHECK_FALSE(decoded("d13:metadata_sizei33030144ee")->metadata_size);
    CHECK(decoded("d13:metadata_sizei16777216ee")->metadata_size == 16777216U);
    CHECK_FALSE(decoded("d13:metadata_sizei16777217ee")->metadata_size);
}

TEST_CASE("values of the wrong type or range count as not given", "[peer][extended][bad-input]")
{
    CHECK_FALSE(decoded("d1:pi0ee")->listen_port);
    CHECK_FALSE(decoded("d1:pi65536ee")->listen_port);
    CHECK_FALSE(decoded("d1:p2:80e")->listen_port);
    CHECK_FALSE(decoded("d6:yourip3:abce")->your_address);
    CHECK_FALSE(decoded("d1:vi1ee")->client);
    CHECK_FALSE(decoded("d11:upload_only1:1e")->upload_only);
}

TEST_CASE("the name of a client is safe to print, and short", "[peer][extended][bad-input]")
{
    const std::string nasty = "\x1b[2J\xff\n";
    const auto handshake = decoded("d1:v" + std::to_string(nasty.size()) + ":" + nasty + "e");
    CHECK(handshake->client == "\\x1b[2J\xef\xbf\xbd\\n");
    CHECK(decoded("d1:v300:" + std::string(300, 'n') + "e")->client == std::string(64, 'n'));
}

TEST_CASE("an IPv4 address that comes mapped into IPv6 is an IPv4 address", "[peer][extended]")
{
    const auto mapped = Address::parse("::ffff:127.0.0.1");
    const auto handshake = decode_extended_handshake(encode_extended_handshake({.your_address = *mapped}));
    CHECK(handshake->your_address == Address::from_v4(0x7f000001));
}

}  // namespace shoal::peer
