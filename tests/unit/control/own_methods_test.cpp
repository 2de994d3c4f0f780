#include "control/json.hpp"
#include "control/own_methods.hpp"

#include <catch2/catch.hpp>

#include <optional>

namespace shoal::control {

namespace {

struct Asked {
    Asked()
    {
        offer_own_methods(registry);
        registry.offer({.name = "torrents.add",
                        .help = "adds",
                        .arguments = {{.name = "order", .type = Value::Type::text, .help = "of pieces", .fallback = "rarest", .choices = {"rarest", "first"}},
                                      {.name = "what", .help = "anything", .is_required = true}},
                        .answer = "its id",
                        .errors = {Errc::refused}},
                       [](const Value::Map&, Registry::Answered) {});
        registry.declare({.name = "torrent.added", .help = "was added", .fields = {{.name = "id", .type = Value::Type::integer, .help = "which"}}});
    }

    Result<Value> call(std::string_view method, Value::Map arguments = {})
    {
        std::optional<Result<Value>> answer;
        registry.call(method, std::move(arguments), [&](Result<Value> given) { answer = std::move(given); });
        REQUIRE(answer);
        return *answer;
    }

    Registry registry;
};

Value::Map named(const char* name)
{
    Value::Map map;
    map.set("name", name);
    return map;
}

}  // namespace

TEST_CASE("methods.list tells what is in the answer of a method, and whose it is", "[control][own]")
{
    Asked asked;
    asked.registry.offer({.name = "feeds.list", .help = "all"}, [](const Value::Map&, Registry::Answered) {},
                         {.plugin = "rss", .rows = {{.name = "url", .type = Value::Type::text, .help = "where", .is_required = true}}});
    asked.registry.declare({.name = "feed.read", .help = "was read"}, "rss");
    CHECK(to_json(*asked.call("methods.list", named("feeds.list")))
          == R"([{"name":"feeds.list","help":"all","arguments":[],"answer":"","errors":[],)"
             R"("rows":[{"name":"url","type":"text","help":"where","required":true}],"plugin":"rss"}])");
    CHECK(to_json(*asked.call("events.list", named("feed.read"))) == R"([{"name":"feed.read","help":"was read","fields":[],"plugin":"rss"}])");
}

TEST_CASE("methods.list tells all that is known of a method", "[control][own]")
{
    Asked asked;
    const auto one = asked.call("methods.list", named("torrents.add"));
    REQUIRE(one);
    CHECK(to_json(*one)
          == R"([{"name":"torrents.add","help":"adds","arguments":[{"name":"order","type":"text","help":"of pieces","required":false,)"
             R"("default":"rarest","choices":["rarest","first"]},{"name":"what","type":"any","help":"anything","required":true}],)"
             R"("answer":"its id","errors":["refused"]}])");
    const auto all = asked.call("methods.list");
    REQUIRE(all);
    std::vector<std::string> names;
    for (const auto& each : *all->as_list()) names.push_back(*each.as_map()->find("name")->as_text());
    CHECK(names == std::vector<std::string>{"events.list", "hooks.list", "methods.list", "torrents.add"});
}

TEST_CASE("events.list tells all that is known of an event", "[control][own]")
{
    Asked asked;
    const auto all = asked.call("events.list");
    REQUIRE(all);
    CHECK(to_json(*all)
          == R"([{"name":"torrent.added","help":"was added","fields":[{"name":"id","type":"int","help":"which","required":false}]}])");
}

TEST_CASE("a method or event that is not there is an error that names what is alike", "[control][own]")
{
    Asked asked;
    const auto method = asked.call("methods.list", named("torrents.ad"));
    REQUIRE_FALSE(method);
    CHECK(method.error() == make_error(Errc::not_found, "there is no method 'torrents.ad'; did you mean 'torrents.add'?"));
    const auto event = asked.call("events.list", named("x"));
    REQUIRE_FALSE(event);
    CHECK(event.error() == make_error(Errc::not_found, "there is no event 'x'"));
}

}  // namespace shoal::control
