#include "control/json.hpp"

#include <catch2/catch.hpp>

#include <chrono>

namespace shoal::control {

namespace {

Error json_refusal(std::string_view text, std::size_t most_octets = 64 << 20)
{
    CAPTURE(text.substr(0, 100));
    const auto value = from_json(text, most_octets);
    REQUIRE_FALSE(value);
    return value.error();
}

Error bad(std::string_view text)
{
    auto error = json_refusal(text);
    CHECK(error.code == Errc::bad_input);
    return error;
}

}  // namespace

TEST_CASE("JSON nested a million deep is refused at its 65th level", "[control][json][bad-input]")
{
    for (const std::string part : {"[", "{\"a\":", "[{\"a\":"}) {
        std::string text;
        for (int i = 0; i < 1'000'000; ++i) text += part;
        const auto error = json_refusal(text);
        CHECK(error.code == Errc::limit_exceeded);
        CHECK_THAT(error.text, Catch::StartsWith("values are nested more than 64 deep, at octet "));
    }
}

TEST_CASE("a number that does not fit is refused, and neither wraps nor is rounded", "[control][json][bad-input]")
{
    for (const auto* number : {"9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
                               "99999999999999999999999999999999", "1e309", "-1e309", "1e999999999999999999999"}) {
        CHECK_THAT(bad(number).text, Catch::Contains("out of range") || Catch::Contains("exponent"));
        CHECK_FALSE(from_json("[" + std::string(number) + "]", 100));
    }
    CHECK(bad("[0,9223372036854775808]").text == "the number '9223372036854775808' is out of range, at octet 22");
    CHECK(bad(std::string(100'000, '9')).text.size() < 150);
}

TEST_CASE("a gigabyte of JSON is refused before it is read", "[control][json][bad-input]")
{
    const std::string_view gigabyte("[]", std::size_t{1} << 30);  // of which two octets exist
    const auto refused = from_json(gigabyte, 32 << 20);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::limit_exceeded);
    CHECK(refused.error().text == "the JSON has 1073741824 octets, more than 33554432");
    CHECK(from_json("[]", 2));
    CHECK(json_refusal("[1]", 2).code == Errc::limit_exceeded);
}

TEST_CASE("text that is not UTF-8 is refused, and so is half a surrogate pair", "[control][json][bad-input]")
{
    for (const auto* text : {"\"\xff\"", "\"\xc3\"", "\"\xc3(\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
                             "{\"\xff\":1}", R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800x")"}) {
        CHECK_THAT(bad(text).text, Catch::StartsWith("this is no JSON at octet "));
    }
}

TEST_CASE("a key twice in one object is refused, and named", "[control][json][bad-input]")
{
    CHECK(bad(R"({"a":1,"b":2,"a":3})").text == "the key 'a' is there twice, at octet 15");
    CHECK_THAT(bad(R"({"x":{"k":1,"\u006b":2}})").text, Catch::StartsWith("the key 'k' is there twice"));
    CHECK_THAT(bad("{\"\x7f\":1,\"\x7f\":1}").text, Catch::StartsWith("the key '\\x7f' is there twice"));
    CHECK(from_json(R"([{"a":1},{"a":{"a":1}}])", 100));
}

TEST_CASE("an object of a hundred thousand keys is read in no time", "[control][json][bad-input]")
{
    std::string text = "{";
    for (int i = 0; i < 100'000; ++i) text += "\"key" + std::to_string(i) + "\":0,";
    text.back() = '}';
    const auto begin = std::chrono::steady_clock::now();
    const auto value = from_json(text, 16 << 20);
    REQUIRE(value);
    CHECK(value->as_map()->size() == 100'000);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));  // a look-up per key would take minutes
}

TEST_CASE("what is no JSON is refused with its place", "[control][json][bad-input]")
{
    for (const auto* text : {"", " ", "[", "[1", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}", "{'a':1}", "nul", "tru", "True", "NaN",
                             "Infinity", "-Infinity", "+1", "01", "-", "1.", ".5", "1e", "0x10", "\"", "\"\\", "\"\\x\"", "\"\\u12\"",
                             "\"a\nb\"", "[1]]", "1 2", "//x\n1", "/*x*/1", "\xef\xbb\xbf[]", "]", "}", ","}) {
        CHECK_THAT(bad(text).text, Catch::Contains("no JSON at octet "));
    }
    CHECK_THAT(bad("[1,x]").text, Catch::StartsWith("this is no JSON at octet 3"));
    CHECK_THAT(bad("[1,2").text, Catch::StartsWith("this is no JSON at octet 4: incomplete"));
    CHECK_THAT(bad("[1] x").text, Catch::StartsWith("this is no JSON at octet 4"));
    CHECK_THAT(bad(std::string_view("[]\0", 3)).text, Catch::StartsWith("this is no JSON at octet 2"));
}

}  // namespace shoal::control
