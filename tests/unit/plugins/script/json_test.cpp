#include "json.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <string>

namespace shoal::script_lua::test {

TEST_CASE("JSON is read as it is meant", "[script][json]")
{
    const auto read = [](std::string_view text) {
        auto value = parse_json(text);
        REQUIRE(value);
        return *value;
    };
    CHECK(read(" null ") == Value{});
    CHECK(read("[true, false]") == Value(Value::List{true, false}));
    CHECK(read("-12") == Value(-12));
    CHECK(read("1.5e1") == Value(15.0));
    CHECK(read("9223372036854775807") == Value(std::numeric_limits<std::int64_t>::max()));
    CHECK(read("9223372036854775808").as_real() != nullptr);
    CHECK(read(R"("a\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00")") == Value("a\"\\/\b\f\n\r\tA\xc3\xa9\xf0\x9f\x98\x80"));
    CHECK(read(R"({"b": {"c": []}, "a": {}})") == Value(Value::Map{}.set("b", Value::Map{}.set("c", Value::List{})).set("a", Value::Map{})));
}

TEST_CASE("what is no JSON is refused with its place", "[script][json]")
{
    const std::string deep(100'000, '[');
    for (const std::string_view text :
         {std::string_view(""), std::string_view("{"), std::string_view("[1,]"), std::string_view("{\"a\" 1}"), std::string_view("{a: 1}"),
          std::string_view("01"), std::string_view("1."), std::string_view("1e"), std::string_view("\"a"), std::string_view("\"\\x\""),
          std::string_view("\"\\ud800\""), std::string_view("\"\\u12\""), std::string_view("\"\n\""), std::string_view("nul"),
          std::string_view("1 2"), std::string_view("{\"a\":1,\"a\":2}"), std::string_view("\"\xff\""), std::string_view("1e999"),
          std::string_view("+1"), std::string_view(deep)}) {
        CAPTURE(text.substr(0, 20));
        const auto value = parse_json(text);
        REQUIRE_FALSE(value);
        CHECK(value.error().code == Errc::bad_input);
    }
    CHECK(parse_json("[1,]").error().text == "JSON, character 4: no value begins so");
}

TEST_CASE("JSON is written so that it is read as it was", "[script][json]")
{
    const Value value(Value::Map{}
                          .set("text", "\"\\\n\x01\xc3\xa9")
                          .set("list", Value::List{1, 1.0, -0.5, true, Value{}})
                          .set("empty", Value::Map{}));
    const auto text = to_json(value);
    CHECK(text == "{\"text\":\"\\\"\\\\\\u000a\\u0001\xc3\xa9\",\"list\":[1,1.0,-0.5,true,null],\"empty\":{}}");
    CHECK(*parse_json(text) == value);
    CHECK(to_json(Value(std::numeric_limits<double>::infinity())) == "null");
    CHECK(to_json(Value(Bytes{std::byte{0xff}, std::byte{0}})) == "\"ff00\"");
}

} // namespace shoal::script_lua::test
