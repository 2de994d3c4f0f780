#include <shoal/hex.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>

using namespace shoal;

namespace {

std::string unhex(std::string_view text)
{
    const auto bytes = from_hex(text);
    REQUIRE(bytes);
    return std::string(as_text(*bytes));
}

} // namespace

TEST_CASE("hexadecimal is written in lower case and read in either", "[hex]")
{
    CHECK(to_hex(as_bytes(std::string("\x00\x7f\xab", 3))) == "007fab");
    CHECK(to_hex({}).empty());
    CHECK(unhex("007FaB") == std::string("\x00\x7f\xab", 3));
    CHECK(unhex("").empty());
}

TEST_CASE("hexadecimal with an odd digit or a wrong one is refused with its place", "[hex][bad-input]")
{
    CHECK(from_hex("abc").error().code == Errc::bad_input);
    CHECK(from_hex("0g").error().text == "hex: not a digit at character 1");
    CHECK_FALSE(from_hex("0x"));
    CHECK_FALSE(from_hex(" 0"));
    CHECK_FALSE(from_hex("+1"));
    CHECK_FALSE(from_hex(std::string_view("0\0", 2)));
}

TEST_CASE("base32 agrees with the test vectors of RFC 4648", "[hex]")
{
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""},
        {"f", "MY======"},
        {"fo", "MZXQ===="},
        {"foo", "MZXW6==="},
        {"foob", "MZXW6YQ="},
        {"fooba", "MZXW6YTB"},
        {"foobar", "MZXW6YTBOI======"},
    };
    for (const auto& [plain, coded] : vectors) {
        CHECK(to_base32(as_bytes(plain)) == coded);
        const auto decoded = from_base32(coded);
        REQUIRE(decoded);
        CHECK(as_text(*decoded) == plain);
    }
}

TEST_CASE("base32 is read without padding and in lower case, as magnet links have it", "[hex]")
{
    const auto decoded = from_base32("mzxw6ytboi");
    REQUIRE(decoded);
    CHECK(as_text(*decoded) == "foobar");

    const auto hash = from_base32("QHQXPYWMACKDWKP47RRVIV7VOURXFE5Q");
    REQUIRE(hash);
    CHECK(to_hex(*hash) == "81e177e2cc00943b29fcfc635457f575237293b0");
}

TEST_CASE("base32 that is no whole number of bytes, or wrongly padded, is refused", "[hex][bad-input]")
{
    for (const std::string_view text :
         {"M", "MZX", "MZXW6Y", "MY=", "MY=====", "MZXW6YTB========", "========", "M=======", "MY=====A"}) {
        INFO(text);
        REQUIRE_FALSE(from_base32(text));
        CHECK(from_base32(text).error().code == Errc::bad_input);
    }
    CHECK_FALSE(from_base32("M0"));
    CHECK_FALSE(from_base32("M1"));
    CHECK_FALSE(from_base32("M8"));
    CHECK_FALSE(from_base32("MZ"));
}
