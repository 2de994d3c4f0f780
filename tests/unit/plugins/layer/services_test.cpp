#include "fake_host.hpp"

#include <shoal/host.hpp>
#include <shoal/tracker.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace shoal::test {

using namespace std::chrono_literals;

TEST_CASE("a posted task runs later, and is freed unrun when the instance goes", "[layer]")
{
    FakeHost fake;
    const Host host(fake.raw());
    auto token = std::make_shared<int>(0);
    CHECK(host.post([token] { ++*token; }));
    CHECK(*token == 0);
    fake.run_posted();
    CHECK(*token == 1);
    CHECK(host.post([token] { ++*token; }));
    fake.run_posted(SHOAL_E_CANCELLED);
    fake.is_stopped = true;
    CHECK_FALSE(host.post([token] { ++*token; }));
    CHECK(*token == 1);
    CHECK(token.use_count() == 1);
}

TEST_CASE("an exception in a posted task is reported and goes no further", "[layer]")
{
    FakeHost fake;
    CHECK(Host(fake.raw()).post([] { throw std::runtime_error("oops"); }));
    fake.run_posted();
    CHECK(fake.error_text == "exception in a posted task: oops");
}

TEST_CASE("a timer fires once, at its time", "[layer]")
{
    FakeHost fake;
    const Host host(fake.raw());
    int fired = 0;
    const auto timer = host.timers().after(10s, [&] { ++fired; });
    CHECK(timer.is_armed());
    fake.wait(9'999'999'999);
    CHECK(fired == 0);
    fake.wait(1);
    CHECK(fired == 1);
    CHECK_FALSE(timer.is_armed());
    CHECK(host.now() == 10s);
    fake.wait(100'000'000'000);
    CHECK(fired == 1);
}

TEST_CASE("the calendar goes on with the host's clock", "[layer]")
{
    FakeHost fake;
    const auto calendar = Host(fake.raw()).calendar();
    CHECK(calendar.unix_time() == 1'000'000);
    fake.wait(86'400'000'000'000);
    CHECK(calendar.unix_time() == 1'086'400);
}

TEST_CASE("a timer that is destroyed, replaced or cancelled does not fire", "[layer]")
{
    FakeHost fake;
    const auto timers = Host(fake.raw()).timers();
    int fired = 0;
    {
        const auto gone = timers.after(1s, [&] { ++fired; });
    }
    auto timer = timers.after(1s, [&] { ++fired; });
    timer = timers.after(1s, [&] { fired += 10; });
    auto cancelled = timers.after(1s, [&] { ++fired; });
    cancelled.cancel();
    CHECK(fake.armed() == 1);
    fake.wait(2'000'000'000);
    CHECK(fired == 10);
}

TEST_CASE("a timer may rearm itself from its own callback", "[layer]")
{
    FakeHost fake;
    const auto timers = Host(fake.raw()).timers();
    std::vector<std::string> ticks;
    Timer timer;
    auto text = std::make_shared<std::string>("tick");
    timer = timers.after(1s, [&, text] {
        timer = timers.after(1s, [&, text] { ticks.push_back(*text + " again"); });
        ticks.push_back(*text);
    });
    fake.wait(5'000'000'000);
    CHECK(ticks == std::vector<std::string>{"tick", "tick again"});
    fake.is_stopped = true;
    CHECK_FALSE(timers.after(1s, [] {}).is_armed());
}

TEST_CASE("an HTTP answer reaches its callback, an error with the host's words", "[layer]")
{
    FakeHost fake;
    const auto http = Host(fake.raw()).http();
    std::string heard;
    const auto listen = [&](Result<HttpResponse> answer) {
        heard = answer ? std::to_string(answer->status) + " " + std::string(as_text(answer->body)) + " "
                             + std::string(answer->headers.find("server").value_or("none"))
                       : std::string(errc_name(answer.error().code)) + " " + answer.error().text;
    };
    REQUIRE(http.request({.url = "http://tracker/"}, listen));
    const shoal_header header{to_abi("server"), to_abi("test")};
    shoal_http_response response{};
    response.struct_size = sizeof response;
    response.http_status = 200;
    response.headers = &header;
    response.header_count = 1;
    response.body = to_abi(as_bytes("d5:peers0:e"));
    fake.answer_http(SHOAL_OK, response);
    CHECK(heard == "200 d5:peers0:e test");

    REQUIRE(http.request({.url = "http://tracker/"}, listen));
    response = {};
    response.error = to_abi("connection refused");
    fake.answer_http(SHOAL_E_REFUSED, response);
    CHECK(heard == "refused connection refused");

    fake.is_stopped = true;
    CHECK(http.request({.url = "http://tracker/"}, listen).error().code == Errc::invalid_argument);
}

TEST_CASE("a socket may be closed from inside its own callback", "[layer]")
{
    FakeHost fake;
    const auto udp = Host(fake.raw()).udp();
    std::string heard;
    UdpSocket socket;
    auto opened = udp.open(
        {}, [&, token = std::make_shared<std::string>(" from ")](const Endpoint& from, ByteView bytes) {
            socket.close();
            heard = std::string(as_text(bytes)) + *token + from.to_string();
        });
    REQUIRE(opened);
    CHECK(opened->local().port == 6881);
    CHECK(udp.open({}, [](const Endpoint&, ByteView) {}).error().code == Errc::refused);
    socket = std::move(*opened);
    fake.deliver(to_abi(*Endpoint::parse("1.2.3.4:5")), to_abi(as_bytes("hi")));
    CHECK(heard == "hi from 1.2.3.4:5");
    CHECK_FALSE(fake.socket_is_open);
}

TEST_CASE("work is followed by its end: done, thrown or never begun", "[layer]")
{
    FakeHost fake;
    const auto workers = Host(fake.raw()).workers();
    std::vector<Errc> ends;
    const auto done = [&](Result<void> outcome) {
        ends.push_back(outcome ? Errc::ok : outcome.error().code);
    };
    bool worked = false;
    REQUIRE(workers.run([&] { worked = true; }, done));
    fake.work();
    CHECK(worked);
    REQUIRE(workers.run([] { throw std::runtime_error("broken disk"); }, done));
    fake.work();
    REQUIRE(workers.run([] { FAIL("it was begun"); }, done));
    fake.work(false);
    CHECK(ends == std::vector<Errc>{Errc::ok, Errc::plugin_broken, Errc::cancelled});
    CHECK(workers.pause(std::chrono::milliseconds(3)));
    CHECK(fake.paused_ns == 3'000'000);
}

TEST_CASE("an event carries its fields with their types", "[layer]")
{
    FakeHost fake;
    const auto events = Host(fake.raw()).events();
    const std::string path = "a/b";
    CHECK(events.publish("can_play",
                         {field("file", 3U), field("path", path), field("ready", true), field("part", 0.5)}));
    CHECK(fake.events == std::vector<std::string>{"can_play file=3 path=a/b ready=true part=0.500000"});
    CHECK(events.declare({.name = "can_play",
                          .help = "enough is there",
                          .fields = {{.name = "file", .type = Value::Type::integer}, {.name = "path", .type = Value::Type::text}}}));
    CHECK(fake.declared == std::vector<std::string>{"can_play file 2 path 4"});
}

TEST_CASE("a tracker's answers reach the host: peers, a refusal, an error", "[layer]")
{
    FakeHost fake;
    const Host host(fake.raw());
    const TrackerReplies replies(host);
    replies.announced(1, {.interval_s = 1800, .peers = {*Endpoint::parse("1.2.3.4:5")}});
    replies.announce_refused(2, "unregistered torrent");
    replies.announce_failed(3, make_error(Errc::timed_out, "no answer in 15 s"));
    CHECK(fake.announced
          == std::vector<std::string>{"1 0 1 peers every 1800", "2 -201 0 peers unregistered torrent",
                                      "3 -401 0 peers no answer in 15 s"});
}

} // namespace shoal::test
