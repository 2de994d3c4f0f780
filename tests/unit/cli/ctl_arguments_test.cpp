#include "cli/arguments.hpp"
#include "control/json.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::cli;

namespace {

Arguments typed_ctl(std::vector<const char*> words)
{
    words.insert(words.begin(), {"shoal", "ctl"});
    return read_arguments(static_cast<int>(words.size()), words.data());
}

CtlRequest ctl_request_of(const std::vector<const char*>& words)
{
    CAPTURE(words);
    const auto arguments = typed_ctl(words);
    REQUIRE_FALSE(arguments.exit_code);
    CHECK(arguments.command == Command::ctl);
    auto request = ctl_request(arguments.ctl);
    REQUIRE(request);
    return std::move(*request);
}

// What the daemon is asked_of_ctl: methods and arguments.
std::string asked_of_ctl(const std::vector<const char*>& words)
{
    std::string all;
    for (const auto& call : ctl_request_of(words).calls) {
        all += (all.empty() ? "" : "; ") + call.method + " " + control::to_json(call.arguments);
    }
    return all;
}

}  // namespace

TEST_CASE("each command of ctl becomes one method with what was typed_ctl, and nothing else", "[cli]")
{
    CHECK(asked_of_ctl({"list"}) == "torrents.list {}");
    CHECK(asked_of_ctl({"list", "state=downloading", "and", "ratio>1.5"}) == R"(torrents.list {"filter":"state=downloading and ratio>1.5"})");
    CHECK(asked_of_ctl({"list", "--fields", "name,size"}) == R"(torrents.list {"fields":["name","size"]})");
    for (const std::string verb : {"show", "start", "stop", "recheck", "reannounce", "peers", "files", "trackers"}) {
        CHECK(asked_of_ctl({verb.c_str(), "0123"}) == "torrents." + verb + R"( {"torrent":"0123"})");
    }
    CHECK(asked_of_ctl({"remove", "ab"}) == R"(torrents.remove {"torrent":"ab","data":false})");
    CHECK(asked_of_ctl({"remove", "ab", "--data"}) == R"(torrents.remove {"torrent":"ab","data":true})");
    CHECK(asked_of_ctl({"set", "ab", "label=linux", "ratio=1.5", "down=10MiB", "up=12", "tags=[\"a\"]", "idle_time=null"})
          == R"(torrents.set {"torrent":"ab","changes":{"label":"linux","ratio":"1.5","down":"10MiB","up":"12","tags":["a"],"idle_time":null}})");
    CHECK(asked_of_ctl({"set", "ab", "pickers=/s/../my.lua,endgame", "choker=/mine.lua"})
          == R"(torrents.set {"torrent":"ab","changes":{"pickers":["/my.lua","endgame"],"choker":"/mine.lua"}})");
    CHECK(asked_of_ctl({"settings", "set", "pickers", "/s/../my.lua,endgame"}) == R"(settings.set {"name":"pickers","value":"/my.lua,endgame"})");
    CHECK(asked_of_ctl({"set", "ab", "pickers=my.lua"}).find(std::filesystem::current_path().string() + "/my.lua") != std::string::npos);
    CHECK(asked_of_ctl({"move", "ab", "/to/there/../here"}) == R"(torrents.move {"torrent":"ab","folder":"/to/here"})");
    CHECK(asked_of_ctl({"queue", "ab", "top"}) == R"(torrents.queue {"torrent":"ab","to":"top"})");
    CHECK(asked_of_ctl({"rename", "ab", "a/b", "a/c"}) == R"(torrents.rename {"torrent":"ab","path":"a/b","new_path":"a/c"})");
    CHECK(asked_of_ctl({"alternative", "on"}) == R"(rates.switch {"alternative":"on"})");
    CHECK(asked_of_ctl({"stats"}) == "session.stats {}");
    CHECK(asked_of_ctl({"reference"}) == "methods.reference {}");
    CHECK(asked_of_ctl({"methods"}) == "rpc.methods {}");
    CHECK(asked_of_ctl({"settings", "list"}) == "settings.list {}");
    CHECK(asked_of_ctl({"settings", "get", "rates.down"}) == R"(settings.get {"name":"rates.down"})");
    CHECK(asked_of_ctl({"settings", "set", "rates.down", "10"}) == R"(settings.set {"name":"rates.down","value":"10"})");
    CHECK(asked_of_ctl({"settings", "reset", "rates.down"}) == R"(settings.reset {"name":"rates.down"})");
}

