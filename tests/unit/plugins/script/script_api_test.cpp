// What scripts find in `shoal`.
#include "script_bench.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace shoal::script_lua::test {

TEST_CASE("a script knows what it is, and which version of the API it has", "[script]")
{
    ScriptBench bench;
    bench.settings.folder = "/etc/scripts";
    REQUIRE(bench.load("-- Says hello.\n--   Version: 1.2 beta \nprint(shoal.script.name, shoal.script.dir, shoal.script.version, shoal.api_version)").empty());
    CHECK(bench.lines == std::vector<std::string>{"tested /etc/scripts 1.2 beta 1"});
    CHECK(bench.script->version() == "1.2 beta");
    const auto* none = GENERATE("print(shoal.script.version)\n-- version: 1", "--[[\n-- version: 1\n]] print(shoal.script.version)",
                                "-- versions: 1\nprint(shoal.script.version)", "--\n\nprint(shoal.script.version)");
    ScriptBench other;
    REQUIRE(other.load(none).empty());
    CHECK(other.lines == std::vector<std::string>{"nil"});
}

TEST_CASE("null is kept as it is, and nothing is kept of nil", "[script]")
{
    ScriptBench bench;
    REQUIRE(bench.load(R"(
        shoal.on('go', 'h', function()
            shoal.kv.set('a', shoal.null)
            print(shoal.kv.get('a') == shoal.null, shoal.kv.get('b'))
            shoal.kv.set('a', nil)
            print(shoal.json.decode('null') == shoal.null, shoal.json.encode(shoal.json.decode('[null,{"a":null}]')))
        end))").empty());
    bench.hear("go");
    REQUIRE(bench.wishes.size() == 1);
    CHECK(bench.wishes[0].value == Value("null"));
    bench.answer(Value{});
    bench.answer(Value("null"));
    bench.answer(Value{});
    REQUIRE(bench.wishes.size() == 1);
    CHECK(bench.wishes[0].kind == Wish::Kind::erase);
    bench.answer(Value{});
    CHECK(bench.lines == std::vector<std::string>{"true nil", "true [null,{}]"});
}

} // namespace shoal::script_lua::test
