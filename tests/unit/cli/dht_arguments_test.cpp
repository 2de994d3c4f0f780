#include "cli/arguments.hpp"
#include "control/json.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::cli;

namespace {

Arguments typed_dht(std::vector<const char*> words)
{
    words.insert(words.begin(), {"shoal", "dht"});
    return read_arguments(static_cast<int>(words.size()), words.data());
}

DhtRequest dht_request_of(const std::vector<const char*>& words)
{
    CAPTURE(words);
    const auto arguments = typed_dht(words);
    REQUIRE_FALSE(arguments.exit_code);
    CHECK(arguments.command == Command::dht);
    auto request = dht_request(arguments.dht);
    REQUIRE(request);
    return std::move(*request);
}

// What the plug-in is asked_of_dht: method and arguments.
std::string asked_of_dht(const std::vector<const char*>& words)
{
    const auto request = dht_request_of(words);
    return request.method + " " + control::to_json(request.arguments);
}

}  // namespace

TEST_CASE("each question to the DHT becomes a method with what was typed_dht, and nothing else", "[cli]")
{
    CHECK(asked_of_dht({"get", "ab"}) == R"(dht.get {"target":"ab","timeout":60})");
    CHECK(asked_of_dht({"get", "--key", "cd", "--salt", "s"}) == R"(dht.get {"key":"cd","salt":"s","timeout":60})");
    CHECK(asked_of_dht({"put", "hello"}) == R"(dht.put {"value":"hello","timeout":60})");
    CHECK(asked_of_dht({"put", "hello", "--secret", "ef", "--salt", "s", "--seq", "0", "--cas", "3"})
          == R"(dht.put {"value":"hello","salt":"s","secret":"ef","seq":0,"cas":3,"timeout":60})");
    CHECK(asked_of_dht({"announce", "ab"}) == R"(dht.announce {"info_hash":"ab","timeout":60})");
    CHECK(asked_of_dht({"announce", "ab", "--port", "6881", "--seed"})
          == R"(dht.announce {"info_hash":"ab","port":6881,"seed":true,"timeout":60})");
    CHECK(asked_of_dht({"lookup", "ab"}) == R"(dht.lookup {"info_hash":"ab","timeout":60})");
    CHECK(asked_of_dht({"lookup", "ab", "--scrape", "--timeout", "5"})
          == R"(dht.lookup {"info_hash":"ab","scrape":true,"timeout":5})");
    CHECK(asked_of_dht({"sample"}) == R"(dht.sample {"timeout":60})");
    CHECK(asked_of_dht({"sample", "ab"}) == R"(dht.sample {"target":"ab","timeout":60})");
    CHECK(asked_of_dht({"ping", "127.0.0.1:6881"}) == R"(dht.ping {"node":"127.0.0.1:6881"})");
    CHECK(asked_of_dht({"stats"}) == R"(dht.stats {"join":true,"timeout":60})");
}

TEST_CASE("an empty text is a value like any other", "[cli]")
{
    CHECK(asked_of_dht({"put", ""}) == R"(dht.put {"value":"","timeout":60})");
}

TEST_CASE("nodes, settings and JSON may be asked_of_dht for with each question", "[cli]")
{
    const auto request = dht_request_of({"lookup", "--node", "router:1", "--node", "[::1]:2", "--set", "dht.port=6881",
                                     "--json", "ab"});
    CHECK(request.nodes == std::vector<std::string>{"router:1", "[::1]:2"});
    CHECK(request.plugin_settings.at("dht").contains("port"));
    CHECK(request.is_json);
    const auto plain = dht_request_of({"stats"});
    CHECK(plain.nodes.empty());
    CHECK(plain.plugin_settings.empty());
    CHECK_FALSE(plain.is_json);
}

TEST_CASE("a question to the DHT that lacks something, or is none, is refused: 2", "[cli]")
{
    const std::vector<std::vector<const char*>> all = {{},
                                                       {"dance"},
                                                       {"put"},
                                                       {"announce"},
                                                       {"lookup"},
                                                       {"ping"},
                                                       {"get", "ab", "--scrape"},
                                                       {"put", "x", "--seq", "many"},
                                                       {"put", "x", "--seq", "4"},
                                                       {"put", "x", "--cas", "4"},
                                                       {"put", "x", "--salt", "s"},
                                                       {"get", "ab", "--salt", "s"},
                                                       {"ping", "1.2.3.4:5", "--timeout", "6"},
                                                       {"announce", "ab", "--port", "high"},
                                                       {"stats", "ab"}};
    for (const auto& words : all) {
        CAPTURE(words);
        CHECK(typed_dht(words).exit_code == 2);
    }
}

TEST_CASE("a setting of the DHT that is none is refused with how it is written", "[cli]")
{
    const auto request = dht_request(typed_dht({"stats", "--set", "port"}).dht);
    REQUIRE_FALSE(request);
    CHECK(request.error().code == Errc::invalid_argument);
    CHECK_THAT(request.error().text, Catch::Contains("--set port: write PLUGIN.SETTING=VALUE"));
}

TEST_CASE("a node to begin at that has no port is refused before anybody is asked_of_dht", "[cli]")
{
    for (const char* node : {"127.0.0.1", "router:", "router:0", "::1:6881"}) {
        CAPTURE(node);
        const auto request = dht_request(typed_dht({"stats", "--node", node}).dht);
        REQUIRE_FALSE(request);
        CHECK(request.error().code == Errc::invalid_argument);
        CHECK(request.error().text == "--node '" + std::string(node) + "' is no HOST:PORT");
    }
}
