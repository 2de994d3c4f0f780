// Scripts that are folders, and what they require.
#include "rehearsed.hpp"
#include "script_bench.hpp"
#include "service_host.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

namespace shoal::script_lua::test {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<Modules> modules_of(std::map<std::string, std::string> own, std::map<std::string, std::string> shared = {})
{
    return std::make_shared<Modules>("notes", Modules::Folder{.texts = std::move(own)},
                                     std::make_shared<Modules::Folder>(Modules::Folder{.texts = std::move(shared)}));
}

// What it says when it is loaded, or what is wrong with it.
std::string said(const std::string& text, std::shared_ptr<Modules> modules)
{
    ScriptBench bench;
    bench.settings.modules = std::move(modules);
    const auto wrong = bench.load(text);
    return wrong.empty() && !bench.lines.empty() ? bench.lines.back() : wrong;
}

struct Folders : ServiceHost {
    void make(const std::string& name, const std::string& text)
    {
        fs::create_directories(fs::path(folder_setting + "/" + name).parent_path());
        write(name, text);
    }
};

} // namespace

TEST_CASE("a module is loaded once, from the script's own folder before lib", "[script][modules]")
{
    const auto modules = modules_of({{"part", "shoal.log.info('part', ...) return { n = 5 }"}, {"sub.part", "return require 'part'"}},
                                    {{"part", "error 'not this one'"}, {"shared", "return function() return 'of lib' end"}, {"nothing", ""}});
    CHECK(said("local part = require 'part' part.n = part.n + 1 print(require('sub.part').n, require 'shared'(), require 'nothing')", modules)
          == "6 of lib true");
    CHECK(modules->asked() == std::set<std::string>{"nothing", "shared"});
}

TEST_CASE("what cannot be required says why, in the line that asks for it", "[script][modules]")
{
    const auto modules = modules_of({{"a", "require 'b'"}, {"b", "\nrequire 'a'"}, {"bad", "\n\nlocal = 3"}, {"fails", "\nerror('oh')"}, {"binary", "\x1bLua"}});
    CHECK_THAT(said("\nrequire 'c.d'", modules),
               Catch::Contains("tested/main:2: there is no module c.d: neither notes/c/d.lua nor lib/c/d.lua is there"));
    CHECK_THAT(said("require 'a'", modules), Catch::Contains("notes/b:2: modules require each other in a circle: a, b, a"));
    CHECK_THAT(said("require 'bad'", modules), Catch::StartsWith("notes/bad:3:"));
    CHECK_THAT(said("require 'fails'", modules), Catch::StartsWith("notes/fails:2: oh"));
    CHECK_THAT(said("require 'binary'", modules), Catch::Contains("binary chunk"));
    CHECK_THAT(said("require 'main'", modules), Catch::Contains("is the script itself"));
    CHECK(said("print(pcall(require, 'fails')) print(pcall(require, 'fails'))", modules) == "false notes/fails:2: oh");
    const auto* bad = GENERATE("../a", "/etc/x", "a/b", "a..b", ".a", "a.", "a b");
    CHECK_THAT(said(std::string("require '") + bad + "'", modules), Catch::Contains("no module has such a name"));
}

TEST_CASE("modules are required while the script is loaded; later there are those that were", "[script][modules]")
{
    ScriptBench bench;
    bench.settings.modules = modules_of({{"a", "return 'a'"}, {"b", "return 'b'"}});
    REQUIRE(bench.load("require 'a' shoal.on('go', 'h', function() print(require 'a') require 'b' end)").empty());
    bench.hear("go");
    CHECK(bench.lines.back() == "a");
    REQUIRE(bench.troubles.size() == 1);
    CHECK_THAT(bench.troubles[0].traceback, Catch::Contains("the module b is to be required while the script is loaded"));
}

TEST_CASE("S1 a module that runs without end is stopped as its script would be", "[script][modules][limits]")
{
    CHECK_THAT(said("pcall(require, 'a')", modules_of({{"a", "while true do end"}})), Catch::Contains("all the instructions"));
}

