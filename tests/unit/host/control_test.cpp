#include "probe.hpp"

#include "control/json.hpp"

#include <shoal/crossing.hpp>
#include <shoal/value_crossing.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shoal::host::test {

namespace {

// A control plane that notes what it is asked, and answers when the test says so.
class NotedPlane final : public ControlPlane {
public:
    struct NotedCall {
        std::string who;
        std::string method;
        std::string arguments;
        Answered done;
    };

    void call(const Speaker& speaker, std::string_view method, Value::Map arguments, Answered done) override
    {
        const auto who = std::string(speaker.plugin) + (speaker.cause.empty() ? "" : " for ") + std::string(speaker.cause);
        asked.push_back({who, std::string(method), control::to_json(Value(std::move(arguments))),
                         std::move(done)});
    }

    std::unique_ptr<Ear> listen(Heard heard) override
    {
        ++ears;
        on_event = std::move(heard);
        return std::make_unique<NotedEar>(*this);
    }

    std::unique_ptr<Ear> attend(std::string hook, std::int32_t priority, Asked on_question) override
    {
        ++ears;
        attended = hook + " " + std::to_string(priority);
        ask = std::move(on_question);
        return std::make_unique<NotedEar>(*this);
    }

    std::vector<NotedCall> asked;
    Heard on_event;
    Asked ask;
    std::string attended;
    int ears = 0;

private:
    class NotedEar final : public Ear {
    public:
        explicit NotedEar(NotedPlane& plane) : plane_(plane) {}
        ~NotedEar() override { --plane_.ears; }

    private:
        NotedPlane& plane_;
    };
};

struct ControlStage : Stage {
    ControlStage()
    {
        auto with = context();
        with.control = &plane;
        start(std::move(with));
    }
    ~ControlStage() { instance.reset(); }  // what is open then is answered, to us

    static void on_answer(void* user, std::uint64_t, shoal_status status, const shoal_value* raw)
    {
        const auto answer = from_abi(*raw);
        REQUIRE(answer);
        auto& mine = *static_cast<ControlStage*>(user);
        mine.answers.push_back(std::to_string(status) + " " + control::to_json(*answer));
    }
    static void on_event(void* user, std::uint64_t subscription, shoal_text event, const shoal_value* raw)
    {
        const auto payload = from_abi(*raw);
        REQUIRE(payload);
        auto& mine = *static_cast<ControlStage*>(user);
        mine.heard.push_back(std::string(from_abi(event)) + " " + control::to_json(*payload));
        if (std::exchange(mine.leaves_when_it_hears, false)) mine.probe.control->unsubscribe(mine.probe.host, subscription);
    }

    shoal_status call(std::string_view method, const shoal_value* arguments = nullptr)
    {
        std::uint64_t handle = 0;
        return as_plugin(
            [&] { return probe.control->call(probe.host, text(method), arguments, on_answer, this, &handle); });
    }
    shoal_status call(std::string_view method, const Value& arguments)
    {
        const AbiValue raw(arguments);
        return call(method, raw.pointer());
    }
    std::uint64_t subscribe(std::string_view glob)
    {
        std::uint64_t handle = 0;
        const auto act = [&] { return probe.control->subscribe(probe.host, text(glob), on_event, this, &handle); };
        CHECK(as_plugin(act) == SHOAL_OK);
        return handle;
    }
    void publish(std::string_view event)
    {
        plane.on_event(event, Value::Map{}.set("n", 1));
        environment.loop.run();
    }

    static void on_question(void* user, std::uint64_t question, shoal_text hook, const shoal_value* raw)
    {
        const auto asked = from_abi(*raw);
        REQUIRE(asked);
        auto& mine = *static_cast<ControlStage*>(user);
        mine.question = question;
        mine.heard.push_back(std::string(from_abi(hook)) + " " + control::to_json(*asked));
    }
    std::uint64_t attend(std::string_view hook)
    {
        std::uint64_t handle = 0;
        const auto act = [&] { return probe.control->attend(probe.host, text(hook), 7, on_question, this, &handle); };
        CHECK(as_plugin(act) == SHOAL_OK);
        return handle;
    }
    shoal_status decide(shoal_status status, const Value& answer)
    {
        const AbiValue raw(answer);
        const auto given = as_plugin([&] { return probe.control->decide(probe.host, question, status, raw.pointer()); });
        environment.loop.run();
        return given;
    }
    // Asks; what is decided is noted.
    void ask()
    {
        plane.ask(Value::Map{}.set("n", 1), [this](Result<Value::Map> verdict) {
            decided.push_back(verdict ? control::to_json(Value(*verdict)) : verdict.error().text);
        });
    }

