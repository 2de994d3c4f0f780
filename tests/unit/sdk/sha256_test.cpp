#include <shoal/sha256.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace shoal;

TEST_CASE("SHA-256 agrees with the vectors of FIPS 180", "[sha256]")
{
    CHECK(Sha256::of({}).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(Sha256::of(as_bytes("abc")).hex()
          == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(Sha256::of(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).hex()
          == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(Sha256::of(as_bytes(std::string(1'000'000, 'a'))).hex()
          == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 does not depend on how the bytes are cut", "[sha256]")
{
    std::string text;
    for (int i = 0; i < 200; ++i) text.push_back(static_cast<char>(i * 7));
    for (std::size_t length = 0; length <= text.size(); ++length) {
        const auto bytes = as_bytes(text).first(length);
        const auto whole = Sha256::of(bytes);
        for (std::size_t cut = 0; cut <= length; ++cut) {
            Sha256 hash;
            hash.update(bytes.first(cut));
            hash.update(bytes.subspan(cut));
            if (hash.finish() != whole) FAIL("length " << length << ", cut " << cut);
        }
    }
    Sha256 drops;
    for (const char c : text) drops.update(as_bytes({&c, 1}));
    CHECK(drops.finish() == Sha256::of(as_bytes(text)));
}
