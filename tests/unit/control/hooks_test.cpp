#include "control/hooks.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

namespace shoal::control {

namespace {

using Words = std::vector<std::string>;

// Asks, and keeps what was decided.
struct Case {
    void ask(std::string_view hook = "before.add")
    {
        hooks.ask(hook, Value::Map{}.set("folder", "/a"), [this](Hooks::Verdict verdict) { decided = std::move(verdict); });
    }
    std::string folder() const
    {
        const auto* changed = decided && *decided ? (*decided)->find("folder") : nullptr;
        return changed == nullptr ? std::string() : *changed->as_text();
    }
    // Notes whom it asks and about which folder, and wants another one.
    Hooks::Asked wants(std::string who, std::string folder)
    {
        return [this, who, folder](const Value::Map& question, Hooks::Decide decide) {
            asked.push_back(who + " " + *question.find("folder")->as_text());
            decide(folder.empty() ? Value::Map{} : Value::Map{}.set("folder", folder));
        };
    }

    Hooks hooks;
    Words asked;
    std::optional<Hooks::Verdict> decided;
};

}  // namespace

TEST_CASE("when nobody attends a hook nobody minds", "[control][hooks]")
{
    Case one;
    const auto elsewhere = one.hooks.attend("before.remove", 50, one.wants("a", "/b"));
    one.ask();
    REQUIRE(one.decided);
    REQUIRE(*one.decided);
    CHECK((*one.decided)->size() == 0);
    CHECK(one.asked.empty());
}

TEST_CASE("those who attend are asked by priority and then in their order, each with the changes of those before it", "[control][hooks]")
{
    Case one;
    const auto third = one.hooks.attend("before.add", 60, one.wants("third", ""));
    const auto first = one.hooks.attend("before.add", -5, one.wants("first", "/b"));
    const auto second = one.hooks.attend("before.add", -5, one.wants("second", "/c"));
    one.ask();
    CHECK(one.asked == Words{"first /a", "second /b", "third /c"});
    CHECK(one.folder() == "/c");
}

TEST_CASE("the first refusal ends the round", "[control][hooks]")
{
    Case one;
    const auto first = one.hooks.attend(
        "before.add", 1, [](const Value::Map&, Hooks::Decide decide) { decide(make_error(Errc::permission_denied, "not today")); });
    const auto second = one.hooks.attend("before.add", 2, one.wants("second", "/b"));
    one.ask();
    REQUIRE(one.decided);
    REQUIRE_FALSE(*one.decided);
    CHECK(one.decided->error().text == "not today");
    CHECK(one.asked.empty());
}

TEST_CASE("a round waits for who takes its time, and who lets the question fall has no objection", "[control][hooks]")
{
    Case one;
    std::optional<Hooks::Decide> kept;
    const auto slow = one.hooks.attend("before.add", 1, [&](const Value::Map&, Hooks::Decide decide) { kept = std::move(decide); });
    const auto after = one.hooks.attend("before.add", 2, one.wants("after", ""));
    one.ask();
    CHECK_FALSE(one.decided);
    CHECK(one.asked.empty());
    SECTION("decided later")
    {
        (*kept)(Value::Map{}.set("folder", "/late"));
        CHECK(one.folder() == "/late");
        CHECK(one.asked == Words{"after /late"});
    }
    SECTION("let fall")
    {
        kept.reset();
        REQUIRE(one.decided);
        CHECK(*one.decided);
        CHECK(one.asked == Words{"after /a"});
    }
}

TEST_CASE("who leaves is not asked, also when it leaves while others are", "[control][hooks]")
{
    Case one;
    std::unique_ptr<Hooks::Attendance> second;
    std::unique_ptr<Hooks::Attendance> first = one.hooks.attend("before.add", 1, [&](const Value::Map&, Hooks::Decide decide) {
        second.reset();
        first.reset();
        decide(Value::Map{});
    });
    second = one.hooks.attend("before.add", 2, one.wants("second", "/b"));
    one.ask();
    CHECK(one.asked.empty());
    REQUIRE(one.decided);
    CHECK((*one.decided)->size() == 0);
}

TEST_CASE("a question outlives the hooks it was put to", "[control][hooks]")
{
    std::optional<Hooks::Decide> kept;
    std::optional<Hooks::Verdict> decided;
    {
        Hooks hooks;
        const auto slow = hooks.attend("before.add", 1, [&](const Value::Map&, Hooks::Decide decide) { kept = std::move(decide); });
        hooks.ask("before.add", {}, [&](Hooks::Verdict verdict) { decided = std::move(verdict); });
    }
    (*kept)(Value::Map{});
    REQUIRE(decided);
    CHECK(*decided);
}

TEST_CASE("who attends is told who asks, whatever others say; and who asked acts again when it is decided", "[control][hooks]")
{
    const Causes causes;
    Hooks hooks(causes);
    Words told;
    std::optional<Hooks::Decide> kept;
    const auto first = hooks.attend("before.add", 1, [&](const Value::Map& question, Hooks::Decide decide) {
        told.push_back("first " + *question.find("cause")->as_text());
        kept = std::move(decide);
    });
    const auto second = hooks.attend("before.add", 2, [&](const Value::Map& question, Hooks::Decide decide) {
        told.push_back("second " + *question.find("cause")->as_text());
        decide(Value::Map{});
    });
    {
        const Causes::Acting acting(causes, "script:tidy");
        hooks.ask("before.add", {}, [&](const Hooks::Verdict&) { told.push_back("decided " + causes.now()); });
    }
    const Causes::Acting somebody(causes, "plugin:other");
    (*kept)(Value::Map{}.set("cause", "user"));
    CHECK(told == Words{"first script:tidy", "second script:tidy", "decided script:tidy"});
    CHECK(causes.now() == "plugin:other");
}

}  // namespace shoal::control
