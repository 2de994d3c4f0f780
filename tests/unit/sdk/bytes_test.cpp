#include <shoal/bytes.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <string>

using namespace shoal;

namespace {

// Deliberately at an odd address.
std::array<std::byte, 9> counting()
{
    std::array<std::byte, 9> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
    return bytes;
}

} // namespace

TEST_CASE("integers are read in the byte order that is asked for, at any alignment", "[bytes]")
{
    const auto bytes = counting();
    CHECK(load_be<std::uint16_t>(&bytes[1]) == 0x0102);
    CHECK(load_be<std::uint32_t>(&bytes[1]) == 0x01020304);
    CHECK(load_be<std::uint64_t>(&bytes[1]) == 0x0102030405060708);
    CHECK(load_le<std::uint16_t>(&bytes[1]) == 0x0201);
    CHECK(load_le<std::uint32_t>(&bytes[1]) == 0x04030201);
    CHECK(load_le<std::uint64_t>(&bytes[1]) == 0x0807060504030201);
}

TEST_CASE("what is stored is read back and nothing else is touched", "[bytes]")
{
    std::array<std::byte, 6> bytes{};
    store_be(&bytes[1], std::uint32_t{0xdeadbeef});
    CHECK(bytes[0] == std::byte{0});
    CHECK(bytes[1] == std::byte{0xde});
    CHECK(bytes[4] == std::byte{0xef});
    CHECK(bytes[5] == std::byte{0});
    CHECK(load_be<std::uint32_t>(&bytes[1]) == 0xdeadbeef);

    store_le(&bytes[1], std::uint32_t{0xdeadbeef});
    CHECK(bytes[1] == std::byte{0xef});
    CHECK(load_le<std::uint32_t>(&bytes[1]) == 0xdeadbeef);

    store_be(&bytes[2], std::uint16_t{0x1234});
    CHECK(load_be<std::uint16_t>(&bytes[2]) == 0x1234);
}

TEST_CASE("text and bytes are two views of the same memory", "[bytes]")
{
    const std::string text("a\0\xff", 3);
    const auto bytes = as_bytes(text);
    REQUIRE(bytes.size() == 3);
    CHECK(bytes[2] == std::byte{0xff});
    CHECK(as_text(bytes) == text);
    CHECK(static_cast<const void*>(as_text(bytes).data()) == text.data());
    CHECK(as_text({}).empty());
}