    NotedPlane plane;
    std::uint64_t question = 0;
    std::vector<std::string> decided;
    std::vector<std::string> answers;
    std::vector<std::string> heard;
    bool leaves_when_it_hears = false;
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a method is called by name, outside of the plug-in's own call, and answered later", "[host][control]")
{
    ControlStage stage;
    CHECK(stage.call("torrents.show", Value(Value::Map{}.set("torrent", "3fa1"))) == SHOAL_OK);
    CHECK(stage.plane.asked.empty());
    stage.environment.loop.run();
    REQUIRE(stage.plane.asked.size() == 1);
    CHECK(stage.plane.asked[0].who == "org.example.probe");
    CHECK(stage.plane.asked[0].method == "torrents.show");
    CHECK(stage.plane.asked[0].arguments == R"({"torrent":"3fa1"})");
    stage.plane.asked[0].done(Value("here"));
    CHECK(stage.answers.empty());
    stage.environment.loop.run();
    CHECK(stage.answers == Words{"0 \"here\""});
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("a plug-in calls for its scripts and rules, and for nobody else", "[host][control]")
{
    const auto [cause, status] = GENERATE(table<std::string, shoal_status>({
        {"script:tidy", SHOAL_OK},
        {"rule:" + std::string(123, 'a'), SHOAL_OK},
        {"rule:" + std::string(124, 'a'), SHOAL_E_ARGUMENT},
        {"user", SHOAL_E_ARGUMENT},
        {"plugin:other", SHOAL_E_ARGUMENT},
        {"script:", SHOAL_E_ARGUMENT},
        {"script:\xff", SHOAL_E_ARGUMENT},
        {"", SHOAL_E_ARGUMENT},
    }));
    ControlStage stage;
    std::uint64_t handle = 0;
    const auto call = [&, &cause = cause] {
        return stage.probe.control->call_for(stage.probe.host, text(cause), text("a.b"), nullptr, ControlStage::on_answer, &stage, &handle);
    };
    CHECK(stage.as_plugin(call) == status);
    stage.environment.loop.run();
    REQUIRE(stage.plane.asked.size() == (status == SHOAL_OK ? 1 : 0));
    if (status == SHOAL_OK) CHECK(stage.plane.asked[0].who == "org.example.probe for " + cause);
}

TEST_CASE("a refusal of a method reaches the plug-in as its status and its text", "[host][control]")
{
    ControlStage stage;
    stage.call("torrents.show");
    stage.environment.loop.run();
    stage.plane.asked.at(0).done(make_error(Errc::not_found, "there is no such torrent"));
    stage.environment.loop.run();
    CHECK(stage.answers == Words{std::to_string(SHOAL_E_NOT_FOUND) + " \"there is no such torrent\""});
}

TEST_CASE("arguments that are no map never reach the control plane", "[host][control]")
{
    ControlStage stage;
    CHECK(stage.call("a.b", Value(5)) == SHOAL_E_ARGUMENT);
    shoal_value odd{};
    odd.type = 99;
    CHECK(stage.call("a.b", &odd) == SHOAL_E_ARGUMENT);
    CHECK(stage.call(std::string(129, 'a')) == SHOAL_E_ARGUMENT);
    CHECK(stage.call("\xff") == SHOAL_E_ARGUMENT);
    stage.environment.loop.run();
    CHECK(stage.plane.asked.empty());
    CHECK(stage.answers.empty());
    CHECK(stage.instance->strikes() == 4);
}

TEST_CASE("calls of others that wait when the instance ends are cancelled, each once", "[host][control]")
{
    ControlStage stage;
    stage.call("a.first");
    stage.environment.loop.run();
    stage.call("a.second");
    stage.instance.reset();
    const auto cancelled = std::to_string(SHOAL_E_CANCELLED) + R"( "the plug-in stopped before the answer came")";
    CHECK(stage.answers == Words{cancelled, cancelled});
    stage.plane.asked.at(0).done(Value("late"));
    stage.environment.loop.run();
    CHECK(stage.answers.size() == 2);
    CHECK(stage.plane.asked.size() == 1);
}

TEST_CASE("a subscription hears the events that its glob matches, and no others", "[host][control]")
{
    const auto [glob, event, is_heard] = GENERATE(table<std::string, std::string, bool>({
        {"*", "torrent.added", true},
        {"torrent.*", "torrent.added", true},
        {"torrent.*", "torrents.added", false},
        {"*.added", "torrent.added", true},
        {"torrent.added", "torrent.added", true},
        {"torrent.added", "torrent.added2", false},
        {"t*.a*d", "torrent.added", true},
        {"t*.a*d", "torrent.adder", false},
        {"torrent.adde?", "torrent.added", true},
        {"torrent.added?", "torrent.added", false},
        {"torrent.added**", "torrent.added", true},
    }));
    CAPTURE(glob, event);
    ControlStage stage;
    stage.subscribe(glob);
    stage.publish(event);
    CHECK(stage.heard == (is_heard ? Words{event + R"( {"n":1})"} : Words{}));
}

TEST_CASE("an event that is published inside a call into the plug-in is heard after it", "[host][control]")
{
    ControlStage stage;
    stage.subscribe("*");
    stage.as_plugin([&] { return stage.plane.on_event("a.b", {}), SHOAL_OK; });
    CHECK(stage.heard.empty());
    stage.environment.loop.run();
    CHECK(stage.heard == Words{"a.b {}"});
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("nothing is heard after a subscription has ended, also when it ends while it hears", "[host][control]")
{
    ControlStage stage;
    const auto first = stage.subscribe("*");
    stage.subscribe("a.*");
    CHECK(stage.plane.ears == 1);
    stage.leaves_when_it_hears = true;  // the first of both
    stage.publish("a.b");
    CHECK(stage.heard.size() == 2);
    stage.publish("a.c");
    CHECK(stage.heard.size() == 3);
    const auto again = [&] { return stage.probe.control->unsubscribe(stage.probe.host, first); };
    CHECK(stage.as_plugin(again) == SHOAL_E_STALE);
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("the control plane is not listened to when nobody subscribes, and not after the instance's end", "[host][control]")
{
    ControlStage stage;
    CHECK(stage.plane.ears == 0);
    const auto only = stage.subscribe("*");
    stage.as_plugin([&] { return stage.probe.control->unsubscribe(stage.probe.host, only); });
    CHECK(stage.plane.ears == 0);
    stage.subscribe("*");
    stage.plane.on_event("a.b", {});
    stage.instance.reset();
    CHECK(stage.plane.ears == 0);
    stage.environment.loop.run();
    CHECK(stage.heard.empty());
}

TEST_CASE("a plug-in that attends a hook is asked outside of its own call, and its decision counts", "[host][control]")
{
    ControlStage stage;
    stage.attend("before.add");
    CHECK(stage.plane.attended == "before.add 7");
    stage.as_plugin([&] { return stage.ask(), SHOAL_OK; });
    CHECK(stage.heard.empty());
    stage.environment.loop.run();
    CHECK(stage.heard == Words{R"(before.add {"n":1})"});
    CHECK(stage.decided.empty());
    SECTION("with changes")
    {
        CHECK(stage.decide(SHOAL_OK, Value(Value::Map{}.set("n", 2))) == SHOAL_OK);
        CHECK(stage.decided == Words{R"({"n":2})"});
        CHECK(stage.decide(SHOAL_OK, Value()) == SHOAL_E_STALE);
    }
    SECTION("a refusal")
    {
        CHECK(stage.decide(SHOAL_E_ACCESS, Value("not today")) == SHOAL_OK);
        CHECK(stage.decided == Words{"not today"});
    }
    SECTION("one that cannot be read is a strike, and it may decide again")
    {
        CHECK(stage.decide(SHOAL_OK, Value(5)) == SHOAL_E_ARGUMENT);
        CHECK(stage.instance->strikes() == 1);
        CHECK(stage.decide(SHOAL_OK, Value()) == SHOAL_OK);
        CHECK(stage.decided == Words{"{}"});
    }
}

TEST_CASE("who has not decided after two seconds has no objection, and the log says who", "[host][control]")
{
    ControlStage stage;
    stage.attend("before.remove");
    stage.ask();
    stage.environment.loop.advance(std::chrono::milliseconds{1999});
    CHECK(stage.decided.empty());
    stage.environment.loop.advance(std::chrono::milliseconds{1});
    CHECK(stage.decided == Words{"{}"});
    CHECK(stage.lines.contains("did not decide before.remove within 2 s"));
    CHECK(stage.decide(SHOAL_E_ACCESS, Value("too late")) == SHOAL_E_STALE);
    CHECK(stage.decided.size() == 1);
}

TEST_CASE("who leaves, or ends, leaves no question open", "[host][control]")
{
    ControlStage stage;
    const auto attendance = stage.attend("before.add");
    stage.ask();
    stage.environment.loop.run();
    SECTION("leaves")
    {
        const auto leave = [&] { return stage.probe.control->leave(stage.probe.host, attendance); };
        CHECK(stage.as_plugin(leave) == SHOAL_OK);
        CHECK(stage.as_plugin(leave) == SHOAL_E_STALE);
    }
    SECTION("ends") { CHECK_NOTHROW(stage.instance.reset()); }
    stage.environment.loop.run();
    CHECK(stage.decided == Words{"{}"});
    CHECK(stage.plane.ears == 0);
}

TEST_CASE("a plug-in without the permission, or where there is no control plane, is not lent it", "[host][control]")
{
    SECTION("no permission")
    {
        Stage stage({.permissions = "[]"});
        NotedPlane plane;
        auto with = stage.context();
        with.control = &plane;
        stage.start(std::move(with));
        CHECK(stage.probe.control == nullptr);
        CHECK(stage.lines.contains("without the permission control"));
        stage.instance.reset();
    }
    SECTION("no control plane")
    {
        Stage stage;
        stage.start();
        CHECK(stage.probe.control == nullptr);
    }
}

}  // namespace shoal::host::test
