// T9: a URL that a stranger wrote does not reach what trusts its own network, by whatever name or redirect.
// What counts is that the server there sees no request, not that its answer is dropped.
#include "net/curl_http_client.hpp"

#include "environment/local_targets.hpp"
#include "fetch.hpp"
#include "scripted_server.hpp"

namespace shoal::net {

using environment::HttpRequest;
using environment::LocalTargets;
using test::body_of;
using test::contains;
using test::fetch;
using test::Machine;
using test::redirect;
using test::response;
using test::Script;
using test::ScriptedServer;

namespace {

HttpRequest from_stranger(std::string url, LocalTargets targets = LocalTargets::trackers)
{
    return {.url = std::move(url), .local_targets = targets};
}

// The server's address under a name.
std::string by_name(const ScriptedServer& server, const std::string& path)
{
    const auto authority = server.authority();
    return "http://localhost" + authority.substr(authority.find(':')) + path;
}

// It answers all, and would keep the connection.
ScriptedServer::Answer always(std::string answer)
{
    return [answer = std::move(answer)](const auto&) { return Script{.once = answer, .keeps_open = true}; };
}

void check_forbidden(const Result<environment::HttpResponse>& answer, const std::string& says)
{
    REQUIRE_FALSE(answer);
    INFO(answer.error().text);
    CHECK(answer.error().code == Errc::permission_denied);
    CHECK(contains(answer.error().text, says));
    CHECK_FALSE(contains(answer.error().text, "secret"));
}

bool is_allowed(std::string_view address, std::string_view path,
                LocalTargets targets = LocalTargets::trackers)
{
    return allows(targets, *Address::parse(address), path);
}

}  // namespace

TEST_CASE("T9 a name that leads to this machine is asked for /announce and nothing else", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, always(response("ok")));

    for (const auto* path : {"/admin?secret=1", "/", "/x/announce", "/announce/../admin", "/announce%2fadmin",
                             "/?/announce"}) {
        check_forbidden(fetch(machine, client, from_stranger(by_name(server, path))),
                        "cannot fetch from localhost: 127.0.0.1 is in the local network");
    }
    CHECK(server.requests.empty());
    const auto answer = fetch(machine, client, from_stranger(by_name(server, "/announce?info_hash=x")));
    REQUIRE(answer);
    CHECK(body_of(*answer) == "ok");
    REQUIRE(fetch(machine, client, from_stranger(server.url("/announce.php?secret=/admin"))));
    REQUIRE(fetch(machine, client, from_stranger(server.url("/scrape"))));
    CHECK(server.requests.size() == 3);
}

TEST_CASE("T9 a connection that was kept is judged like a new one", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, always(response("ok")));
    REQUIRE(fetch(machine, client, {.url = by_name(server, "/admin")}));
    REQUIRE(fetch(machine, client, from_stranger(by_name(server, "/announce"))));
    CHECK(server.accepted() == 1);
    check_forbidden(fetch(machine, client, from_stranger(by_name(server, "/admin"))),
                    "127.0.0.1 is in the local network");
    CHECK(server.requests.size() == 2);
}

TEST_CASE("T9 a redirect to another path of this machine is not followed", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer target(machine, always(response("ok")));
    const bool is_named = GENERATE(false, true);
    const std::string path = "/admin?secret=1";
    ScriptedServer tracker(machine, always(redirect(is_named ? by_name(target, path) : target.url(path))));
    check_forbidden(fetch(machine, client, from_stranger(tracker.url("/announce"))),
                    "127.0.0.1 is in the local network, and the path is not that of a tracker");
    CHECK(tracker.requests.size() == 1);
    CHECK(target.requests.empty());
}

TEST_CASE("T9 a redirect within the same server is judged, too, and one to a tracker is followed", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    std::string to = "/admin";
    ScriptedServer server(machine, [&](const std::string& request) {
        const bool is_first = contains(request, "GET /announce ");
        return Script{.once = is_first ? redirect(to) : response("moved"), .keeps_open = true};
    });
    check_forbidden(fetch(machine, client, from_stranger(server.url("/announce"))), "127.0.0.1");
    CHECK(server.requests.size() == 1);
    to = "/announce.php";
    const auto answer = fetch(machine, client, from_stranger(server.url("/announce")));
    REQUIRE(answer);
    CHECK(body_of(*answer) == "moved");
}

// A proxy stands in for the world here: it sees what would be sent to a public address.
TEST_CASE("T9 from a public address no redirect leads into the local network, not even to a tracker", "[net]")
{
    Machine machine;
    const std::string to =
        GENERATE("http://127.0.0.1/announce", "http://[::1]/announce", "http://192.168.1.1/announce",
                 "http://169.254.169.254/announce", "http://[::ffff:10.0.0.1]/announce");
    ScriptedServer world(machine, always(redirect(to)));
    CurlHttpClient client(machine.loop, {.proxy = world.url()});
    check_forbidden(fetch(machine, client, from_stranger("http://203.0.113.1/announce")),
                    "the redirect leads into the local network");
    REQUIRE(world.requests.size() == 1);
    CHECK(contains(world.requests[0], "GET http://203.0.113.1/announce"));
}

TEST_CASE("T9 where no local target is allowed a tracker's path makes no difference", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, always(response("ok")));
    check_forbidden(fetch(machine, client, from_stranger(server.url("/announce"), LocalTargets::none)),
                    "127.0.0.1");
    CHECK(server.requests.empty());
    REQUIRE(fetch(machine, client, from_stranger(server.url("/admin"), LocalTargets::all)));
}

TEST_CASE("T9 what is local, and which paths are a tracker's there", "[net]")
{
    for (const auto* own : {"127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "169.254.169.254", "fe80::1",
                            "::ffff:127.0.0.1"}) {
        INFO(own);
        CHECK(is_allowed(own, "/announce"));
        CHECK_FALSE(is_allowed(own, "/deep/announce"));
        CHECK_FALSE(is_allowed(own, "/latest/meta-data"));
        CHECK_FALSE(is_allowed(own, ""));
        CHECK_FALSE(is_allowed(own, "/announce", LocalTargets::none));
        CHECK(is_allowed(own, "/admin", LocalTargets::all));
    }
    for (const auto* near : {"10.0.0.1", "172.16.0.1", "192.168.1.1", "fd00::1", "::ffff:10.0.0.1"}) {
        INFO(near);
        CHECK(is_allowed(near, "/passkey/announce"));
        CHECK(is_allowed(near, "/scrape.php"));
        CHECK_FALSE(is_allowed(near, "/announce/admin"));
        CHECK_FALSE(is_allowed(near, "/announce;admin"));
        CHECK_FALSE(is_allowed(near, "/x/announce", LocalTargets::none));
    }
    CHECK(is_allowed("203.0.113.1", "/admin"));
    CHECK(is_allowed("203.0.113.1", "/admin", LocalTargets::none));
}

}  // namespace shoal::net