TEST_CASE("a folder with main.lua is a script, with options, and runs anew when a file of it changes", "[script][modules][service]")
{
    Folders host;
    host.make("notes/main.lua", "shoal.opts { greeting = 'hello' } local word = require 'words.one' shoal.log.info(shoal.opts.greeting, word)");
    host.make("notes/words/one.lua", "return 'first'");
    host.make("notes/main_test.lua", "error 'not to be run'");
    host.make("lib/shared.lua", "error 'not to be run'");
    host.make("lib/main.lua", "error 'not to be run'");
    host.make("opts/notes.conf", "greeting = bye");
    host.start();
    CHECK(host.has_logged("notes: bye first"));
    CHECK(host.service->summary() == "1 script in " + host.folder_setting);
    host.make("notes/words/one.lua", "return 'second'");
    host.look();
    CHECK(host.has_logged("notes: bye second"));
    host.make("notes/another.lua", "");
    host.look();
    CHECK(host.count_logged("notes: bye second") == 2);
    host.make("notes/main_test.lua", "changed");
    host.look();
    CHECK(host.count_logged("notes: bye second") == 2);
    CHECK_FALSE(host.has_logged("not to be run"));
    fs::remove(fs::path(host.folder_setting) / "notes/main.lua");
    host.look();
    CHECK(host.has_logged("script notes is gone"));
}

TEST_CASE("a module of lib that changes reloads the scripts that asked for it, also in vain, and no others", "[script][modules][service]")
{
    Folders host;
    host.make("a.lua", "shoal.log.info(require 'shared')");
    host.make("b.lua", "shoal.log.info('alone')");
    host.make("c.lua", "shoal.log.info(pcall(require, 'late'))");
    host.make("lib/shared.lua", "return 'one'");
    host.start();
    CHECK(host.has_logged("a: one"));
    CHECK(host.has_logged("c: false there is no module late: lib/late.lua is not there"));
    host.look();
    host.make("lib/shared.lua", "return = 5");
    host.make("lib/late.lua", "return 'here'");
    host.look();
    CHECK(host.has_logged("c: true here"));
    CHECK(host.has_logged("script a cannot be loaded: lib/shared:1:"));
    host.make("lib/shared.lua", "return 'two'");
    host.look();
    CHECK(host.has_logged("a: two"));
    CHECK(host.count_logged("b: alone") == 1);
    CHECK(host.count_logged("c: true here") == 1);
}

TEST_CASE("a script that is a file and a folder at once is none", "[script][modules][service]")
{
    Folders host;
    host.make("notes.lua", "shoal.log.info('the file')");
    host.make("notes/main.lua", "shoal.log.info('the folder')");
    host.start();
    CHECK(host.has_logged("script notes cannot be loaded: there are both notes.lua and notes/main.lua"));
    fs::remove(fs::path(host.folder_setting) / "notes.lua");
    host.look();
    CHECK(host.has_logged("notes: the folder"));
    CHECK_FALSE(host.has_logged("notes: the file"));
}

TEST_CASE("links in a folder lead nowhere, and a folder of too many files or octets is no script", "[script][modules][service][limits]")
{
    Folders host;
    host.make("notes/main.lua", "shoal.log.info(pcall(require, 'out')) shoal.log.info(pcall(require, 'there.secret'))");
    host.make("elsewhere/secret.lua", "return 'secret'");
    const fs::path scripts = host.folder_setting;
    fs::create_symlink(scripts / "elsewhere/secret.lua", scripts / "notes/out.lua");
    fs::create_directory_symlink(scripts / "elsewhere", scripts / "notes/there");
    host.make("many/main.lua", "");
    for (int i = 0; i < 500; ++i) host.make("many/part" + std::to_string(i) + ".lua", "");
    host.make("large/main.lua", "");
    host.make("large/part.lua", std::string(1u << 20, ' ') + "\n");
    host.start();
    CHECK(host.count_logged("notes: false") == 2);
    CHECK(host.count_logged("secret'") == 0);
    CHECK(host.has_logged("script many cannot be loaded: the folder many has more than 64 Lua files"));
    CHECK(host.has_logged("script large cannot be loaded: the Lua files of the folder large have more than 1 MiB together"));
}

TEST_CASE("tests load scripts that are folders, and what is in lib", "[script][modules][rehearsal]")
{
    const std::map<std::string, std::string> files{{"notes/main.lua", "print(require 'part', require 'shared')"},
                                                   {"notes/part.lua", "return 'own'"},
                                                   {"plain.lua", "print('plain', require 'shared')"},
                                                   {"main.lua", "print('main', require 'plain')"},
                                                   {"lib/shared.lua", "return 'of lib'"}};
    const auto [name, line] = GENERATE(table<std::string, std::string>({{"notes", "notes: own of lib"},
                                                                        {"notes/main.lua", "notes: own of lib"},
                                                                        {"plain", "plain: plain of lib"},
                                                                        {"main.lua", "main: main true"}}));
    const auto outcomes = rehearsed({.name = "a_test.lua", .text = "test('x', function(t) t:script '" + name + "' end)", .files = files});
    REQUIRE(outcomes);
    CHECK(outcomes->at(0).why == "");
    REQUIRE_FALSE(outcomes->at(0).lines.empty());
    CHECK(outcomes->at(0).lines.back() == line);
}

} // namespace shoal::script_lua::test
