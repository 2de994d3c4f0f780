#include "cli/arguments.hpp"
#include "control/json.hpp"
#include "net/local_socket.hpp"
#include "rpc/server.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::cli;
using control::Value;
using Catch::Contains;

namespace {

// A daemon of fake methods, and `shoal ctl` in the same process.
struct Daemon {
    Daemon()
    {
        using Type = Value::Type;
        const control::Field torrent{.name = "torrent", .type = Type::text, .help = "which", .is_required = true};
        registry.offer({.name = "torrents.list",
                        .help = "lists",
                        .arguments = {{.name = "filter", .type = Type::text, .help = "f"}, {.name = "fields", .type = Type::list, .help = "f"}}},
                       [this](const Value::Map& arguments, auto done) {
                           note(arguments);
                           done(Value::List{Value::Map{}.set("name", "al\x1bice").set("size", 2048).set("tag", "x")});
                       });
        registry.offer({.name = "torrents.stop", .help = "stops", .arguments = {torrent}, .errors = {Errc::not_found}},
                       [this](const Value::Map& arguments, auto done) {
                           note(arguments);
                           const auto& name = *arguments.find("torrent")->as_text();
                           if (name == "none") return done(make_error(Errc::not_found, "there is no torrent '\x1b'"));
                           done(Value());
                       });
        registry.offer({.name = "torrents.show", .help = "shows", .arguments = {torrent, {.name = "number", .type = Type::integer, .help = "n"}}},
                       [this](const Value::Map& arguments, auto done) {
                           note(arguments);
                           done(arguments);
                       });
        registry.offer({.name = "session.stats", .help = "hangs"},
                       [this](const Value::Map&, auto done) { hanging.push_back(std::move(done)); });
        server.emplace(live.loop(), registry);
        REQUIRE(server->open([this](environment::Network::Accepted accepted) {
            return net::LocalListener::open(live.loop(), path, std::move(accepted));
        }));
    }

    void note(const Value::Map& arguments) { asked += control::to_json(arguments) + "\n"; }

    int ctl(std::vector<const char*> words)
    {
        words.insert(words.begin(), {"shoal", "ctl", "--socket", path.c_str()});
        const auto typed = read_arguments(static_cast<int>(words.size()), words.data());
        REQUIRE_FALSE(typed.exit_code);
        const auto request = ctl_request(typed.ctl);
        REQUIRE(request);
        out.str({});
        err.str({});
        host::Registry plugins{host::Log()};
        Program program{.live = live, .registry = plugins, .log = {}, .out = out, .err = err, .arguments = {}};
        return static_cast<int>(cli::ctl(program, *request));
    }

    test::TemporaryFolder folder;
    std::string path = folder / "rpc.sock";
    net::LiveEnvironment live{{.workers = 1}};
    control::Registry registry;
    std::vector<control::Registry::Answered> hanging;
    std::optional<rpc::Server> server;
    std::string asked;
    std::ostringstream out;
    std::ostringstream err;
};

}  // namespace

TEST_CASE("ctl asks the daemon and shows a table to people and JSON to machines", "[cli]")
{
    Daemon daemon;
    CHECK(daemon.ctl({"list", "size>1", "and", "tag"}) == 0);
    CHECK(daemon.asked == R"({"filter":"size>1 and tag"})" "\n");
    CHECK(daemon.out.str() == "name          size\nal\\x1bice  2.0 KiB\n");
    CHECK(daemon.ctl({"list", "--json"}) == 0);
    CHECK(daemon.out.str() == R"([{"name":"al\u001bice","size":2048,"tag":"x"}])" "\n");
    CHECK(daemon.ctl({"list", "--fields", "tag"}) == 0);
    CHECK(daemon.out.str() == "tag\nx\n");
    CHECK(daemon.err.str().empty());
}

