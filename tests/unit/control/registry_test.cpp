#include "control/registry.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

namespace shoal::control {

namespace {

using Lines = std::vector<std::string>;

MethodSchema schema_named(std::string name)
{
    return {.name = std::move(name), .help = "does", .arguments = {{.name = "word", .type = Value::Type::text, .help = "w", .fallback = "none"}}};
}

// Keeps what it is asked until the test answers.
struct Desk {
    explicit Desk(const std::string& name)
    {
        registry.offer(schema_named(name), [this](const Value::Map& arguments, Registry::Answered done) {
            words.push_back(*arguments.find("word")->as_text());
            waiting.push_back(std::move(done));
        });
    }

    Registry::Answered noted()
    {
        return [this](Result<Value> answer) {
            answers.push_back(answer ? *answer->as_text() : std::string(errc_name(answer.error().code)) + ": " + answer.error().text);
        };
    }

    Registry registry;
    Lines words;
    Lines answers;
    std::vector<Registry::Answered> waiting;
};

}  // namespace

TEST_CASE("a method is called with complete arguments and answers now or later", "[control][registry]")
{
    Desk desk("word.say");
    Value::Map arguments;
    arguments.set("word", "hello");
    desk.registry.call("word.say", arguments, desk.noted());
    desk.registry.call("word.say", {}, desk.noted());
    CHECK(desk.words == Lines{"hello", "none"});
    CHECK(desk.answers.empty());
    desk.waiting[1]("second");
    desk.waiting[0]("first");
    CHECK(desk.answers == Lines{"second", "first"});
}

TEST_CASE("arguments that are wrong never reach the method", "[control][registry]")
{
    Desk desk("word.say");
    Value::Map arguments;
    arguments.set("word", 5);
    desk.registry.call("word.say", arguments, desk.noted());
    CHECK(desk.words.empty());
    CHECK(desk.answers == Lines{"invalid_argument: word.say: 'word' has to be a text"});
}

TEST_CASE("a method that does not exist is an error that names what is most alike", "[control][registry]")
{
    Desk desk("torrents.add");
    desk.registry.offer(schema_named("torrents.remove"), [](const Value::Map&, Registry::Answered done) { done(Value{}); });
    const auto call = [&](std::string_view name) { desk.registry.call(name, {}, desk.noted()); };
    call("torrents.remvoe");
    call("torents.add");
    call("dht.get");
    call("");
    call("\x1b");
    CHECK(desk.answers
          == Lines{"not_found: there is no method 'torrents.remvoe'; did you mean 'torrents.remove'?",
                   "not_found: there is no method 'torents.add'; did you mean 'torrents.add'?",
                   "not_found: there is no method 'dht.get'", "not_found: there is no method ''",
                   "not_found: there is no method '\\x1b'"});
}

TEST_CASE("a call whose handler forgets it is answered with an error", "[control][registry]")
{
    Desk desk("word.say");
    desk.registry.call("word.say", {}, desk.noted());
    CHECK(desk.answers.empty());
    desk.waiting.clear();
    CHECK(desk.answers == Lines{"cancelled: word.say ended before it answered"});
}

TEST_CASE("a method may be withdrawn while it is called, and answers all the same", "[control][registry]")
{
    Desk desk("word.say");
    const auto token = std::make_shared<std::string>("still here");
    desk.registry.offer(schema_named("word.last"), [&desk, token](const Value::Map&, Registry::Answered done) {
        desk.registry.withdraw("word.last");
        done(*token);
    });
    desk.registry.call("word.last", {}, desk.noted());
    CHECK(desk.answers == Lines{"still here"});
    CHECK(token.use_count() == 1);
    CHECK(desk.registry.find("word.last") == nullptr);
    CHECK(desk.registry.find("word.say") != nullptr);
    desk.registry.withdraw("word.last");
    CHECK(desk.registry.methods().size() == 1);
}

TEST_CASE("methods and events are listed by name", "[control][registry]")
{
    Registry registry;
    for (const auto* name : {"b.do", "a.do", "c.do"}) {
        registry.offer(schema_named(name), [](const Value::Map&, Registry::Answered) {});
        registry.declare({.name = name, .help = "first"});
    }
    registry.declare({.name = "b.do", .help = "second"});
    Lines methods;
    for (const auto* method : registry.methods()) methods.push_back(method->name);
    CHECK(methods == Lines{"a.do", "b.do", "c.do"});
    Lines events;
    for (const auto* event : registry.events()) events.push_back(event->name + " " + event->help);
    CHECK(events == Lines{"a.do first", "b.do second", "c.do first"});
}

TEST_CASE("whoever has subscribed hears every event, until the subscription ends", "[control][registry]")
{
    Registry registry;
    Lines heard;
    const auto hear = [&](std::string who) {
        return registry.subscribe([&heard, who](std::string_view event, const Value::Map& payload) {
            heard.push_back(who + " " + std::string(event) + " " + *payload.find("name")->as_text());
        });
    };
    Value::Map payload;
    payload.set("name", "x");
    auto first = hear("first");
    const auto second = hear("second");
    registry.publish("torrent.added", payload);
    CHECK(heard == Lines{"first torrent.added x", "second torrent.added x"});
    first.reset();
    registry.publish("torrent.removed", payload);
    CHECK(heard.back() == "second torrent.removed x");
    CHECK(heard.size() == 3);
}

TEST_CASE("a subscription may end, and another begin, while an event is heard", "[control][registry]")
{
    Registry registry;
    Lines heard;
    std::unique_ptr<Registry::Subscription> itself;
    std::unique_ptr<Registry::Subscription> next;
    std::unique_ptr<Registry::Subscription> late;
    const auto token = std::make_shared<int>();
    itself = registry.subscribe([&, token](std::string_view, const Value::Map&) {
        heard.push_back("itself");
        late = registry.subscribe([&](std::string_view event, const Value::Map&) { heard.push_back("late " + std::string(event)); });
        next.reset();
        itself.reset();
        heard.push_back("done");
    });
    next = registry.subscribe([&](std::string_view, const Value::Map&) { heard.push_back("next"); });
    registry.publish("one", {});
    CHECK(heard == Lines{"itself", "done"});
    CHECK(token.use_count() == 1);
    registry.publish("two", {});
    CHECK(heard == Lines{"itself", "done", "late two"});
}

TEST_CASE("an event may be published while another is heard", "[control][registry]")
{
    Registry registry;
    Lines heard;
    const auto subscription = registry.subscribe([&](std::string_view event, const Value::Map&) {
        heard.push_back(std::string(event));
        if (event == "first") registry.publish("second", {});
    });
    registry.publish("first", {});
    CHECK(heard == Lines{"first", "second"});
}

TEST_CASE("a subscription may outlive the registry, which may end while an event is heard", "[control][registry]")
{
    auto registry = std::make_unique<Registry>();
    int heard = 0;
    const auto first = registry->subscribe([&](std::string_view, const Value::Map&) {
        ++heard;
        registry.reset();
    });
    const auto second = registry->subscribe([&](std::string_view, const Value::Map&) { ++heard; });
    registry->publish("last", {});
    CHECK(heard == 2);
    CHECK(registry == nullptr);
}

namespace {

// Notes what every event has.
struct Ear {
    explicit Ear(Registry& registry)
        : subscription(registry.subscribe([this](std::string_view event, const Value::Map& payload) {
              const auto* time = payload.find("time");
              told.push_back(std::string(event) + " " + std::to_string(*payload.find("seq")->as_integer()) + " " +
                             (time != nullptr ? std::to_string(*time->as_integer()) : "-") + " " + *payload.find("cause")->as_text());
          }))
    {
    }

