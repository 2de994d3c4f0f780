#include "cli/arguments.hpp"
#include "cli/search_text.hpp"
#include "control/json.hpp"
#include "net/local_socket.hpp"
#include "rpc/server.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::cli;
using control::Value;

namespace {

constexpr std::int64_t now = 1'800'000'000;

Arguments typed_search(std::vector<const char*> words)
{
    words.insert(words.begin(), {"shoal", "search"});
    return read_arguments(static_cast<int>(words.size()), words.data());
}

Value found()
{
    const auto first = Value::Map{}.set("title", "Paper\x1b Boats").set("url", "https://x.example/1.torrent?key=k").set("size", 1 << 30).set("seeders", 12)
                           .set("published", now - 7200).set("feed", "shed");
    const auto second = Value::Map{}.set("title", "Boats").set("url", "").set("size", Value()).set("seeders", Value()).set("published", Value())
                            .set("feed", "loft");
    const auto problem = Value::Map{}.set("feed", "attic").set("why", "too slow");
    return Value(Value::Map{}.set("items", Value::List{first, second}).set("problems", Value::List{problem}));
}

// A daemon that finds the same whatever it is asked, and `shoal search` in the same process.
struct FindingDaemon {
    FindingDaemon()
    {
        const auto any = [](const char* name, bool is_needed) {
            return control::Field{.name = name, .type = Value::Type::null, .help = "h", .is_required = is_needed};
        };
        registry.offer({.name = "feeds.search", .help = "finds", .arguments = {any("query", true), any("limit", true)}},
                       [](const Value::Map&, auto done) { done(found()); });
        registry.offer({.name = "torrents.add", .help = "adds", .arguments = {any("source", true)}}, [this](const Value::Map& arguments, auto done) {
            added = *arguments.find("source")->as_text();
            done(Value::Map{}.set("name", "boats"));
        });
        server.emplace(live.loop(), registry);
        REQUIRE(server->open([this](environment::Network::Accepted accepted) {
            return net::LocalListener::open(live.loop(), path, std::move(accepted));
        }));
    }

    int search(std::vector<const char*> words)
    {
        words.insert(words.end(), {"--socket", path.c_str()});
        const auto request = search_request(typed_search(words).search);
        REQUIRE(request);
        host::Registry plugins{host::Log()};
        Program program{.live = live, .registry = plugins, .log = {}, .out = out, .err = err, .arguments = {}};
        return static_cast<int>(cli::ctl(program, *request));
    }

    test::TemporaryFolder folder;
    std::string path = folder / "rpc.sock";
    net::LiveEnvironment live{{.workers = 1}};
    control::Registry registry;
    std::optional<rpc::Server> server;
    std::string added;
    std::ostringstream out;
    std::ostringstream err;
};

} // namespace

TEST_CASE("what was typed after search becomes one question", "[cli][search]")
{
    const auto typed = typed_search({"paper", "boats", "--feed", "shed", "--category", "5000", "--season", "2", "--episode", "3", "--limit", "7"});
    REQUIRE_FALSE(typed.exit_code);
    CHECK(typed.command == Command::search);
    const auto request = search_request(typed.search);
    REQUIRE(request);
    REQUIRE(request->calls.size() == 1);
    CHECK(request->calls[0].method == "feeds.search");
    CHECK(control::to_json(request->calls[0].arguments) ==
          R"({"query":"paper boats","limit":7,"feed":"shed","category":"5000","season":2,"episode":3})");
    CHECK(typed_search({}).exit_code == 2);
    CHECK(search_request(typed_search({"a", "--limit", "0"}).search).error().text == "--limit has to be 1 or more");
    CHECK(search_request(typed_search({"a", "--add", "26"}).search).error().text == "--add has to be the number of a line");
}

TEST_CASE("what was found is a numbered table; what is not known is a question mark", "[cli][search]")
{
    CHECK(search_text(found(), std::nullopt, false, now) == "#  title               size  seeders    age  feed\n"
                                                            "1  Paper\\x1b Boats  1.0 GiB       12  2h00m  shed\n"
                                                            "2  Boats                  ?        ?      ?  loft\n"
                                                            "attic did not answer: too slow\n");
    CHECK_THAT(search_text(found(), 40, true, now), Catch::EndsWith("\n1  https://x.example/1.torrent?key=k\n2  \n"));
    CHECK(search_text(Value(Value::Map{}), std::nullopt, true, now) == "nothing found\n");
}

TEST_CASE("a line of what was found is added by its number", "[cli][search]")
{
    FindingDaemon daemon;
    CHECK(daemon.search({"boats"}) == 0);
    CHECK(daemon.added.empty());
    CHECK(daemon.search({"boats", "--add", "1"}) == 0);
    CHECK(daemon.added == "https://x.example/1.torrent?key=k");
    CHECK_THAT(daemon.out.str(), Catch::Contains("boats"));
    CHECK(daemon.search({"boats", "--add", "2"}) == 5);
    CHECK(daemon.err.str() == "shoal: line 2 names nothing that can be added\n");
}
