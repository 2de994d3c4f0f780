#include "control/json.hpp"
#include "control/schema.hpp"

#include <catch2/catch.hpp>

#include <cmath>

namespace shoal::control {

namespace {

using Type = Value::Type;

const MethodSchema add{
    .name = "torrents.add",
    .help = "adds a torrent",
    .arguments = {{.name = "source", .type = Type::text, .help = "a magnet link", .is_required = true},
                  {.name = "ratio", .type = Type::real, .help = "when to stop", .fallback = 1.5},
                  {.name = "limit", .type = Type::integer, .help = "in octets a second"},
                  {.name = "order", .type = Type::text, .help = "of its pieces", .fallback = "rarest", .choices = {"rarest", "first"}},
                  {.name = "key", .type = Type::bytes, .help = "a secret"},
                  {.name = "labels", .type = Type::list, .help = "texts"},
                  {.name = "paused", .type = Type::boolean, .help = "not yet"},
                  {.name = "note", .help = "anything"}}};

std::string outcome(Value::Map arguments)
{
    const auto complete = checked(add, std::move(arguments));
    if (complete) return to_json(*complete);
    CHECK(complete.error().code == Errc::invalid_argument);
    return complete.error().text;
}

Value::Map given(std::string name, Value value)
{
    Value::Map map;
    map.set("source", "x").set(std::move(name), std::move(value));
    return map;
}

}  // namespace

TEST_CASE("arguments come complete and in the schema's order", "[control][schema]")
{
    CHECK(outcome(given("limit", 5)) == R"({"source":"x","ratio":1.5E0,"limit":5,"order":"rarest"})");
    Value::Map map;
    map.set("order", "first").set("ratio", 2.5).set("source", "y");
    CHECK(outcome(map) == R"({"source":"y","ratio":2.5E0,"order":"first"})");
}

TEST_CASE("an int is taken where a real is wanted, and hexadecimal digits where bytes are", "[control][schema]")
{
    const auto real = checked(add, given("ratio", 2));
    REQUIRE(real);
    REQUIRE(real->find("ratio")->as_real() != nullptr);
    CHECK(*real->find("ratio")->as_real() == 2);
    const auto bytes = checked(add, given("key", "00fF"));
    REQUIRE(bytes);
    REQUIRE(bytes->find("key")->as_bytes() != nullptr);
    CHECK(*bytes->find("key")->as_bytes() == Bytes{std::byte{0}, std::byte{255}});
    CHECK(outcome(given("key", "0")) == "torrents.add: 'key' has to be bytes, or a text of hexadecimal digits");
}

TEST_CASE("an argument without a type may be anything", "[control][schema]")
{
    for (const Value& value : {Value(1), Value("a"), Value(Value::List{}), Value(Value::Map{}), Value(false)}) {
        const auto complete = checked(add, given("note", value));
        REQUIRE(complete);
        CHECK(*complete->find("note") == value);
    }
}

TEST_CASE("an argument of the wrong type is refused by name", "[control][schema]")
{
    CHECK(outcome(given("source", 5)) == "torrents.add: 'source' has to be a text");
    CHECK(outcome(given("limit", 2.0)) == "torrents.add: 'limit' has to be a whole number");
    CHECK(outcome(given("limit", "5")) == "torrents.add: 'limit' has to be a whole number");
    CHECK(outcome(given("ratio", "much")) == "torrents.add: 'ratio' has to be a number");
    CHECK(outcome(given("paused", 1)) == "torrents.add: 'paused' has to be true or false");
    CHECK(outcome(given("labels", "tv")) == "torrents.add: 'labels' has to be a list");
    CHECK(outcome(given("order", "last")) == "torrents.add: 'order' has to be one of rarest, first");
}

TEST_CASE("infinity is no number, and what is not UTF-8 is no text", "[control][schema]")
{
    CHECK(outcome(given("ratio", INFINITY)) == "torrents.add: 'ratio' has to be a number");
    CHECK(outcome(given("ratio", NAN)) == "torrents.add: 'ratio' has to be a number");
    CHECK(outcome(given("source", "\xff")) == "torrents.add: 'source' has to be a text");
    CHECK(outcome(given("note", "\xff")) == "torrents.add: 'note' has to be a value");
}

TEST_CASE("an argument that is null counts as absent", "[control][schema]")
{
    CHECK(outcome(given("ratio", Value{})) == R"({"source":"x","ratio":1.5E0,"order":"rarest"})");
    Value::Map none;
    none.set("source", Value{});
    CHECK(outcome(none) == "torrents.add: 'source' is missing: a magnet link");
    CHECK(outcome({}) == "torrents.add: 'source' is missing: a magnet link");
}

TEST_CASE("an argument that is none is refused, with the one that was meant and all that there are", "[control][schema]")
{
    CHECK(outcome(given("lables", Value::List{}))
          == "torrents.add: 'lables' is no argument; did you mean 'labels'?; there are: source, ratio, limit, order, key, labels, "
             "paused, note");
    CHECK_THAT(outcome(given("\x1b[2J", 1)), Catch::StartsWith("torrents.add: '\\x1b[2J' is no argument; there are: "));
    CHECK(outcome(given(std::string(100'000, 'a'), 1)).size() < 300);
    const auto refused = checked({.name = "session.stop", .help = ""}, given("now", true));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text == "session.stop: 'source' is no argument: it takes none");
}

}  // namespace shoal::control
