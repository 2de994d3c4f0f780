#include "service_host.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::script_lua::test {

TEST_CASE("a handler for an event that nobody tells is warned of, with the one that was meant", "[script][service]")
{
    ServiceHost host;
    host.write("a.lua", "shoal.on('torrent.finishd', 'say so', print) shoal.on('torrents.*', 'all', print)");
    host.write("b.lua", "shoal.on('torrent.*', 'h', print) shoal.on('go', 'g', print) shoal.on('user.archived', 'u', print) shoal.before('add', 'b', print)");
    host.start();
    CHECK_FALSE(host.has_logged("waits in vain"));
    host.look();
    CHECK(host.has_logged("script a: handler say so waits in vain: nobody tells torrent.finishd; did you mean 'torrent.finished'?"));
    CHECK(host.has_logged("handler all waits in vain: nobody tells torrents.*"));
    CHECK(host.count_logged("waits in vain") == 2);
    const auto scripts = host.list();
    REQUIRE(scripts.as_list()->size() == 2);
    CHECK((*scripts.as_list())[0].as_map()->find("warnings")->as_list()->size() == 2);
    CHECK((*scripts.as_list())[1].as_map()->find("warnings") == nullptr);
    host.look();
    CHECK(host.count_logged("waits in vain") == 2);
}

TEST_CASE("what is told for a script has a name that is not ours", "[script][service]")
{
    ServiceHost host;
    host.start();
    host.call("scripts.emit", Value::Map{}.set("event", "user.archived").set("fields", Value::Map{}.set("name", "film")));
    REQUIRE(host.answered.size() == 1);
    CHECK(host.answered[0].status == SHOAL_OK);
    const std::string wrong = GENERATE(as<std::string>(), "torrent.finished", "user.", "user.a b", "users.a", "user." + std::string(124, 'n'));
    CAPTURE(wrong);
    host.call("scripts.emit", Value::Map{}.set("event", wrong).set("fields", Value::Map{}));
    REQUIRE(host.answered.size() == 2);
    CHECK(host.answered[1].status == SHOAL_E_ARGUMENT);
}

TEST_CASE("what is told for a script is no more than everybody who listens can be given", "[script][service][limits]")
{
    ServiceHost host;
    host.start();
    for (const std::size_t octets : {60'000u, 70'000u}) {
        host.call("scripts.emit", Value::Map{}.set("event", "user.a").set("fields", Value::Map{}.set("text", std::string(octets, 'x'))));
    }
    REQUIRE(host.answered.size() == 2);
    CHECK(host.answered[0].status == SHOAL_OK);
    CHECK(host.answered[1].status == SHOAL_E_ARGUMENT);
}

} // namespace shoal::script_lua::test
