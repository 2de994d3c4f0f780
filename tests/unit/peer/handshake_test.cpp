#include "peer/handshake.hpp"

#include "wire_samples.hpp"

#include <catch2/catch.hpp>

namespace shoal::peer {

TEST_CASE("a handshake is 68 octets as BEP 3 lays them out", "[peer][handshake]")
{
    CHECK(to_hex(encode_handshake(testing::sample_handshake()))
          == "13"
             "426974546f7272656e742070726f746f636f6c"
             "0000000000100004"
             "0102030405060708090a0b0c0d0e0f1011121314"
             "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3");
}

TEST_CASE("a handshake comes back from its octets, with every combination of capabilities",
          "[peer][handshake]")
{
    for (unsigned bits = 0; bits < 16; ++bits) {
        auto handshake = testing::sample_handshake();
        handshake.capabilities = {.fast = (bits & 1) != 0,
                                  .extended = (bits & 2) != 0,
                                  .dht = (bits & 4) != 0,
                                  .v2 = (bits & 8) != 0};
        const auto back = decode_handshake(encode_handshake(handshake));
        REQUIRE(back);
        CHECK(back->capabilities == handshake.capabilities);
        CHECK(back->info_hash == handshake.info_hash);
        CHECK(back->peer_id == handshake.peer_id);
    }
}

TEST_CASE("reserved bits without a meaning are ignored", "[peer][handshake]")
{
    auto octets = encode_handshake(testing::sample_handshake());
    octets[20] = std::byte{0xff};
    octets[25] |= std::byte{0xef};
    octets[27] |= std::byte{0xea};
    const auto back = decode_handshake(octets);
    REQUIRE(back);
    CHECK(back->capabilities == testing::sample_handshake().capabilities);
}

TEST_CASE("P9 a wrong protocol name is noticed at its first wrong octet", "[peer][handshake][bad-input]")
{
    const auto good = encode_handshake(testing::sample_handshake());
    for (std::size_t wrong = 0; wrong < 20; ++wrong) {
        auto octets = good;
        octets[wrong] ^= std::byte{0x20};
        CHECK(check_handshake_start(ByteView(octets).first(wrong)));
        for (auto size = wrong + 1; size <= octets.size(); ++size) {
            const auto outcome = check_handshake_start(ByteView(octets).first(size));
            REQUIRE_FALSE(outcome);
            CHECK(outcome.error().code == Errc::protocol_error);
        }
        CHECK_FALSE(decode_handshake(octets));
    }
}

}  // namespace shoal::peer