    Lines told;
    std::unique_ptr<Registry::Subscription> subscription;
};

}  // namespace

TEST_CASE("every event says which it is, when it was and that nobody asked for it", "[control][registry]")
{
    std::int64_t now = 1000;
    Registry registry([&now] { return now; });
    registry.publish("unheard", {});
    Ear ear(registry);
    registry.publish("one", {});
    now = 999;
    registry.publish("two", {});
    CHECK(ear.told == Lines{"one 2 1000 core", "two 3 999 core"});
}

TEST_CASE("without a clock events have no time, and nobody says of himself that he is somebody else", "[control][registry]")
{
    Registry registry;
    Ear ear(registry);
    registry.publish("one", Value::Map{}.set("seq", "x").set("cause", "user"));
    CHECK(ear.told == Lines{"one 1 - core"});
}

TEST_CASE("what a call makes happen has its cause, and so has what it does later", "[control][registry]")
{
    Registry registry;
    Ear ear(registry);
    std::vector<UniqueFunction<void(int)>> later;
    registry.offer(schema_named("a.do"), [&](const Value::Map&, Registry::Answered done) {
        registry.publish("at.once", {});
        later.emplace_back(registry.causes().carried([&registry, done = std::move(done)](int) mutable {
            registry.publish("later", {});
            done(Value{});
        }));
        later.emplace_back([&registry](int) { registry.publish("lost", {}); });
    });
    {
        const Causes::Acting user(registry.causes(), "user");
        {
            const Causes::Acting script(registry.causes(), "script:tidy");
            registry.call("a.do", {}, [&](const Result<Value>&) { registry.publish("answered", {}); });
        }
        registry.publish("after", {});
    }
    registry.publish("outside", {});
    for (auto& one : later) one(0);
    CHECK(ear.told == Lines{"at.once 1 - script:tidy", "after 2 - user", "outside 3 - core", "later 4 - script:tidy", "answered 5 - script:tidy", "lost 6 - core"});
    CHECK(registry.causes().is_nobody());
}

}  // namespace shoal::control
