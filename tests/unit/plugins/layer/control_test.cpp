#include "fake_host.hpp"

#include <shoal/control.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace shoal::test {
namespace {

// What the host hears of a control plane; the table's functions have no other place to put it.
struct Plane {
    std::string called; // "method arguments-count"
    shoal_called done = nullptr;
    void* call_user = nullptr;
    std::string glob;
    shoal_heard on_event = nullptr;
    void* ear_user = nullptr;
    std::vector<std::uint64_t> ended;
    shoal_status accepts = SHOAL_OK;
    shoal_asked on_question = nullptr;
    void* seat_user = nullptr;
    std::string decided; // "status answer"
};
Plane* plane = nullptr;

shoal_status call(const shoal_host*, shoal_text method, const shoal_value* arguments, shoal_called done, void* user,
                  std::uint64_t* number)
{
    plane->called = std::string(from_abi(method)) + " " + std::to_string(arguments->size);
    plane->done = done;
    plane->call_user = user;
    *number = 5;
    return plane->accepts;
}

shoal_status call_for(const shoal_host* host, shoal_text cause, shoal_text method, const shoal_value* arguments, shoal_called done, void* user,
                      std::uint64_t* number)
{
    const auto called = call(host, method, arguments, done, user, number);
    plane->called = std::string(from_abi(cause)) + " " + plane->called;
    return called;
}

shoal_status subscribe(const shoal_host*, shoal_text glob, shoal_heard on_event, void* user, std::uint64_t* number)
{
    plane->glob = std::string(from_abi(glob));
    plane->on_event = on_event;
    plane->ear_user = user;
    *number = 9;
    return plane->accepts;
}

shoal_status unsubscribe(const shoal_host*, std::uint64_t number)
{
    plane->ended.push_back(number);
    return SHOAL_OK;
}

shoal_status attend(const shoal_host*, shoal_text hook, std::int32_t priority, shoal_asked on_question, void* user, std::uint64_t* number)
{
    plane->glob = std::string(from_abi(hook)) + " " + std::to_string(priority);
    plane->on_question = on_question;
    plane->seat_user = user;
    *number = 11;
    return plane->accepts;
}

shoal_status decide(const shoal_host*, std::uint64_t question, shoal_status status, const shoal_value* raw)
{
    const auto answer = raw == nullptr ? Result<Value>(Value{}) : from_abi(*raw);
    const auto* text = answer->as_text();
    plane->decided += std::to_string(question) + " " + std::to_string(status) + " " +
                      (text != nullptr ? *text : std::to_string(answer->as_map() != nullptr ? answer->as_map()->size() : 0)) + ";";
    return SHOAL_OK;
}

constexpr shoal_host_control_v1 control_table{
    sizeof(shoal_host_control_v1), 0, call, subscribe, unsubscribe, attend, unsubscribe, decide, call_for};

struct ControlBench {
    ControlBench()
    {
        plane = &all;
        fake.lent_too[SHOAL_SERVICE_CONTROL] = &control_table;
        control = Control(Host(fake.raw()));
    }
    void answer(shoal_status status, const Value& value)
    {
        const AbiValue raw(value);
        all.done(all.call_user, 5, status, raw.pointer());
    }
    void publish(std::string_view event, const Value& payload)
    {
        const AbiValue raw(payload);
        all.on_event(all.ear_user, 9, to_abi(event), raw.pointer());
    }

    void ask(const Value& question)
    {
        const AbiValue raw(question);
        all.on_question(all.seat_user, 21, to_abi("before.add"), raw.pointer());
    }

    Plane all;
    FakeHost fake;
    Control control;
};

} // namespace

TEST_CASE("a call of the control plane is answered with a value, or with an error and its text", "[layer]")
{
    ControlBench bench;
    std::optional<Result<Value>> answered;
    REQUIRE(bench.control.call("a.b", Value::Map{}.set("x", 1), [&](Result<Value> answer) { answered = std::move(answer); }));
    CHECK(bench.all.called == "a.b 1");
    SECTION("a value")
    {
        bench.answer(SHOAL_OK, Value("here"));
        REQUIRE(answered);
        CHECK(**answered == Value("here"));
    }
    SECTION("an error")
    {
        bench.answer(SHOAL_E_NOT_FOUND, Value("nowhere"));
        REQUIRE(answered);
        REQUIRE_FALSE(*answered);
        CHECK(answered->error().code == Errc::not_found);
        CHECK(answered->error().text == "nowhere");
    }
}

