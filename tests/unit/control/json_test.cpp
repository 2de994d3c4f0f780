#include "control/json.hpp"

#include <shoal/value_crossing.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

namespace shoal::control {

namespace {

Value read(std::string_view text)
{
    CAPTURE(text);
    auto value = from_json(text, 1 << 20);
    if (!value) FAIL(value.error().text);
    return std::move(*value);
}

}  // namespace

TEST_CASE("JSON has bytes as hex and no infinities", "[control][json]")
{
    Value::Map inner;
    inner.set("name", "Leaves of Grass").set("rate", 2.5);
    Value::Map map;
    map.set("null", Value{}).set("yes", true).set("count", std::int64_t{-7}).set("bytes", Bytes{std::byte{0}, std::byte{255}});
    map.set("list", Value::List{1, "two", Value(inner)});
    CHECK(to_json(map)
          == R"({"null":null,"yes":true,"count":-7,"bytes":"00ff",)"
             R"("list":[1,"two",{"name":"Leaves of Grass","rate":2.5E0}]})");
    CHECK(to_json(INFINITY) == "null");
    CHECK(to_json("bad \xff") == "\"bad \xef\xbf\xbd\"");
}

TEST_CASE("JSON is one line, whatever is in a text", "[control][json]")
{
    CHECK(to_json("a\nb\x01\"\\") == R"("a\nb\u0001\"\\")");
}

TEST_CASE("what was written as JSON is read as the same value, numbers to the last bit", "[control][json]")
{
    Value::List all{Value{}, true, false, 0, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    for (const double real : {0.1, -2.5, 1e300, 5e-324, 1.7976931348623157e308, 0.30000000000000004, 100.0}) all.push_back(real);
    for (const char* text : {"", "Ünï\u20ac\U0001F300", "a\n\t\"\\/\x7f"}) all.push_back(text);
    Value::Map map;
    map.set("", 1).set("list", all).set("empty", Value::List{}).set("none", Value::Map{});
    const Value value(map);
    CHECK(read(to_json(value)) == value);
}

TEST_CASE("a number with a point or an exponent is a real, and others are ints", "[control][json]")
{
    CHECK(read("100").as_integer() != nullptr);
    CHECK(read("100.0").as_real() != nullptr);
    CHECK(read("1e2").as_real() != nullptr);
    CHECK(*read("-9223372036854775808").as_integer() == std::numeric_limits<std::int64_t>::min());
    CHECK(*read("9223372036854775807").as_integer() == std::numeric_limits<std::int64_t>::max());
    CHECK(*read("-0").as_integer() == 0);
}

TEST_CASE("escapes are what they stand for, also beyond the first plane", "[control][json]")
{
    CHECK(*read(R"("\u00e9\ud83c\udf00\/\b\f")").as_text() == "é\U0001F300/\b\f");
    CHECK(*read(R"("a\u0000b")").as_text() == std::string("a\0b", 3));
}

TEST_CASE("white space around a value does not matter, and anything else after it does", "[control][json]")
{
    CHECK(read(" \t\r\n[ 1 , 2 ] \n") == Value(Value::List{1, 2}));
    CHECK_FALSE(from_json("[1] 2", 100));
}

TEST_CASE("JSON nested as deep as it may be crosses the ABI", "[control][json]")
{
    const auto nested = [](std::size_t depth, std::string_view leaf) {
        return std::string(depth, '[').append(leaf).append(depth, ']');
    };
    for (const auto& text : {nested(64, ""), nested(63, "1"), nested(62, "{\"a\":1}")}) {
        const auto deep = read(text);
        const AbiValue crossing(deep);
        const auto back = from_abi(*crossing.pointer());
        REQUIRE(back);
        CHECK(*back == deep);
    }
    for (const auto& text : {nested(65, ""), nested(64, "1"), nested(63, "{\"a\":1}")}) CHECK_FALSE(from_json(text, 1000));
}

}  // namespace shoal::control
