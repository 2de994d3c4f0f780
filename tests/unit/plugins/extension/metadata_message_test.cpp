#include "metadata_message.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::metadata_exchange {
namespace {

Result<Message> parsed(std::string_view text) { return parse_message(as_bytes(text)); }

} // namespace

TEST_CASE("metadata messages are written as BEP 9 has them", "[extension][metadata]")
{
    CHECK(as_text(encode_request(0)) == "d8:msg_typei0e5:piecei0ee");
    CHECK(as_text(encode_reject(7)) == "d8:msg_typei2e5:piecei7ee");
    CHECK(as_text(encode_data(1, 16390, as_bytes("abcdef"))) ==
          "d8:msg_typei1e5:piecei1e10:total_sizei16390eeabcdef");
}

TEST_CASE("metadata messages come back from their octets", "[extension][metadata]")
{
    const auto request = encode_request(3);
    CHECK(std::get<Request>(*parse_message(request)).block == 3);
    const auto reject = encode_reject(4);
    CHECK(std::get<Reject>(*parse_message(reject)).block == 4);
    const auto payload = encode_data(5, 100'000, as_bytes("e10:not bencoded"));
    const auto data = std::get<Data>(*parse_message(payload));
    CHECK(data.block == 5);
    CHECK(data.total_size == 100'000u);
    CHECK(as_text(data.octets) == "e10:not bencoded");
}

TEST_CASE("a data message may lack its total size, and its octets", "[extension][metadata]")
{
    const auto data = std::get<Data>(*parsed("d8:msg_typei1e5:piecei0ee"));
    CHECK_FALSE(data.total_size);
    CHECK(data.octets.empty());
}

TEST_CASE("X2: a total size that makes no sense is none", "[extension][metadata]")
{
    for (const auto* size : {"i-1e", "i4294967296e", "3:abc", "le", "i0e"}) {
        const auto text = "d8:msg_typei1e5:piecei0e10:total_size" + std::string(size) + "e";
        CHECK(std::get<Data>(*parsed(text)).total_size == 0u);
    }
}

TEST_CASE("a message type that nobody knows yet is no error", "[extension][metadata]")
{
    for (const auto* text : {"d8:msg_typei3ee", "d8:msg_typei-1ee", "d8:msg_typei9223372036854775807e5:piecei0ee"}) {
        CHECK(std::holds_alternative<Unknown>(*parsed(text)));
    }
}

TEST_CASE("X2: what is no metadata message is refused", "[extension][metadata]")
{
    for (const auto* text :
         {"", "le", "i0e", "8:msg_type", "de", "d8:msg_type1:0e", "d8:msg_typei0ee", "d8:msg_typei0e5:piecei-1ee",
          "d8:msg_typei0e5:piecei4294967296ee", "d8:msg_typei1e5:piece1:0e", "d8:msg_typei0e5:piecei0e",
          "d8:msg_typei0e8:msg_typei0e5:piecei0ee", "d8:msg_typei0e5:piecei01ee"}) {
        INFO(text);
        const auto message = parsed(text);
        REQUIRE_FALSE(message);
        CHECK(message.error().code == Errc::protocol_error);
    }
    CHECK_FALSE(parsed("d1:x" + std::string(100, 'l') + std::string(100, 'e') + "8:msg_typei0e5:piecei0ee"));
}

} // namespace shoal::metadata_exchange