TEST_CASE("a call that the host refuses is an error at once, and forgotten", "[layer]")
{
    ControlBench bench;
    bench.all.accepts = SHOAL_E_STATE;
    const auto token = std::make_shared<int>();
    const auto called = bench.control.call("a.b", {}, [token](const Result<Value>&) {});
    REQUIRE_FALSE(called);
    CHECK_THAT(called.error().text, Catch::Contains("a.b"));
    CHECK(token.use_count() == 1);
}

TEST_CASE("a subscription hears events by name and payload, and ends with its object", "[layer]")
{
    ControlBench bench;
    std::string heard;
    {
        const auto subscription = bench.control.subscribe("a.*", [&](std::string_view event, const Value::Map& payload) {
            heard = std::string(event) + " " + std::to_string(payload.size());
        });
        REQUIRE(subscription);
        CHECK(bench.all.glob == "a.*");
        bench.publish("a.b", Value(Value::Map{}.set("x", 1)));
        CHECK(heard == "a.b 1");
        CHECK(bench.all.ended.empty());
    }
    CHECK(bench.all.ended == std::vector<std::uint64_t>{9});
}

TEST_CASE("a subscription may end itself while it hears", "[layer]")
{
    ControlBench bench;
    EventSubscription subscription;
    int heard = 0;
    auto made = bench.control.subscribe("*", [&, token = std::make_shared<int>(3)](std::string_view, const Value::Map&) {
        subscription.end();
        heard += *token;
    });
    REQUIRE(made);
    subscription = std::move(*made);
    bench.publish("a.b", Value(Value::Map{}));
    CHECK(heard == 3);
    CHECK_FALSE(subscription);
}

TEST_CASE("who attends a hook decides once, and with its object it leaves", "[layer]")
{
    ControlBench bench;
    const auto put = [&](HookAttendance::OnQuestion on_question) {
        const auto attendance = bench.control.attend("before.add", std::move(on_question), 7);
        REQUIRE(attendance);
        CHECK(bench.all.glob == "before.add 7");
        bench.ask(Value(Value::Map{}.set("x", 1)));
    };
    SECTION("it allows, with changes")
    {
        put([](const Value::Map&, Question question) { question.allow(Value::Map{}.set("x", 2)); });
        CHECK(bench.all.decided == "21 0 1;");
    }
    SECTION("it forbids")
    {
        put([](const Value::Map& asked, Question question) { question.forbid(std::to_string(asked.size()) + " is too many"); });
        CHECK(bench.all.decided == "21 " + std::to_string(SHOAL_E_ACCESS) + " 1 is too many;");
    }
    SECTION("it lets the question fall")
    {
        put([](const Value::Map&, const Question&) {});
        CHECK(bench.all.decided == "21 0 0;");
    }
    SECTION("it throws")
    {
        put([](const Value::Map&, const Question&) { throw std::runtime_error("oops"); });
        CHECK(bench.all.decided == "21 0 0;");
        CHECK(bench.fake.error == SHOAL_E_EXCEPTION);
    }
    CHECK(bench.all.ended == std::vector<std::uint64_t>{11});
}

TEST_CASE("an exception of a listener goes no further than the fence", "[layer]")
{
    ControlBench bench;
    const auto subscription =
        bench.control.subscribe("*", [](std::string_view, const Value::Map&) { throw std::runtime_error("oops"); });
    REQUIRE(subscription);
    bench.publish("a.b", Value(Value::Map{}));
    CHECK(bench.fake.error == SHOAL_E_EXCEPTION);
}

TEST_CASE("a call may be made for a script or a rule", "[layer]")
{
    ControlBench bench;
    REQUIRE(bench.control.call("a.b", {}, [](const Result<Value>&) {}, "script:tidy"));
    CHECK(bench.all.called == "script:tidy a.b 0");
    bench.answer(SHOAL_OK, Value{});
}

} // namespace shoal::test
