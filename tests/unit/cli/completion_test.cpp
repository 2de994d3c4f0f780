#include "cli/completion.hpp"
#include "control/registry.hpp"
#include "net/live_environment.hpp"
#include "net/local_socket.hpp"
#include "rpc/server.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::cli;
using control::Value;

namespace {

using Words = std::vector<std::string>;

// Of a daemon: two torrents, a method and an event. It runs, or does not.
struct Clerk {
    Knowledge knowledge()
    {
        return {.daemon = [this](const std::string& socket, const std::string& method, Value::Map arguments) -> Result<Value> {
                    asked_at = socket;
                    if (!is_there) return make_error(Errc::refused, "nobody");
                    return answer(method, arguments);
                },
                .plugins = [](std::string_view kind) {
                    return kind == "shoal.picker/1" ? Words{"endgame", "rarest-first"} : Words{"dht", "endgame", "rarest-first"};
                }};
    }

    static Result<Value> answer(const std::string& method, const Value::Map& arguments)
    {
        if (method == "torrents.list") {
            return Value(Value::List{Value::Map{}.set("name", "debian 12.iso").set("torrent", "abcdef0123456789"),
                                     Value::Map{}.set("name", "arch").set("torrent", "ab00000123456789"),
                                     Value::Map{}.set("name", "torn\x1bname").set("torrent", "ff00000123456789")});
        }
        if (method == "feeds.list") return Value(Value::List{Value::Map{}.set("feed", "daily").set("title", "Daily TV")});
        const auto how = Value::Map{}.set("name", "how").set("type", "text").set("help", "h").set("choices", Value::List{"fast", "slow"});
        const auto really = Value::Map{}.set("name", "really").set("type", "bool").set("help", "r");
        const auto torrent = Value::Map{}.set("name", "torrent").set("type", "text").set("help", "which");
        const auto one = Value::Map{}.set("name", "torrents.dance").set("help", "d").set("arguments", Value::List{torrent, how, really});
        if (method == "rpc.methods" && arguments.find("name") != nullptr) return Value(one);
        if (method == "rpc.methods") {
            return Value(Value::Map{}.set("methods", Value::List{one}).set("events", Value::List{Value::Map{}.set("name", "torrent.danced")}));
        }
        return make_error(Errc::not_found, method);
    }

    Words texts(Words words)
    {
        Words texts;
        found = completions(words, knowledge());
        for (const auto& word : found.words) texts.push_back(word.text);
        return texts;
    }

    bool is_there = true;
    std::string asked_at;
    Completions found;
};

}  // namespace

TEST_CASE("commands, their commands and their flags are those that are read", "[cli][completion]")
{
    Clerk clerk;
    const auto all = clerk.texts({""});
    for (const auto* command : {"get", "seed", "create", "show", "plugin", "tracker", "demo", "dht", "daemon", "ctl", "rules", "script", "search"}) {
        CAPTURE(command);
        CHECK(std::ranges::count(all, command) == 1);
    }
    CHECK(clerk.texts({"dae"}) == Words{"daemon"});
    CHECK(clerk.texts({"ctl", "settings", ""}) == Words{"list", "get", "set", "reset"});
    CHECK(clerk.texts({"ctl", "--json", "--socket", "/s", "remo"}) == Words{"remove"});
    CHECK(clerk.texts({"ctl", "remove", "x", "--d"}) == Words{"--data"});
    CHECK(clerk.texts({"daemon", "--check-c"}) == Words{"--check-config"});
    CHECK(clerk.texts({"get", "--plug"}) == Words{"--plugins"});  // of all commands
    CHECK(clerk.texts({"ctl", "list", "--plug"}).empty());
    CHECK(clerk.texts({"nonsense", "--no"}).empty());
}

TEST_CASE("what may only be one of some is offered", "[cli][completion]")
{
    Clerk clerk;
    CHECK(clerk.texts({"ctl", "queue", "arch", ""}) == Words{"top", "up", "down", "bottom"});
    CHECK(clerk.texts({"script", "new", "x", "--kind", "ru"}) == Words{"rules"});
    CHECK(clerk.texts({"script", "new", "x", "--kind=ru"}) == Words{"--kind=rules"});
}

TEST_CASE("torrents of a daemon are offered by name, and by hash to who has begun one", "[cli][completion]")
{
    Clerk clerk;
    CHECK(clerk.texts({"ctl", "start", ""}) == Words{"debian 12.iso", "arch"});
    CHECK(clerk.texts({"ctl", "--socket", "/my.sock", "stop", "x", "ab"}) == Words{"abcdef0123", "ab00000123"});
    CHECK(clerk.asked_at == "/my.sock");
    CHECK(clerk.texts({"ctl", "move", "ar"}) == Words{"arch"});
    CHECK(clerk.texts({"ctl", "move", "arch", ""}).empty());
    CHECK(clerk.found.paths == Completions::Paths::folders);
    clerk.is_there = false;
    CHECK(clerk.texts({"ctl", "start", ""}).empty());
}

