#include "host/manifest.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>

namespace shoal::host {

namespace {

const std::string good = R"({
  "id": "org.example.choker.hello", "version": "1.0.0", "license": "MIT", "summary": "Says hello.",
  "abi": { "major": 1, "minor": 0 },
  "provides": [ { "kind": "shoal.choker/1", "name": "hello", "scope": "torrent" } ],
  "requires": [ "shoal.host.random/1" ], "optional": [ "shoal.host.events/1" ],
  "permissions": [ "net.http" ], "schemes": [ "http", "https" ], "sim_safe": true,
  "settings": {
    "slots": { "type": "int", "default": 4, "min": 1, "max": 1000, "unit": "peers", "scope": "torrent",
               "live": true, "help": "How many." },
    "share": { "type": "real", "default": 1, "help": "How much." },
    "mode": { "type": "text", "default": "a", "choices": [ "a", "b" ], "help": "Which." },
    "on": { "type": "bool", "default": false, "help": "Whether." } },
  "x-mood": [ 1, 2 ] })";

std::string with(const std::string& what, const std::string& instead)
{
    auto out = good;
    const auto at = out.find(what);
    REQUIRE(at != std::string::npos);
    return out.replace(at, what.size(), instead);
}

}  // namespace

TEST_CASE("a manifest is read whole", "[host][manifest]")
{
    const auto manifest = parse_manifest(good);
    REQUIRE(manifest);
    CHECK(manifest->id == "org.example.choker.hello");
    CHECK(manifest->provision("shoal.choker/1", "hello")->scope == Scope::torrent);
    CHECK(manifest->provision("shoal.picker/1", "hello") == nullptr);
    CHECK(manifest->required == std::vector<std::string>{"shoal.host.random/1"});
    CHECK(manifest->permits("net.http"));
    CHECK_FALSE(manifest->permits("net.udp"));
    CHECK(manifest->serves("https"));
    CHECK(manifest->sim_safe);
    CHECK(manifest->text == good);

    REQUIRE(manifest->settings.size() == 4);
    const auto& slots = manifest->settings.front();
    CHECK(slots.name == "slots");
    CHECK(slots.fallback == control::Value(4));
    CHECK(slots.max == 1000.0);
    CHECK(slots.unit == "peers");
    CHECK(slots.live);
    CHECK(manifest->setting("share")->fallback == control::Value(1.0));
    CHECK(manifest->setting("gone") == nullptr);
}

TEST_CASE("a manifest for another ABI is unsupported, whatever else it says", "[host][manifest]")
{
    for (const auto& text : {R"({ "abi": { "major": 2, "minor": 0 }, "shape": "new" })",
                             R"({ "abi": { "major": 1, "minor": 7 }, "shape": "new" })"}) {
        const auto manifest = parse_manifest(text);
        REQUIRE_FALSE(manifest);
        CHECK(manifest.error().code == Errc::unsupported);
        CHECK(manifest.error().text.starts_with("it needs plug-in ABI"));
    }
}

TEST_CASE("what is wrong with a manifest is named", "[host][manifest]")
{
    const auto [text, named] = GENERATE(table<std::string, std::string>({
        {"{", "not JSON"},
        {"[]", "not a JSON object"},
        {with("\"org.example.choker.hello\"", "7"), "\"id\" must be a text"},
        {with("org.example.choker.hello", "Hello"), "\"id\" must be in reverse DNS form"},
        {with("org.example.choker.hello", "org..hello"), "\"id\" must be in reverse DNS form"},
        {with("\"license\": \"MIT\",", ""), "\"license\" is missing"},
        {with("\"1.0.0\"", "\"\""), "\"version\" is empty"},
        {with("\"major\": 1", "\"major\": -1"), "\"major\" must be a small number"},
        {with("shoal.choker/1", "choker"), "\"kind\" must look like"},
        {with("shoal.choker/1", "shoal.choker/01"), "\"kind\" must look like"},
        {with("\"name\": \"hello\"", "\"name\": \"He llo\""), "\"name\" must be made of"},
        {with("\"scope\": \"torrent\" } ]", "\"scope\": \"planet\" } ]"),
         "\"scope\" must be session, torrent or peer"},
        {with("[ { \"kind\"", "[ [], { \"kind\""), "\"provides\" must be a list of objects"},
        {with("\"shoal.host.random/1\"", "\"random\""), "\"requires\" must name services"},
        {with("\"net.http\"", "\"net.everything\""), "asks for the unknown 'net.everything'"},
        {with("\"net.http\"", "\"net.http\", \"net.http\""), "\"permissions\" names something twice"},
        {with("\"https\"", "\"HTTPS\""), "\"schemes\" must be lower-case"},
        {with("\"sim_safe\": true", "\"sim_safe\": 1"), "\"sim_safe\" must be true or false"},
        {with("\"permissions\"", "\"permission\""), "\"permission\" is not a member"},
        {with("\"default\": 4", "\"default\": 0"), "in setting 'slots'"},
        {with("\"default\": 4,", ""), "\"default\" is missing"},
        {with("\"type\": \"int\"", "\"type\": \"number\""), "\"type\" must be bool, int, real or text"},
        {with("\"max\": 1000", "\"max\": 0"), "\"min\" is above \"max\""},
        {with("\"default\": \"a\"", "\"default\": \"c\""), "in setting 'mode'"},
        {with("\"help\": \"Whether.\"", "\"min\": 1, \"help\": \"Whether.\""), "are for numbers"},
    }));
    const auto manifest = parse_manifest(text);
    REQUIRE_FALSE(manifest);
    INFO(manifest.error().text);
    CHECK(manifest.error().code == Errc::bad_input);
    CHECK(manifest.error().text.find(named) != std::string::npos);
}

TEST_CASE("a manifest nested without end is refused", "[host][manifest]")
{
    std::string deep;
    for (int i = 0; i < 10'000; ++i) deep += '[';
    CHECK_FALSE(parse_manifest(deep));
    CHECK_FALSE(parse_manifest(R"({ "x-deep": )" + deep));
}

TEST_CASE("a manifest cut short anywhere is refused", "[host][manifest]")
{
    for (std::size_t length = 0; length < good.size(); ++length) {
        if (parse_manifest(good.substr(0, length))) FAIL("accepted at " << length);
    }
    CHECK(parse_manifest(good));
}

TEST_CASE("the noun of a kind is its middle", "[host][manifest]")
{
    CHECK(kind_noun("shoal.picker/1") == "picker");
    CHECK(kind_noun("com.example.thing/1") == "com.example.thing/1");
}

}  // namespace shoal::host
