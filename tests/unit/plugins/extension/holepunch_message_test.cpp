#include "holepunch_message.hpp"
#include "support/endpoint.hpp"

#include <shoal/hex.hpp>

#include <catch2/catch.hpp>

namespace shoal::holepunch {
namespace {

Message parsed(const Bytes& payload)
{
    const auto message = parse_message(payload);
    REQUIRE(message);
    REQUIRE(message->has_value());
    return **message;
}

} // namespace

TEST_CASE("a holepunch message is written as BEP 55 has it", "[extension][holepunch]")
{
    CHECK(to_hex(encode({.kind = Kind::connect, .endpoint = test::endpoint("1.2.3.4:6881")})) == "0100010203041ae100000000");
    CHECK(to_hex(encode({.kind = Kind::error, .endpoint = test::endpoint("[2001:db8::1]:1"), .error = 3})) ==
          "020120010db8000000000000000000000001000100000003");
}

TEST_CASE("a holepunch message comes back from its octets", "[extension][holepunch]")
{
    for (const auto* text : {"1.2.3.4:6881", "[2001:db8::1]:65535"}) {
        for (const auto kind : {Kind::rendezvous, Kind::connect, Kind::error}) {
            const Message message{.kind = kind, .endpoint = test::endpoint(text), .error = 2};
            CHECK(parsed(encode(message)) == message);
        }
    }
}

TEST_CASE("the error code may be missing where it says nothing", "[extension][holepunch]")
{
    auto payload = encode({.kind = Kind::rendezvous, .endpoint = test::endpoint("1.2.3.4:6881")});
    payload.resize(payload.size() - 4);
    CHECK(parsed(payload).endpoint == test::endpoint("1.2.3.4:6881"));
    payload[0] = std::byte{2};
    CHECK(parse_message(payload).error().code == Errc::protocol_error);
}

TEST_CASE("a holepunch message of an odd length is refused", "[extension][holepunch]")
{
    const auto whole = encode({.kind = Kind::connect, .endpoint = test::endpoint("[2001:db8::1]:1")});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        if (size == whole.size() - 4) continue;
        CHECK_FALSE(parse_message(ByteView(whole).first(size)));
    }
    auto longer = whole;
    longer.push_back({});
    CHECK_FALSE(parse_message(longer));
}

TEST_CASE("a kind or a family of addresses that nobody knows yet is no error", "[extension][holepunch]")
{
    for (const auto* hex : {"0300010203041ae1", "ff00", "0002010203"}) {
        const auto message = parse_message(*from_hex(hex));
        REQUIRE(message);
        CHECK_FALSE(message->has_value());
    }
}

} // namespace shoal::holepunch
