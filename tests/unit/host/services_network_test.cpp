#include "probe.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <optional>

namespace shoal::host::test {

namespace {

struct Answers {
    std::vector<shoal_status> statuses;
    std::string said;

    static void http(void* user, std::uint64_t, shoal_status status, const shoal_http_response* response)
    {
        auto& mine = *static_cast<Answers*>(user);
        mine.statuses.push_back(status);
        mine.said = status == SHOAL_OK
                        ? std::to_string(response->http_status) + " " + std::string(from_abi(response->url))
                              + " " + std::string(as_text(from_abi(response->body)))
                        : std::string(from_abi(response->error));
        for (std::uint32_t i = 0; i < response->header_count; ++i) {
            mine.said += " " + std::string(from_abi(response->headers[i].name)) + "="
                         + std::string(from_abi(response->headers[i].value));
        }
    }

    static void resolved(void* user, std::uint64_t, shoal_status status, const shoal_endpoint* endpoints,
                         std::uint32_t count)
    {
        auto& mine = *static_cast<Answers*>(user);
        mine.statuses.push_back(status);
        for (std::uint32_t i = 0; i < count; ++i) mine.said += from_abi(endpoints[i]).to_string() + " ";
    }
};

shoal_http_request request_for(std::string_view url)
{
    shoal_http_request request{};
    request.struct_size = sizeof request;
    request.url = text(url);
    request.max_redirects = 5;
    return request;
}

shoal_endpoint endpoint(std::string_view address)
{
    auto parsed = Endpoint::parse(address);
    REQUIRE(parsed);
    return to_abi(*parsed);
}

}  // namespace

TEST_CASE("an HTTP request goes out as asked and its answer comes back once", "[host][services]")
{
    Stage stage;
    stage.start();
    Answers answers;
    std::uint64_t operation = 0;
    stage.as_plugin([&] {
        const shoal_header header{text("Accept"), text("*/*")};
        auto request = request_for("HTTP://example.org/announce");
        request.headers = &header;
        request.header_count = 1;
        request.timeout_ns = 5'000'000'000;
        request.max_body = 1000;
        request.local_targets = SHOAL_LOCAL_TRACKERS;
        CHECK(stage.probe.http->request(stage.probe.host, &request, Answers::http, &answers, &operation)
              == SHOAL_OK);
    });
    auto& pending = stage.environment.http.pending;
    REQUIRE(pending.requests.size() == 1);
    CHECK(pending.requests[0].method == "GET");
    CHECK(pending.requests[0].headers == environment::HttpHeaders{{"Accept", "*/*"}});
    CHECK(pending.requests[0].timeout == std::chrono::seconds{5});
    CHECK(pending.requests[0].max_body == 1000);
    CHECK(pending.requests[0].max_redirects == 5);
    CHECK(pending.requests[0].local_targets == environment::LocalTargets::trackers);
    CHECK(answers.statuses.empty());

    const auto body = as_bytes("d8:intervali9ee");
    pending.answer(1, environment::HttpResponse{
                          200, "http://example.org/a", {{"server", "x"}}, {body.begin(), body.end()}});
    CHECK(answers.statuses == std::vector<shoal_status>{SHOAL_OK});
    CHECK(answers.said == "200 http://example.org/a d8:intervali9ee server=x");
    CHECK(stage.as_plugin([&] { return stage.probe.http->cancel(stage.probe.host, operation); })
          == SHOAL_E_STALE);
}

TEST_CASE("an HTTP request that fails says why", "[host][services]")
{
    Stage stage;
    stage.start();
    Answers answers;
    std::uint64_t operation = 0;
    const auto request = request_for("https://example.org/");
    stage.as_plugin(
        [&] { stage.probe.http->request(stage.probe.host, &request, Answers::http, &answers, &operation); });
    stage.environment.http.pending.answer(1, make_error(Errc::timed_out, "no answer in 60 s"));
    CHECK(answers.statuses == std::vector<shoal_status>{SHOAL_E_TIMEOUT});
    CHECK(answers.said == "no answer in 60 s");
}

TEST_CASE("a cancelled request completes as cancelled, later and once", "[host][services]")
{
    Stage stage;
    stage.start();
    Answers answers;
    std::uint64_t operation = 0;
    const auto request = request_for("http://example.org/");
    stage.as_plugin([&] {
        const auto& probe = stage.probe;
        probe.http->request(probe.host, &request, Answers::http, &answers, &operation);
        CHECK(probe.http->cancel(probe.host, operation) == SHOAL_OK);
        CHECK(probe.http->cancel(probe.host, operation) == SHOAL_OK);
        CHECK(answers.statuses.empty());
    });
    CHECK(stage.environment.http.pending.cancelled == 1);
    stage.environment.loop.run();
    stage.instance.reset();
    stage.environment.loop.run();
    CHECK(answers.statuses == std::vector<shoal_status>{SHOAL_E_CANCELLED});
}

TEST_CASE("an HTTP request that breaks a rule is refused", "[host][services]")
{
    Stage stage;
    stage.start();
    auto request = request_for("http://example.org/");
    shoal_header header{text("X"), text("y")};
    request.headers = &header;
    request.header_count = 1;
    const auto check_refused = [&] {
        std::uint64_t operation = 0;
        CHECK(stage.as_plugin([&] {
            return stage.probe.http->request(stage.probe.host, &request, Answers::http, nullptr, &operation);
        }) == SHOAL_E_ARGUMENT);
        CHECK(stage.environment.http.pending.requests.empty());
        CHECK(stage.instance->strikes() == 1);
    };
    SECTION("another scheme")
    {
        request.url = text("file:///etc/passwd");
        check_refused();
    }
    SECTION("a scheme alone")
    {
        request.url = text("http:example.org");
        check_refused();
    }
    SECTION("a line end in the URL")
    {
        request.url = text("http://example.org/\r\nX: y");
        check_refused();
    }
    SECTION("a line end in a header")
    {
        header.value = text("y\r\nHost: other");
        check_refused();
    }
    SECTION("a header without a name")
    {
        header.name = text("");
        check_refused();
    }
    SECTION("a space in the method")
    {
        request.method = text("GET /");
        check_refused();
    }
    SECTION("too many redirects")
    {
        request.max_redirects = 6;
        check_refused();
    }
    SECTION("unknown local targets")
    {
        request.local_targets = 3;
        check_refused();
    }
    SECTION("a struct too short")
    {
        request.struct_size = 40;
        check_refused();
    }
    SECTION("headers without a pointer")
    {
        request.headers = nullptr;
        check_refused();
    }
    SECTION("a body without a pointer")
    {
        request.body.size = 3;
        check_refused();
    }
}

TEST_CASE("a name is resolved to endpoints with the port asked for", "[host][services]")
{
    Stage stage;
    stage.start();
    Answers answers;
    std::uint64_t operation = 0;
    stage.as_plugin([&] {
        stage.probe.resolver->resolve(stage.probe.host, text("example.org"), 6969, Answers::resolved,
                                      &answers, &operation);
    });
    CHECK(stage.environment.resolver.pending.requests == std::vector<std::string>{"example.org"});
    stage.environment.resolver.pending.answer(
        1, std::vector{*Address::parse("10.0.0.2"), *Address::parse("::1")});
    CHECK(answers.statuses == std::vector<shoal_status>{SHOAL_OK});
    CHECK(answers.said == "10.0.0.2:6969 [::1]:6969 ");
}

TEST_CASE("a name that nobody can have is refused", "[host][services]")
{
    Stage stage;
    stage.start();
    std::uint64_t operation = 0;
    const auto resolve = [&](std::string_view name, std::uint32_t port) {
        return stage.as_plugin([&] {
            return stage.probe.resolver->resolve(stage.probe.host, text(name), port, Answers::resolved,
                                                 nullptr, &operation);
        });
    };
    CHECK(resolve("", 1) == SHOAL_E_ARGUMENT);
    CHECK(resolve(std::string(300, 'a'), 1) == SHOAL_E_ARGUMENT);
    CHECK(resolve("example.org", 65'536) == SHOAL_E_ARGUMENT);
    CHECK(stage.environment.resolver.pending.requests.empty());
}

TEST_CASE("datagrams are sent and received until the socket is closed", "[host][services]")
{
    Stage stage;
    stage.start();
    struct Socket {
        std::vector<std::string> received;
        std::uint64_t handle = 0;
        Stage* stage = nullptr;
    } socket;
    socket.stage = &stage;
    auto local = endpoint("127.0.0.1:0");
    const auto on_datagram = [](void* user, std::uint64_t handle, const shoal_endpoint* from,
                                shoal_bytes datagram) {
        auto& mine = *static_cast<Socket*>(user);
        CHECK(handle == mine.handle);
        mine.received.push_back(from_abi(*from).to_string() + " " + std::string(as_text(from_abi(datagram))));
        if (mine.received.size() < 2) return;
        // From inside its own callback.
        CHECK(mine.stage->probe.udp->close(mine.stage->probe.host, handle) == SHOAL_OK);
        CHECK(mine.stage->environment.network.open_sockets == 1);
    };
    stage.as_plugin([&] {
        const auto& probe = stage.probe;
        CHECK(probe.udp->open(probe.host, &local, on_datagram, &socket, &socket.handle) == SHOAL_OK);
        const auto to = endpoint("127.0.0.1:9");
        CHECK(probe.udp->send(probe.host, socket.handle, &to, to_abi(as_bytes("ping"))) == SHOAL_OK);
        CHECK(probe.udp->send(probe.host, socket.handle + 1, &to, to_abi(as_bytes("ping"))) == SHOAL_E_STALE);
    });
    CHECK(from_abi(local).port == 4242);
    CHECK(stage.environment.network.sent.at(0).second == "ping");
    const auto from = *Endpoint::parse("10.0.0.9:53");
    stage.environment.network.on_received(from, as_bytes("one"));
    stage.environment.network.on_received(from, as_bytes("two"));
    stage.environment.network.on_received(from, as_bytes("three"));
    stage.environment.loop.run();
    CHECK(socket.received == std::vector<std::string>{"10.0.0.9:53 one", "10.0.0.9:53 two"});
    CHECK(stage.environment.network.open_sockets == 0);
}

TEST_CASE("a socket that cannot be bound says why", "[host][services]")
{
    Stage stage;
    stage.start();
    auto local = endpoint("127.0.0.1:1");
    std::uint64_t handle = 0;
    const auto ignore = [](void*, std::uint64_t, const shoal_endpoint*, shoal_bytes) {};
    CHECK(stage.as_plugin([&] {
        return stage.probe.udp->open(stage.probe.host, &local, ignore, nullptr, &handle);
    }) == SHOAL_E_ACCESS);
    CHECK(stage.instance->last_error() == "port 1 is taken");
    local.family = 5;
    CHECK(stage.as_plugin([&] {
        return stage.probe.udp->open(stage.probe.host, &local, ignore, nullptr, &handle);
    }) == SHOAL_E_ARGUMENT);
}

TEST_CASE("a plug-in joins a multicast group if its manifest asks for it", "[host][services]")
{
    const bool may = GENERATE(true, false);
    Stage stage({.permissions = may ? R"(["net.udp", "net.multicast"])" : R"(["net.udp"])"});
    stage.start();
    auto group = endpoint("239.192.152.143:6771");
    std::uint64_t handle = 0;
    std::string heard;
    const auto hear = [](void* user, std::uint64_t, const shoal_endpoint* from, shoal_bytes datagram) {
        *static_cast<std::string*>(user) = from_abi(*from).to_string() + " " + std::string(as_text(from_abi(datagram)));
    };
    const auto join = [&] {
        return stage.as_plugin(
            [&] { return stage.probe.udp->open_group(stage.probe.host, &group, hear, &heard, &handle); });
    };
    CHECK(join() == (may ? SHOAL_OK : SHOAL_E_PERMISSION));
    CHECK(stage.environment.network.open_sockets == (may ? 1 : 0));
    if (!may) return;
    stage.environment.network.on_received(*Endpoint::parse("10.0.0.9:6771"), as_bytes("hello"));
    stage.environment.loop.run();
    CHECK(heard == "10.0.0.9:6771 hello");
    group.family = 5;
    CHECK(join() == SHOAL_E_ARGUMENT);
}

TEST_CASE("a group is joined with an address, somebody who listens and a place for the handle", "[host][services]")
{
    Stage stage({.permissions = R"(["net.udp", "net.multicast"])"});
    stage.start();
    auto group = endpoint("[ff15::efc0:988f]:6771");
    std::uint64_t handle = 0;
    const auto ignore = [](void*, std::uint64_t, const shoal_endpoint*, shoal_bytes) {};
    const auto join = [&](const shoal_endpoint* where, shoal_datagram on_datagram, std::uint64_t* place) {
        return stage.as_plugin(
            [&] { return stage.probe.udp->open_group(stage.probe.host, where, on_datagram, nullptr, place); });
    };
    CHECK(join(nullptr, ignore, &handle) == SHOAL_E_ARGUMENT);
    CHECK(join(&group, nullptr, &handle) == SHOAL_E_ARGUMENT);
    CHECK(join(&group, ignore, nullptr) == SHOAL_E_ARGUMENT);
    CHECK(stage.instance->strikes() == 3);
    CHECK(join(&group, ignore, &handle) == SHOAL_OK);
    CHECK(stage.environment.network.open_sockets == 1);
    const auto taken = endpoint("239.192.152.143:1");
    CHECK(join(&taken, ignore, &handle) == SHOAL_E_ACCESS);
    CHECK(stage.instance->last_error() == "port 1 is taken");
    stage.instance.reset();
    CHECK(stage.environment.network.open_sockets == 0);
}

TEST_CASE("sockets and listeners close with their instance", "[host][services]")
{
    Stage stage;
    stage.start();
    auto local = endpoint("127.0.0.1:0");
    std::uint64_t handle = 0;
    stage.as_plugin([&] {
        stage.probe.udp->open(
            stage.probe.host, &local, [](void*, std::uint64_t, const shoal_endpoint*, shoal_bytes) {},
            nullptr, &handle);
        stage.probe.http_server->listen(
            stage.probe.host, &local, [](void*, std::uint64_t, const shoal_http_question*) {}, nullptr,
            &handle);
    });
    CHECK(stage.environment.network.open_sockets == 1);
    CHECK(stage.environment.http_server.open_listeners == 1);
    // The C++ layer closes its handles in `destroy`: too late, and no fault.
    stage.probe.on_destroy = [&] {
        CHECK(stage.probe.http_server->close(stage.probe.host, handle) == SHOAL_E_STALE);
    };
    stage.instance.reset();
    CHECK(stage.environment.network.open_sockets == 0);
    CHECK(stage.environment.http_server.open_listeners == 0);
    CHECK_FALSE(stage.lines.contains("strike"));
}

TEST_CASE("a question is answered once, now or later", "[host][services]")
{
    Stage stage;
    stage.start();
    struct Server {
        std::uint64_t listener = 0;
        std::uint64_t question = 0;
        std::string asked;
    } server;
    auto local = endpoint("127.0.0.1:0");
    const auto on_question = [](void* user, std::uint64_t question, const shoal_http_question* asked) {
        auto& mine = *static_cast<Server*>(user);
        mine.question = question;
        mine.asked = std::string(from_abi(asked->method)) + " " + std::string(from_abi(asked->target))
                     + " from " + from_abi(asked->from).to_string();
    };
    stage.as_plugin([&] {
        CHECK(
            stage.probe.http_server->listen(stage.probe.host, &local, on_question, &server, &server.listener)
            == SHOAL_OK);
    });
    std::optional<environment::HttpAnswer> answer;
    stage.environment.http_server.on_asked(
        {"GET", "/announce?x=%20", {}, {}, *Endpoint::parse("127.0.0.1:5")},
        [&](environment::HttpAnswer given) { answer = std::move(given); });
    CHECK(server.asked == "GET /announce?x=%20 from 127.0.0.1:5");
    CHECK_FALSE(answer);
    const auto reply = [&] {
        return stage.as_plugin([&] {
            return stage.probe.http_server->answer(stage.probe.host, server.question, 200, text("text/plain"),
                                                   to_abi(as_bytes("hello")));
        });
    };
    CHECK(reply() == SHOAL_OK);
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(as_text(answer->body) == "hello");
    CHECK(reply() == SHOAL_E_STALE);
    CHECK(stage.instance->strikes() == 1);
    CHECK(stage.lines.contains("answered a question twice"));
}

TEST_CASE("an answer that breaks a rule is refused, and the question stays open", "[host][services]")
{
    Stage stage;
    stage.start();
    static std::uint64_t question = 0;
    std::uint64_t listener = 0;
    auto local = endpoint("127.0.0.1:0");
    stage.as_plugin([&] {
        stage.probe.http_server->listen(
            stage.probe.host, &local,
            [](void*, std::uint64_t asked, const shoal_http_question*) { question = asked; }, nullptr,
            &listener);
    });
    int answers = 0;
    stage.environment.http_server.on_asked({"GET", "/", {}, {}, {}},
                                           [&](environment::HttpAnswer) { ++answers; });
    const auto answer = [&](std::uint32_t status, std::string_view type) {
        return stage.as_plugin([&] {
            return stage.probe.http_server->answer(stage.probe.host, question, status, text(type),
                                                   {nullptr, 0});
        });
    };
    CHECK(answer(99, "text/plain") == SHOAL_E_ARGUMENT);
    CHECK(answer(700, "text/plain") == SHOAL_E_ARGUMENT);
    CHECK(answer(200, "text/plain\r\nX: y") == SHOAL_E_ARGUMENT);
    CHECK(answers == 0);
    CHECK(answer(204, "") == SHOAL_OK);
    CHECK(answers == 1);
}

}  // namespace shoal::host::test