TEST_CASE("an error of the daemon is said without harm and ends with its exit code, the other calls go on", "[cli]")
{
    Daemon daemon;
    CHECK(daemon.ctl({"stop", "a", "none", "b"}) == 5);
    CHECK(daemon.asked == "{\"torrent\":\"a\"}\n{\"torrent\":\"none\"}\n{\"torrent\":\"b\"}\n");
    CHECK(daemon.err.str() == "shoal: there is no torrent '\\x1b'\n");
    CHECK(daemon.out.str().empty());
    CHECK(daemon.ctl({"call", "torrents.stop"}) == 2);
    CHECK(daemon.ctl({"call", "torrents.dance"}) == 5);
}

TEST_CASE("what is typed for a method takes the type that the method wants", "[cli]")
{
    Daemon daemon;
    CHECK(daemon.ctl({"call", "torrents.show", "torrent=12345678", "number=7"}) == 0);
    CHECK(daemon.asked == R"({"torrent":"12345678","number":7})" "\n");
    CHECK(daemon.out.str() == "torrent          12345678\nnumber           7\n");
    CHECK(daemon.ctl({"call", "torrents.show", R"({"torrent":"true"})"}) == 0);
    CHECK_THAT(daemon.asked, Catch::EndsWith("{\"torrent\":\"true\"}\n"));
    CHECK(daemon.ctl({"call", "torrents.dance", "a=1"}) == 5);
    CHECK_THAT(daemon.err.str(), Contains("torrents.dance"));
    CHECK(daemon.ctl({"call", "torrents.show", "torrent=a", "number=many"}) == 2);
}

TEST_CASE("methods and events are listed", "[cli]")
{
    Daemon daemon;
    daemon.registry.declare({.name = "torrent.finished", .help = "it is all there"});
    CHECK(daemon.ctl({"methods"}) == 0);
    CHECK_THAT(daemon.out.str(), Contains("torrents.stop torrent: text\n    stops\n") && Contains("rpc.subscribe events: list")
                                     && Contains("torrent.finished\n    it is all there"));
}

TEST_CASE("without a daemon ctl says what to do: 1", "[cli]")
{
    Daemon daemon;
    daemon.server.reset();
    CHECK(daemon.ctl({"list"}) == 1);
    CHECK_THAT(daemon.err.str(), Contains(daemon.path) && Contains("shoal daemon") && Contains("--socket"));
    CHECK(daemon.out.str().empty());
}

TEST_CASE("a daemon that goes while it is asked is an error: 1", "[cli]")
{
    Daemon daemon;
    environment::Timer soon(daemon.live.loop());
    soon.start(std::chrono::milliseconds{50}, [&] { daemon.server.reset(); });
    CHECK(daemon.ctl({"stats"}) == 1);
    CHECK_THAT(daemon.err.str(), Contains("ended the connection"));
}

TEST_CASE("a signal ends what waits for an answer, and what watches: 7", "[cli]")
{
    Daemon daemon;
    environment::Timer soon(daemon.live.loop());
    soon.start(std::chrono::milliseconds{50}, [] { std::raise(SIGINT); });
    CHECK(daemon.ctl({"stats"}) == 7);
    CHECK(daemon.hanging.size() == 1);
    soon.start(std::chrono::milliseconds{50}, [] { std::raise(SIGTERM); });
    CHECK(daemon.ctl({"watch"}) == 7);
}

TEST_CASE("watch shows the events that were asked for, a line each, until the daemon goes", "[cli]")
{
    Daemon daemon;
    const bool is_json = GENERATE(false, true);
    environment::Timer soon(daemon.live.loop());
    soon.start(std::chrono::milliseconds{50}, [&] {
        daemon.registry.publish("torrent.finished", Value::Map{}.set("torrent", "ab").set("name", "a\nb"));
        daemon.registry.publish("peer.left", {});
        soon.start(std::chrono::milliseconds{50}, [&] { daemon.server.reset(); });
    });
    std::vector<const char*> words{"watch", "torrent.*"};
    if (is_json) words.push_back("--json");
    CHECK(daemon.ctl(words) == 1);
    CHECK(daemon.out.str()
          == (is_json ? R"({"event":"torrent.finished","torrent":"ab","name":"a\nb","seq":1,"cause":"core"})" "\n"
                   : "torrent.finished  torrent=ab name='a\\nb' cause=core\n"));
}