TEST_CASE("feeds of a daemon are offered where one is named, and what was taken before", "[cli][completion]")
{
    Clerk clerk;
    CHECK(clerk.texts({"rules", "save", "da"}) == Words{"daily"});
    CHECK(clerk.texts({"rules", "why", "x", "--feed", ""}) == Words{"daily"});
    CHECK(clerk.texts({"rules", "test", "--seen", ""}) == Words{"none", "live"});
    CHECK(clerk.found.paths == Completions::Paths::files);
    CHECK(clerk.texts({"rules", "save", "daily", "--a"}) == Words{"--all"});
    clerk.is_there = false;
    CHECK(clerk.texts({"rules", "save", ""}).empty());
}

TEST_CASE("methods, their arguments, what these may be, and events come from the daemon", "[cli][completion]")
{
    Clerk clerk;
    CHECK(clerk.texts({"ctl", "call", ""}) == Words{"torrents.dance"});
    CHECK(clerk.texts({"ctl", "call", "torrents.dance", ""}) == Words{"torrent=", "how=", "really="});
    CHECK(clerk.texts({"ctl", "call", "torrents.dance", "how=f"}) == Words{"how=fast"});
    CHECK(clerk.texts({"ctl", "call", "torrents.dance", "really="}) == Words{"really=true", "really=false"});
    CHECK(clerk.texts({"ctl", "call", "torrents.dance", "torrent=ar"}) == Words{"torrent=arch"});
    CHECK(clerk.texts({"ctl", "watch", "torrent."}) == Words{"torrent.danced"});
    clerk.is_there = false;
    CHECK(clerk.texts({"ctl", "call", ""}).empty());
}

TEST_CASE("settings and what they may be are known without a daemon", "[cli][completion]")
{
    Clerk clerk;
    CHECK(clerk.texts({"ctl", "settings", "get", "rates.alternative_d"}) == Words{"rates.alternative_down"});
    CHECK(clerk.texts({"ctl", "settings", "set", "log.level", ""}) == Words{"error", "warning", "info", "debug"});
    CHECK(clerk.texts({"daemon", "--set", "peers.inc"}) == Words{"peers.incoming="});
    CHECK(clerk.texts({"daemon", "--set", "peers.incoming=t"}) == Words{"peers.incoming=true"});
    CHECK(clerk.texts({"daemon", "--set=log.level=w"}) == Words{"--set=log.level=warning"});
}

TEST_CASE("the fields of torrents are offered where they are filtered, shown and set", "[cli][completion]")
{
    Clerk clerk;
    CHECK(clerk.texts({"ctl", "list", "upl"}) == Words{"uploaded"});
    CHECK(clerk.texts({"ctl", "list", "state=seeding", "an"}) == Words{"and"});
    CHECK(clerk.texts({"ctl", "list", "state=see"}) == Words{"state=seeding"});
    CHECK(clerk.texts({"ctl", "list", "--fields", "name,upl"}) == Words{"name,uploaded"});
    CHECK(clerk.texts({"ctl", "set", "arch", "seed"}) == Words{"seed_time="});
    CHECK(clerk.texts({"ctl", "set", "arch", "pickers=endgame,ra"}) == Words{"pickers=endgame,rarest-first"});
}

TEST_CASE("plug-ins are offered by kind, and paths where paths may come", "[cli][completion]")
{
    Clerk clerk;
    CHECK(clerk.texts({"get", "--picker", "rarest-first,e"}) == Words{"rarest-first,endgame"});
    CHECK(clerk.texts({"plugin", "info", "d"}) == Words{"dht"});
    CHECK(clerk.texts({"get", "x"}).empty());
    CHECK(clerk.found.paths == Completions::Paths::files);
    CHECK(clerk.texts({"get", "--output", ""}).empty());
    CHECK(clerk.found.paths == Completions::Paths::folders);
    CHECK(clerk.texts({"ctl", "stats", ""}).empty());
    CHECK(clerk.found.paths == Completions::Paths::none);
}

