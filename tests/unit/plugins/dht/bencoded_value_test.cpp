#include "bencoded_value.hpp"

#include "numbers.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::test {

using namespace dht;

TEST_CASE("values become bencode, with the keys of maps in order", "[dht]")
{
    Value::Map map;
    map.append("z", Value(Value::List{Value(-3), Value(true), Value(Bytes{std::byte{0xff}})}));
    map.append("a", Value("text"));
    CHECK(text(*to_bencode(Value(map))) == "d1:a4:text1:zli-3ei1e1:\xff" "ee");
    CHECK(text(*to_bencode(Value(""))) == "0:");
}

TEST_CASE("what bencode has no word for is refused", "[dht]")
{
    CHECK(to_bencode(Value{}).error().text == "an item is made of integers, texts, bytes, lists and maps, not of null");
    CHECK(to_bencode(Value(1.5)).error().code == Errc::invalid_argument);
    Value deep(1);
    for (int i = 0; i < 40; ++i) deep = Value(Value::List{std::move(deep)});
    CHECK(to_bencode(deep).error().text == "the value is nested too deeply");
}

TEST_CASE("bencode becomes values: text where it is UTF-8, bytes where it is not", "[dht]")
{
    const auto value = from_bencode(as_bytes("d1:a4:text1:bl1:\xff" "i7eee"));
    REQUIRE(value.as_map() != nullptr);
    CHECK(*value.as_map()->find("a") == Value("text"));
    CHECK(*value.as_map()->find("b") == Value(Value::List{Value(Bytes{std::byte{0xff}}), Value(7)}));
    CHECK(from_bencode(as_bytes("garbage")).is_null());
}

} // namespace shoal::test
