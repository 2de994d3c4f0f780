#include "control/value.hpp"

#include <shoal/value_crossing.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <vector>

namespace shoal::control {

namespace {

Value sample()
{
    Value::Map inner;
    inner.set("name", "Leaves of Grass").set("rate", 2.5);
    Value::Map out;
    out.set("null", Value{}).set("yes", true).set("count", std::int64_t{-7});
    out.set("bytes", Bytes{std::byte{0}, std::byte{255}});
    out.set("list", Value::List{1, "two", Value(inner)});
    return out;
}

shoal_value text_value(const char* text)
{
    shoal_value out{};
    out.type = SHOAL_VALUE_TEXT;
    out.size = std::strlen(text);
    out.as.text = text;
    return out;
}

}  // namespace

TEST_CASE("a value survives the way through the ABI and back", "[control]")
{
    const auto value = sample();
    const AbiValue abi(value);
    const auto back = from_abi(*abi.pointer());
    REQUIRE(back);
    CHECK(*back == value);
    CHECK(back->as_map()->find("list")->as_list()->at(2).as_map()->find("rate")->as_real() != nullptr);
}

TEST_CASE("a map keeps its order and holds a key once", "[control]")
{
    Value::Map map;
    map.set("b", 1).set("a", 2).set("b", 3);
    CHECK(map.keys() == std::vector<std::string>{"b", "a"});
    CHECK(*map.find("b")->as_integer() == 3);
    CHECK(map.find("c") == nullptr);
}

TEST_CASE("a value nested 64 deep is read, a deeper one is refused", "[control]")
{
    std::vector<shoal_value> chain(65);
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        chain[i].type = SHOAL_VALUE_LIST;
        chain[i].size = 1;
        chain[i].as.items = &chain[i + 1];
    }
    CHECK(from_abi(chain[1]));
    const auto refused = from_abi(chain[0]);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::limit_exceeded);
}

TEST_CASE("a list that contains itself is refused", "[control]")
{
    shoal_value loop{};
    loop.type = SHOAL_VALUE_LIST;
    loop.size = 1;
    loop.as.items = &loop;
    CHECK_FALSE(from_abi(loop));
}

TEST_CASE("a wide tree is refused before it is copied", "[control]")
{
    std::vector<shoal_value> items(1000);
    std::vector<shoal_value> lists(1000);
    for (auto& list : lists) {
        list.type = SHOAL_VALUE_LIST;
        list.size = items.size();
        list.as.items = items.data();
    }
    shoal_value root{};
    root.type = SHOAL_VALUE_LIST;
    root.size = lists.size();
    root.as.items = lists.data();
    const auto refused = from_abi(root);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::limit_exceeded);
}

TEST_CASE("nonsense in a value is an error", "[control]")
{
    auto value = text_value("fine");
    CHECK(from_abi(value));

    const auto check_refused = [&] { CHECK_FALSE(from_abi(value)); };

    SECTION("an unknown type")
    {
        value.type = 99;
        check_refused();
    }
    SECTION("a reserved field in use")
    {
        value.reserved = 1;
        check_refused();
    }
    SECTION("a text that is not UTF-8")
    {
        value = text_value("\xc3\x28");
        check_refused();
    }
    SECTION("a size without a pointer")
    {
        value.as.text = nullptr;
        check_refused();
    }
    SECTION("a size beyond all memory")
    {
        value.size = UINT64_MAX;
        check_refused();
    }
    SECTION("a list beyond all memory")
    {
        value.type = SHOAL_VALUE_LIST;
        value.size = UINT64_MAX;
        check_refused();
    }
    SECTION("bytes without a pointer")
    {
        value.type = SHOAL_VALUE_BYTES;
        value.as.bytes = nullptr;
        check_refused();
    }
}

TEST_CASE("a map with a key twice is an error", "[control]")
{
    const shoal_entry entries[] = {{{"a", 1}, {}}, {{"a", 1}, {}}};
    shoal_value map{};
    map.type = SHOAL_VALUE_MAP;
    map.size = 2;
    map.as.entries = entries;
    const auto refused = from_abi(map);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text == "the key 'a' is there twice");
}

}  // namespace shoal::control
