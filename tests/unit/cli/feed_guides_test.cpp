#include "cli/arguments.hpp"
#include "cli/rules_command.hpp"
#include "cli/workshop.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

// What docs/rules.md and docs/feeds.md tell people to write and to type.
using namespace shoal;
using namespace shoal::cli;

namespace {

struct GuideBench {
    GuideBench() : registry(host::Log{}) { registry.scan(SHOAL_TEST_PLUGINS); }

    test::TemporaryFolder made;
    host::Registry registry;
    std::ostringstream out;
    std::ostringstream err;
    net::LiveEnvironment live{{.workers = 2}};
    Program program{.live = live, .registry = registry, .log = {}, .out = out, .err = err, .checked = true, .arguments = {}};
};

std::string guide_text(const std::string& name)
{
    std::ifstream file(SHOAL_SOURCE_DIR "/docs/" + name);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lua_blocks(const std::string& text)
{
    const std::string fence = "```lua\n";
    std::vector<std::string> blocks;
    for (auto at = text.find(fence); at != text.npos; at = text.find(fence, at)) {
        at += fence.size();
        blocks.push_back(text.substr(at, text.find("```", at) - at));
    }
    return blocks;
}

// As a shell would cut it: quotes hold together.
std::vector<std::string> shell_words(const std::string& line)
{
    std::vector<std::string> words;
    std::string word;
    bool is_word = false;
    char quote = 0;
    for (const char c : line + " ") {
        if (quote != 0) {
            if (c == quote) quote = 0;
            else word += c;
        } else if (c == ' ') {
            if (is_word) words.push_back(std::exchange(word, {}));
            is_word = false;
        } else {
            is_word = true;
            if (c == '"' || c == '\'') quote = c;
            else word += c;
        }
    }
    return words;
}

// In a line of their own, behind a prompt or between backticks; what a backslash goes on with is of the line.
std::vector<std::string> commands_in(std::string text)
{
    for (auto at = text.find("\\\n"); at != text.npos; at = text.find("\\\n", at)) text.replace(at, text.find_first_not_of(' ', at + 2) - at, "");
    std::vector<std::string> found;
    for (auto at = text.find("shoal "); at != text.npos; at = text.find("shoal ", at + 1)) {
        const auto before = text.substr(at < 4 ? 0 : at - 4, at < 4 ? at : 4);
        const bool is_typed = before.ends_with("\n$ ") || before == "    ";
        const bool is_quoted = before.ends_with('`');
        if (is_typed) found.push_back(text.substr(at, text.find('\n', at) - at));
        else if (is_quoted) found.push_back(text.substr(at, text.find('`', at) - at));
    }
    return found;
}

}  // namespace

TEST_CASE("every rule of the guide is read by Lua and by the rules, without a word of complaint", "[cli][rules][docs]")
{
    GuideBench bench;
    const auto blocks = lua_blocks(guide_text("rules.md"));
    REQUIRE(blocks.size() >= 3);
    const auto items = bench.made.write("items.json", R"([{"title": "Field Notes S01E01 720p", "url": "https://feeds.example.org/x.torrent"}])");
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        CAPTURE(blocks[i]);
        const auto file = bench.made.write("rule" + std::to_string(i) + ".lua", blocks[i]);
        CHECK(rules(bench.program, {.verb = RulesVerb::test, .file = file, .feeds = {"daily=" + items}}) == ExitCode::ok);
        CHECK(bench.err.str() == "");
    }
}

TEST_CASE("every command of the guides to feeds and rules can be typed", "[cli][rules][docs]")
{
    GuideBench bench;
    auto workshop = Workshop::open(bench.program);
    REQUIRE(workshop);
    const auto schemas = (*workshop)->methods().methods();
    std::size_t calls = 0;
    for (const auto* name : {"rules.md", "feeds.md"}) {
        for (const auto& command : commands_in(guide_text(name))) {
            CAPTURE(command);
            const auto words = shell_words(command);
            if (words.size() < 3) continue;  // it is named, not typed
            std::vector<const char*> pointers;
            for (const auto& word : words) pointers.push_back(word.c_str());
            const auto typed = read_arguments(static_cast<int>(pointers.size()), pointers.data());
            CHECK_FALSE(typed.exit_code);
            if (typed.exit_code || typed.ctl.verb != "call") continue;
            const auto request = ctl_request(typed.ctl);
            REQUIRE(request);
            const auto schema = std::ranges::find(schemas, request->calls.at(0).method, [](const auto* one) { return one->name; });
            REQUIRE(schema != schemas.end());
            for (const auto& key : request->calls.at(0).arguments.keys()) {
                CHECK(std::ranges::find((*schema)->arguments, key, &control::Field::name) != (*schema)->arguments.end());
            }
            ++calls;
        }
    }
    CHECK(calls >= 6);
}
