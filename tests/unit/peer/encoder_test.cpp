#include "peer/encoder.hpp"

#include "wire_samples.hpp"

#include <catch2/catch.hpp>

namespace shoal::peer {
namespace {

std::string encoded(const Message& message)
{
    Bytes out;
    append_message(out, message);
    return to_hex(out);
}

}  // namespace

TEST_CASE("messages have the octets that BEP 3 gives them", "[peer][encoder]")
{
    const Request request{.piece = 1, .begin = 0x4000, .length = 0x3fff};
    const Bytes bits{std::byte{0xf0}, std::byte{0x80}};
    CHECK(encoded(KeepAlive{}) == "00000000");
    CHECK(encoded(Choke{}) == "0000000100");
    CHECK(encoded(Unchoke{}) == "0000000101");
    CHECK(encoded(Interested{}) == "0000000102");
    CHECK(encoded(NotInterested{}) == "0000000103");
    CHECK(encoded(Have{0x01020304}) == "000000050401020304");
    CHECK(encoded(PieceBits{bits}) == "0000000305f080");
    CHECK(encoded(request) == "0000000d06000000010000400000003fff");
    CHECK(encoded(Cancel{request}) == "0000000d08000000010000400000003fff");
    CHECK(encoded(Port{6881}) == "00000003091ae1");
}

TEST_CASE("messages have the octets that BEP 6 and BEP 10 give them", "[peer][encoder]")
{
    const Bytes payload{std::byte{'d'}, std::byte{'e'}};
    CHECK(encoded(Suggest{2}) == "000000050d00000002");
    CHECK(encoded(HaveAll{}) == "000000010e");
    CHECK(encoded(HaveNone{}) == "000000010f");
    CHECK(encoded(Reject{{.piece = 1, .begin = 2, .length = 3}}) == "0000000d10000000010000000200000003");
    CHECK(encoded(AllowedFast{5}) == "000000051100000005");
    CHECK(encoded(Extended{.id = 0, .payload = payload}) == "0000000414006465");
}

TEST_CASE("the head of a block counts the payload that follows it", "[peer][encoder]")
{
    Bytes out;
    append_block_head(out, {.piece = 1, .begin = 0x8000, .length = 0x4000});
    CHECK(to_hex(out) == "00004009070000000100008000");
    CHECK(out.size() == block_head_size);
}

TEST_CASE("messages are appended to what is there", "[peer][encoder]")
{
    Bytes out;
    append_message(out, Choke{});
    append_message(out, Have{1});
    CHECK(to_hex(out)
          == "0000000100"
             "000000050400000001");
}

}  // namespace shoal::peer
