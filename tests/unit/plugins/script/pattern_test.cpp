// Our matcher against Lua's own, which a state without a sandbox has.
#include "script_bench.hpp"

#include "sandbox/lua_api.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace shoal::script_lua::test {
namespace {

constexpr const char* comparison = R"(
    local function show(...)
        local said = table.pack(...)
        for i = 1, said.n do said[i] = tostring(said[i]) end
        return table.concat(said, '|', 1, said.n)
    end
    local function all(s, p)
        local seen = {}
        for a, b in string.gmatch(s, p) do seen[#seen + 1] = show(a, b) end
        return table.concat(seen, ';')
    end
    local s, p = SUBJECT, PATTERN
    local function try(f, ...)
        local said = table.pack(pcall(f, ...))
        if not said[1] then return 'error' end
        return show(table.unpack(said, 2, said.n))
    end
    say(table.concat({ try(string.find, s, p), try(string.find, s, p, 3), try(string.find, s, p, -2), try(string.match, s, p),
        try(string.gsub, s, p, '<%0>'), try(string.gsub, s, p, '%1.'), try(string.gsub, s, p, { a = 'A' }, 2),
        try(string.gsub, s, p, function(x) return x ~= 'b' and 'f' end), try(all, s, p), try(string.find, s, p, 1, true) }, ' / '))
)";

std::string quoted(std::string_view text)
{
    std::string out = "'";
    for (const char c : text) out += "\\" + std::to_string(static_cast<unsigned char>(c) + 1000).substr(1);
    return out + "'";
}

std::string question(std::string_view subject, std::string_view pattern)
{
    std::string text = comparison;
    text.replace(text.find("SUBJECT"), 7, quoted(subject));
    return text.replace(text.find("PATTERN"), 7, quoted(pattern));
}

std::string by_lua(const std::string& text)
{
    const std::unique_ptr<lua_State, decltype(&lua_close)> lua(luaL_newstate(), &lua_close);
    luaL_openlibs(lua.get());
    const std::string whole = "local said function say(text) said = text end " + text + " return said";
    REQUIRE(luaL_dostring(lua.get(), whole.c_str()) == LUA_OK);
    return lua_tostring(lua.get(), -1);
}

std::string by_us(const std::string& text)
{
    ScriptBench bench;
    const auto wrong = bench.load("local say = shoal.log.info " + text);
    CAPTURE(wrong);
    REQUIRE(wrong.empty());
    return bench.lines.at(0);
}

} // namespace

TEST_CASE("patterns match as Lua's do", "[script][pattern]")
{
    const std::vector<std::pair<std::string, std::string>> cases{
        {"hello world", "o"},       {"hello world", "l+"},      {"hello world", "(h)(.)"},    {"hello", "^h"},
        {"hello", "^e"},            {"hello", "o$"},            {"hello", "l$"},              {"hello", "()l()"},
        {"key = value", "(%w+)%s*=%s*(%w+)"},                   {"THE (quick) fox", "%((%a+)%)"},
        {"f(a(b)c)d", "%b()"},      {"THE (quick) fox", "%f[%a]%a+"}, {"abab", "(a)(b)%1%2"}, {"", ""},
        {"", "a*"},                 {"abc", ""},                {"aaa", "a-"},                {"aaa", "a-$"},
        {"a-b", "[a-]"},            {"a]b", "[]]"},             {"a^b", "[%^b]"},             {"abc", "[^a]"},
        {"x.y", "%."},              {"a\0b", "%z"},             {"a\0b", "[\0b]"},            {"abc", "[a-"},
        {"abc", "%"},               {"abc", "(a"},              {"abc", "a)"},                {"abc", "%1"},
        {"abc", "[%a"},             {"abc", "%f"},              {"abc", "%b"},                {"abc", "%bx"},
        {"\xc3\xa9", "."},          {"2024-05-06", "(%d+)-(%d+)-(%d+)"}, {"a.b.c", "[^.]+"},  {"aXb", "%u"},
        {"  trim  ", "^%s*(.-)%s*$"}, {"abc", "b?c"},           {"abc", "x?"},                {"aaab", "a?a?a?b"},
        {"[x]", "[[]x[]]"},         {"a-z", "[a%-z]+"},         {"abc", "[c-a]"},             {"ab", "$a"},
        {"a$b", "a$b"},             {"a$", "%$$"},              {"abc", "^^a"},               {"a,b,,c", "([^,]*)"}};
    for (const auto& [subject, pattern] : cases) {
        CAPTURE(subject, pattern);
        const auto asked = question(subject, pattern);
        CHECK(by_us(asked) == by_lua(asked));
    }
}

TEST_CASE("patterns made at random match as Lua's do", "[script][pattern]")
{
    const std::vector<std::string> parts{"a", "b", ".", "%a", "%d", "[ab]", "[^a]", "(", ")", "()", "*", "+", "-", "?", "^", "$", "%1", "%b()", "%f[b]"};
    RandomStream random(5, 1);
    for (int i = 0; i < 200; ++i) {
        std::string pattern;
        std::string subject;
        for (auto n = random.below(6); n > 0; --n) pattern += parts[random.below(parts.size())];
        for (auto n = random.below(8); n > 0; --n) subject += "ab(1)"[random.below(5)];
        CAPTURE(subject, pattern);
        const auto asked = question(subject, pattern);
        CHECK(by_us(asked) == by_lua(asked));
    }
}

} // namespace shoal::script_lua::test