TEST_CASE("several torrents are several calls", "[cli]")
{
    CHECK(asked_of_ctl({"stop", "a", "b"}) == R"(torrents.stop {"torrent":"a"}; torrents.stop {"torrent":"b"})");
    CHECK(asked_of_ctl({"add", "magnet:?xt=a", "magnet:?xt=b", "--stopped"})
          == R"(torrents.add {"source":"magnet:?xt=a","stopped":true}; torrents.add {"source":"magnet:?xt=b","stopped":true})");
}

TEST_CASE("what is added is named so that the daemon finds it, wherever it runs", "[cli]")
{
    const test::TemporaryFolder folder;
    folder.write("a.torrent", "");
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    const auto here = std::filesystem::current_path().native();
    const auto file = asked_of_ctl({"add", "a.torrent", "-o", "data", "--label", "x", "--select", "*.mkv", "--select", "*.srt"});
    const auto other = asked_of_ctl({"add", "https://127.0.0.1/a.torrent"});
    const auto hash = asked_of_ctl({"add", "0123456789012345678901234567890123456789", "--peer", "127.0.0.1:1", "--peer", "[::1]:2"});
    std::filesystem::current_path(before);
    CHECK(file == R"(torrents.add {"source":")" + here + R"(/a.torrent","folder":")" + here
                      + R"(/data","label":"x","select":["*.mkv","*.srt"]})");
    CHECK(other == R"(torrents.add {"source":"https://127.0.0.1/a.torrent"})");
    CHECK(hash == R"(torrents.add {"source":"0123456789012345678901234567890123456789","peers":["127.0.0.1:1","[::1]:2"]})");
}

TEST_CASE("a method is called with a JSON object, or with words that the daemon's schema gives a type", "[cli]")
{
    CHECK(asked_of_ctl({"call", "a.b"}) == "a.b {}");
    CHECK(asked_of_ctl({"call", "a.b", R"({"n":1})"}) == R"(a.b {"n":1})");
    const auto request = ctl_request_of({"call", "a.b", "n=1", "text=x=y"});
    REQUIRE(request.calls.size() == 1);
    CHECK(request.calls[0].typed == std::vector<std::string>{"n=1", "text=x=y"});
    for (const char* bad : {"n", "=1", "{\"n\":", "{\"n\":1}x"}) {
        CAPTURE(bad);
        const auto refused = ctl_request(typed_ctl({"call", "a.b", bad}).ctl);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::invalid_argument);
    }
    CHECK(ctl_request(typed_ctl({"set", "ab", "label"}).ctl).error().code == Errc::invalid_argument);
}

TEST_CASE("events are watched by their names, all of them unless told otherwise", "[cli]")
{
    CHECK(ctl_request_of({"watch"}).events == std::vector<std::string>{"*"});
    CHECK(ctl_request_of({"watch", "torrent.*", "settings.changed"}).events == std::vector<std::string>{"torrent.*", "settings.changed"});
    CHECK(ctl_request_of({"watch"}).calls.empty());
}

TEST_CASE("the socket and --json are taken before the command and after it", "[cli]")
{
    for (const auto& words : {std::vector<const char*>{"--socket", "/s", "--json", "list"},
                              std::vector<const char*>{"list", "--json", "--socket", "/s"},
                              std::vector<const char*>{"settings", "--socket", "/s", "list", "--json"}}) {
        const auto request = ctl_request_of(words);
        CHECK(request.socket == "/s");
        CHECK(request.is_json);
    }
    CHECK_FALSE(ctl_request_of({"list"}).is_json);
}

TEST_CASE("a torrent may be called like a command", "[cli]")
{
    CHECK(asked_of_ctl({"show", "get"}) == R"(torrents.show {"torrent":"get"})");
    CHECK(asked_of_ctl({"stop", "list", "ctl"}) == R"(torrents.stop {"torrent":"list"}; torrents.stop {"torrent":"ctl"})");
    CHECK(asked_of_ctl({"show", "--", "--data"}) == R"(torrents.show {"torrent":"--data"})");
}

TEST_CASE("a command of ctl that lacks something, or is none, is refused: 2", "[cli]")
{
    const std::vector<std::vector<const char*>> all = {
        {}, {"dance"}, {"add"}, {"show"}, {"start"}, {"remove"}, {"set", "a"}, {"move", "a"}, {"rename", "a", "b"}, {"peers"}, {"peers", "a", "b"},
        {"stats", "a"}, {"call"}, {"settings"}, {"settings", "get"}, {"settings", "set", "a"}, {"list", "--data"}, {"methods", "x"}};
    for (const auto& words : all) {
        CAPTURE(words);
        CHECK(typed_ctl(words).exit_code == 2);
    }
}
