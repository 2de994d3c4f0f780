#include "actors.hpp"

#include <map>

using namespace shoal;
using namespace shoal::lab_test;
using namespace std::chrono_literals;
using environment::HttpAnswer;
using environment::HttpQuestion;
using environment::HttpRequest;
using environment::HttpResponse;

namespace {

HttpRequest get(std::string url)
{
    HttpRequest request;
    request.url = std::move(url);
    return request;
}

struct Web {
    World world{lab::WorldSettings{.latency = 20ms, .name_latency = 5ms}};
    Node& client = world.add_node();
    Node& server = world.add_node();
    std::vector<HttpQuestion> questions;
    std::vector<environment::HttpServer::Answer> kept;
    std::unique_ptr<environment::HttpListener> listener;
    std::optional<Result<HttpResponse>> outcome;
    Time at{};

    Web()
    {
        auto listening = server.environment().http_server.listen(
            server.endpoint(80), [this](HttpQuestion question, environment::HttpServer::Answer answer) {
                questions.push_back(question);
                const auto target = question.target;
                if (target == "/late") kept.push_back(std::move(answer));
                if (target.starts_with("/now")) {
                    const auto body = as_bytes("hello");
                    answer(
                        {.status = 201, .content_type = "text/x", .body = Bytes(body.begin(), body.end())});
                }
            });
        REQUIRE(listening);
        listener = std::move(*listening);
        world.add_name("tracker.example", {server.address()});
    }

    environment::OperationId ask(HttpRequest request)
    {
        outcome.reset();
        return client.environment().http.request(std::move(request), [this](Result<HttpResponse> result) {
            outcome = std::move(result);
            at = world.now();
        });
    }

    Errc failure() const { return outcome && !*outcome ? outcome->error().code : Errc::ok; }
};

}  // namespace

TEST_CASE("a request reaches its server and brings the answer back", "[lab]")
{
    Web web;
    auto request = get("http://tracker.example/now?x=1#part");
    request.headers.emplace_back("User-Agent", "test");
    web.ask(std::move(request));
    CHECK_FALSE(web.outcome);
    web.world.run_for(1s);
    REQUIRE(web.outcome);
    REQUIRE(*web.outcome);
    const auto& response = **web.outcome;
    CHECK(response.status == 201);
    CHECK(as_text(response.body) == "hello");
    CHECK(response.headers.front() == std::pair<std::string, std::string>{"content-type", "text/x"});
    CHECK(web.at == Time{45ms});
    REQUIRE(web.questions.size() == 1);
    CHECK(web.questions[0].target == "/now?x=1");
    CHECK(web.questions[0].method == "GET");
    CHECK(web.questions[0].headers == environment::HttpHeaders{{"user-agent", "test"}});
    CHECK(web.questions[0].from.address == web.client.address());
}

TEST_CASE("an answer that comes too late is a time-out, and harmless", "[lab]")
{
    Web web;
    auto request = get("http://tracker.example/late");
    request.timeout = 3s;
    web.ask(std::move(request));
    web.world.run_for(10s);
    CHECK(web.failure() == Errc::timed_out);
    CHECK(web.at == Time{3s});
    REQUIRE(web.kept.size() == 1);
    web.kept[0]({.status = 200, .body = {}});
    web.world.run_for(1s);
    CHECK(web.failure() == Errc::timed_out);
}

TEST_CASE("an answer may come later, and a dropped one is a 500", "[lab]")
{
    Web web;
    web.ask(get("http://tracker.example/late"));
    web.world.run_for(2s);
    REQUIRE(web.kept.size() == 1);
    CHECK_FALSE(web.outcome);
    SECTION("answered")
    {
        web.kept[0]({.status = 404, .body = {}});
        web.world.run_for(1s);
        REQUIRE(web.outcome);
        CHECK((**web.outcome).status == 404);
    }
    SECTION("dropped")
    {
        web.kept.clear();
        web.world.run_for(1s);
        REQUIRE(web.outcome);
        CHECK((**web.outcome).status == 500);
    }
    SECTION("crashed")
    {
        web.server.crash();
        web.kept.clear();
        web.world.run_for(1s);
        CHECK(web.failure() == Errc::network_error);
    }
    CHECK(web.at == Time{2s} + 20ms);
}

TEST_CASE("what can go wrong with a request is told apart", "[lab]")
{
    Web web;
    const auto failure_of = [&](HttpRequest request) {
        web.ask(std::move(request));
        web.world.run_for(2min);
        return web.failure();
    };
    CHECK(failure_of(get("http://nobody.example/")) == Errc::not_found);
    CHECK(failure_of(get("http://tracker.example:81/")) == Errc::refused);
    CHECK(failure_of(get("https://tracker.example/now")) == Errc::refused);
    CHECK(failure_of(get("ftp://tracker.example/")) == Errc::bad_input);
    CHECK(failure_of(get("http://10.9.9.9/")) == Errc::timed_out);
    auto bounded = get("http://10.0.0.2:80/now");
    bounded.max_body = 4;
    CHECK(failure_of(bounded) == Errc::limit_exceeded);
    bounded.max_body = 5;
    CHECK(failure_of(bounded) == Errc::ok);
    CHECK(web.outcome);
    web.listener.reset();
    CHECK(failure_of(get("http://10.0.0.2/now")) == Errc::refused);
}

TEST_CASE("T9 in the lab, too, a stranger's URL reaches trackers of the local network and nothing else", "[lab]")
{
    Web web;
    for (const auto* host : {"tracker.example", "10.0.0.2", "127.0.0.1"}) {
        auto request = get(std::string("http://") + host + "/now?/announce");
        request.local_targets = environment::LocalTargets::trackers;
        web.ask(std::move(request));
        CHECK_FALSE(web.outcome);  // never inline
        web.world.run_for(1s);
        CHECK(web.failure() == Errc::permission_denied);
    }
    CHECK(web.questions.empty());
    auto request = get("http://tracker.example/now/announce?x=1");
    request.local_targets = environment::LocalTargets::trackers;
    web.ask(std::move(request));
    web.world.run_for(1s);
    CHECK(web.failure() == Errc::ok);
    CHECK(web.questions.size() == 1);
}

TEST_CASE("a cancelled request calls nobody", "[lab]")
{
    Web web;
    auto witness = std::make_shared<int>(0);
    const auto operation = web.client.environment().http.request(
        get("http://tracker.example/now"), [witness](auto) { FAIL("it was cancelled"); });
    web.client.environment().http.cancel(operation);
    CHECK(witness.use_count() == 1);
    web.world.run_for(2min);
    CHECK(web.questions.empty());
}