namespace {

std::string said_by(const std::string& program, const std::string& script)
{
    const test::TemporaryFolder folder;
    const auto line = "HOME='" + folder.path().native() + "' " + program + " '" + folder.write("typed", script) + "' 2>&1";  // fish keeps things there
    auto* shell = ::popen(line.c_str(), "r");
    if (shell == nullptr) return "no shell";
    std::string out;
    for (int c = std::fgetc(shell); c != EOF; c = std::fgetc(shell)) out += static_cast<char>(c);
    if (::pclose(shell) != 0) out += " (failed)";
    return out;
}

// Bash with our script, and the program itself: what it offers when these words are typed, the last one not to its end.
std::string offered_by_bash(const Words& words)
{
    std::string script = "source '" SHOAL_SOURCE_DIR "/scripts/completion/shoal.bash'\nCOMP_WORDS=(shoal ";
    for (const auto& word : words) script += "'" + word + "' ";
    script += ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_shoal '" SHOAL_PROGRAM "'\n(IFS=,; echo -n \"${COMPREPLY[*]}\")\n";
    return said_by("bash", script);
}

// The same of zsh, whose own part in it, which needs a terminal, is played by a function.
std::string offered_by_zsh(const Words& words)
{
    std::string script = "compadd() { print -rn -- ${(j:,:)texts} }\n_files() { print -rn -- \"files$*\" }\nwords=('" SHOAL_PROGRAM "' ";
    for (const auto& word : words) script += "'" + word + "' ";
    script += ")\nCURRENT=$#words\nPREFIX=$words[-1]\nsource '" SHOAL_SOURCE_DIR "/scripts/completion/_shoal'\n";
    return said_by("zsh -f", script);
}

// Fish completes without a terminal: what it offers for a line, each with its explanation.
std::string offered_by_fish(const std::string& line)
{
    const std::string program = SHOAL_PROGRAM;
    return said_by("fish --no-config", "set -x PATH '" + program.substr(0, program.rfind('/')) + "' $PATH\n"
                                       "source '" SHOAL_SOURCE_DIR "/scripts/completion/shoal.fish'\n"
                                       "complete -C '" + line + "'\n");
}

}  // namespace

TEST_CASE("bash completes commands, flags and settings", "[cli][completion]")
{
    CHECK(offered_by_bash({"dae"}) == "daemon");
    CHECK(offered_by_bash({"ctl", "settings", ""}) == "list,get,set,reset");
    CHECK(offered_by_bash({"ctl", "--socket", "/no/such", "start", ""}).empty());
    CHECK(offered_by_bash({"daemon", "--set", "log.level", "=", "w"}) == "warning");
    CHECK(offered_by_bash({"daemon", "--set", "log.level", "="}) == "error,warning,info,debug");
    CHECK(offered_by_bash({"daemon", "--set", "folders.dow"}) == "folders.download=");
    CHECK(offered_by_bash({"plugin", "info", "rarest"}) == "rarest-first");
    CHECK(offered_by_bash({"script", "test", SHOAL_SOURCE_DIR "/scripts/comp"}) == SHOAL_SOURCE_DIR "/scripts/completion");
}

TEST_CASE("zsh completes the same", "[cli][completion]")
{
    CHECK(offered_by_zsh({"dae"}) == "daemon");
    CHECK(offered_by_zsh({"daemon", "--set", "log.level=w"}) == "log.level=warning");
    CHECK(offered_by_zsh({"script", "test", ""}) == "files");
    CHECK(offered_by_zsh({"ctl", "move", "--socket", "/no/such", "x", ""}) == "files-/");
}

TEST_CASE("fish completes the same, and explains it", "[cli][completion]")
{
    CHECK_THAT(offered_by_fish("shoal dae"), Catch::StartsWith("daemon\trun in the foreground"));
    CHECK(offered_by_fish("shoal daemon --set log.level=w") == "log.level=warning\n");
    CHECK_THAT(offered_by_fish("shoal ctl settings "), Catch::Contains("list\tall settings\n"));
}

TEST_CASE("bash completes the torrents and methods of a daemon that runs, quoted as a shell wants them", "[cli][completion]")
{
    net::LiveEnvironment live{{.workers = 1}};
    const test::TemporaryFolder folder;
    const auto path = folder / "rpc.sock";
    control::Registry registry;
    const auto torrent = Value::Map{}.set("name", "debian 12.iso").set("torrent", "abcdef0123456789");
    registry.offer({.name = "torrents.list", .help = "lists", .arguments = {{.name = "fields", .type = Value::Type::list, .help = "f"}}},
                   [&](const Value::Map&, auto done) { done(Value::List{torrent}); });
    registry.offer({.name = "session.hang", .help = "hangs"}, [](const Value::Map&, auto) {});
    rpc::Server server(live.loop(), registry);
    REQUIRE(server.open([&](environment::Network::Accepted accepted) { return net::LocalListener::open(live.loop(), path, std::move(accepted)); }));
    const auto offered = [&](Words words) {
        words.insert(words.begin(), {"ctl", "--socket", path});
        std::optional<std::string> typed;
        std::string said;
        live.environment().workers.run([&] { said = offered_by_bash(words); }, [&] { typed = said; });
        live.loop().run_until([&] { return typed.has_value(); });
        return *typed;
    };
    CHECK(offered({"start", "deb"}) == "debian\\ 12.iso");
    CHECK(offered({"start", "abc"}) == "abcdef0123");
    CHECK(offered({"call", "session."}) == "session.hang");
    CHECK(offered({"call", "torrents.list", "fi"}) == "fields=");
}
