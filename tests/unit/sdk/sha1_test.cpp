#include <shoal/sha1.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace shoal;

TEST_CASE("SHA-1 agrees with the vectors of FIPS 180", "[sha1]")
{
    CHECK(Sha1::of({}).hex() == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    CHECK(Sha1::of(as_bytes("abc")).hex() == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(Sha1::of(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).hex()
          == "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    CHECK(Sha1::of(as_bytes(std::string(1'000'000, 'a'))).hex()
          == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST_CASE("SHA-1 does not depend on how the bytes are cut", "[sha1]")
{
    std::string text;
    for (int i = 0; i < 200; ++i) text.push_back(static_cast<char>(i * 7));
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const auto bytes = as_bytes(text).first(length);
        const auto whole = Sha1::of(bytes);
        for (std::size_t cut = 0; cut <= length; ++cut) {
            Sha1 hash;
            hash.update(bytes.first(cut));
            hash.update(bytes.subspan(cut));
            if (hash.finish() != whole) FAIL("length " << length << ", cut " << cut);
        }
    }
    Sha1 drops;
    for (const char c : text) drops.update(as_bytes({&c, 1}));
    CHECK(drops.finish() == Sha1::of(as_bytes(text)));
}
