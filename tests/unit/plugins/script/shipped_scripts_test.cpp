// The scripts of scripts/automation do what their first lines say, and every piece of the guide runs.
#include "rehearsed.hpp"
#include "script_bench.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace shoal::script_lua::test {
namespace {

std::string text_of(const std::string& path)
{
    std::ifstream file(SHOAL_SOURCE_DIR "/" + path);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

Value shown(const char* label, double ratio)
{
    return Value(Value::Map{}.set("torrent", "3fa1").set("name", "film").set("label", label).set("ratio", ratio).set("folder", "/in"));
}

} // namespace

TEST_CASE("every shipped script can be loaded", "[script][shipped]")
{
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(SHOAL_SOURCE_DIR "/scripts")) {
        const bool is_picker = entry.path().parent_path().filename() == "pickers";
        if (entry.path().extension() != ".lua" || is_picker || entry.path().stem().string().ends_with("_test")) continue;
        CAPTURE(entry.path());
        CHECK(ScriptBench().load(text_of(std::filesystem::relative(entry.path(), SHOAL_SOURCE_DIR).string())).empty());
        ++count;
    }
    CHECK(count > 1);
}

TEST_CASE("what has given enough is stopped, by ratio or by time", "[script][shipped]")
{
    ScriptBench bench;
    REQUIRE(bench.load(text_of("scripts/automation/stop_after_ratio.lua")).empty());
    const auto [ratio, seeded, is_stopped] = GENERATE(table<double, std::int64_t, bool>({
        {1.4, 0, false},
        {1.5, 0, true},
        {0.1, 14 * 24 * 3600 - 601, false},
        {0.1, 14 * 24 * 3600, true},
    }));
    CAPTURE(ratio, seeded);
    bench.wait(std::chrono::seconds{600});
    REQUIRE(bench.wishes.at(0).name == "torrents.list");
    bench.answer(Value(Value::List{shown("tv", ratio)}));
    bench.answer(Value(std::to_string(seeded)));
    CHECK(bench.wishes.at(0).kind == Wish::Kind::write);
    CHECK(bench.wishes.at(0).value == Value(std::to_string(seeded + 600)));
    bench.answer(Value{});
    if (ratio < 1.5) bench.answer(Value(std::to_string(seeded + 600)));
    CHECK(bench.wishes.size() == (is_stopped ? 1 : 0));
    if (is_stopped) {
        CHECK(bench.wishes[0].name == "torrents.stop");
        bench.answer(Value{});
        CHECK_THAT(bench.lines.at(0), Catch::StartsWith("stopped film:"));
    }
    CHECK(bench.troubles.empty());
}

TEST_CASE("every event that the guide names is one", "[script][shipped]")
{
    const auto guide = text_of("docs/lua.md");
    const auto known = text_of("docs/reference.md") + text_of("docs/rules.md") + text_of("docs/feeds.md");
    const auto begin = guide.find("| event | when |");
    REQUIRE(begin != guide.npos);
    const auto end = guide.find("\n\n", begin);
    int count = 0;
    for (auto at = guide.find("\n| `", begin); at < end; at = guide.find("\n| `", at + 1)) {
        const auto names = guide.substr(at + 3, guide.find(" |", at + 3) - at - 3);
        for (auto name = names.find('`'); name != names.npos; name = names.find('`', names.find('`', name + 1) + 1)) {
            const auto event = names.substr(name + 1, names.find('`', name + 1) - name - 1);
            CAPTURE(event);
            const bool is_known = known.find("### " + event + "\n") != known.npos || known.find("`" + event + "`") != known.npos;
            CHECK((is_known || event.starts_with("script.")));
            ++count;
        }
    }
    CHECK(count > 20);
}

namespace {

// What happens to each piece of the guide: all that its handlers, its hooks and its timers wait for.
constexpr const char* life_of_a_piece = R"lua(test("a piece of the guide", function(t)
    t:page("https://hooks.example.org/shoal", { status = 200, body = "" })
    t:program("/usr/bin/ffprobe", { code = 0, output = "", errors = "film.mkv, 25 minutes" })
    t:script "piece.lua"
    local torrent = t:torrent { name = "Field Notes S01E02", folder = "/srv", state = "seeding", ratio = 0.5, size = 30000000000 }
    local happened = 0
    for event in t:file("piece.lua"):gmatch 'shoal%.on%("([^"]+)"' do
        t:emit(event, torrent, { why = "nobody has it", failure = "not registered", path = "film.mkv" })
        happened = happened + 1
    end
    for hook in t:file("piece.lua"):gmatch 'shoal%.before%("([^"]+)"' do
        local is_allowed, why, changed = t:ask(hook, torrent, { size = 30000000000, name = torrent.name, cause = "script:other" })
        t:check(not is_allowed or changed.folder == "/srv/large", "the hook " .. hook .. " did nothing")
        happened = happened + 1
    end
    for _, rule in ipairs(t:rules()) do
        if rule.where then t:check(t:where(rule.name, { title = "Field Notes", size = 1 })) end
        happened = happened + 1
    end
    t:wait(3 * 86400)
    local is_quiet = t:file("piece.lua"):find("opts", 1, true) or t:file("piece.lua"):find("json", 1, true) or t:file("piece.lua"):find("cron", 1, true)
    t:check(happened > 0 or is_quiet, "nothing happened in it")
end))lua";

} // namespace

TEST_CASE("every piece of the guide runs, and so do its handlers", "[script][shipped]")
{
    const auto guide = text_of("docs/lua.md");
    int count = 0;
    for (auto at = guide.find("```lua\n"); at != guide.npos; at = guide.find("```lua\n", at)) {
        at += 7;
        const auto piece = guide.substr(at, guide.find("```", at) - at);
        CAPTURE(piece);
        const Rehearsal::Play play{.name = "piece_test.lua", .text = life_of_a_piece, .files = {{"piece.lua", piece}}};
        const auto outcomes = rehearsed(play);
        if (!outcomes) FAIL(outcomes.error().text);
        REQUIRE(outcomes->size() == 1);
        CHECK(outcomes->front().why == "");
        ++count;
    }
    CHECK(count > 4);
}

} // namespace shoal::script_lua::test
