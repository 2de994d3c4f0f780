#include <shoal/hmac.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace shoal;

namespace {

std::string hmac(const std::string& key, const std::string& message)
{
    return HmacSha256::of(as_bytes(key), as_bytes(message)).hex();
}

}  // namespace

TEST_CASE("HMAC-SHA256 agrees with the vectors of RFC 4231", "[hmac]")
{
    CHECK(hmac(std::string(20, 0x0b), "Hi There") == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hmac("Jefe", "what do ya want for nothing?") == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    const std::string long_key(131, '\xaa');
    CHECK(hmac(long_key, "Test Using Larger Than Block-Size Key - Hash Key First")
          == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("an HMAC does not depend on how the message is cut", "[hmac]")
{
    HmacSha256 pieces(as_bytes("Jefe"));
    pieces.update(as_bytes("what do ya "));
    pieces.update(as_bytes("want for nothing?"));
    CHECK(pieces.finish().hex() == hmac("Jefe", "what do ya want for nothing?"));
}

TEST_CASE("a comparison in constant time finds every difference", "[hmac]")
{
    const auto digest = Sha256::of(as_bytes("abc"));
    CHECK(equal_in_constant_time(digest, Sha256::of(as_bytes("abc"))));
    std::size_t found = 0;
    for (std::size_t i = 0; i < Hash32::size; ++i) {
        auto other = digest;
        other.bytes[i] ^= std::byte{1};
        if (!equal_in_constant_time(digest, other)) ++found;
    }
    CHECK(found == Hash32::size);
}
