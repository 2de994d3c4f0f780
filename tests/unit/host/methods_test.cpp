#include "probe.hpp"

#include "control/json.hpp"

#include <shoal/crossing.hpp>
#include <shoal/value_crossing.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

namespace shoal::host::test {

namespace {

constexpr shoal_field word{SHOAL_TEXT("word"), SHOAL_TEXT("what to say"), SHOAL_VALUE_TEXT, SHOAL_FIELD_REQUIRED, nullptr, nullptr, 0, 0};

// The schema of a method without arguments.
shoal_method_schema plain(std::string_view name, shoal_text help = {})
{
    shoal_method_schema schema{};
    schema.struct_size = sizeof schema;
    schema.name = text(name);
    schema.help = help;
    return schema;
}

shoal_method_schema with_word(std::string_view name)
{
    auto schema = plain(name, text("says"));
    schema.arguments = &word;
    schema.argument_count = 1;
    schema.argument_stride = sizeof word;
    return schema;
}

// A plug-in with the method "probe.ask", which is answered when the test says so.
struct MethodStage : Stage {
    MethodStage()
    {
        probe.on_create = [this](const shoal_host* host) {
            const auto schema = with_word("probe.ask");
            return probe.methods->offer(host, &schema, on_call, this);
        };
        start();
    }

    static void on_call(void* user, std::uint64_t call, const shoal_value* arguments)
    {
        auto& mine = *static_cast<MethodStage*>(user);
        mine.calls.push_back(call);
        auto given = from_abi(*arguments);
        REQUIRE(given);
        mine.arguments.push_back(control::to_json(*given));
    }

    std::uint64_t call(std::string_view name = "probe.ask", const Value& said = "hello")
    {
        Value::Map given;
        given.set("word", said);
        instance->call_method(name, given, [this](Result<Value> answer) { answers.push_back(std::move(answer)); });
        return calls.empty() ? 0 : calls.back();
    }
    shoal_status answer(std::uint64_t call, shoal_status status, const Value& value)
    {
        const AbiValue raw(value);
        return answer(call, status, raw.pointer());
    }
    shoal_status answer(std::uint64_t call, shoal_status status, const shoal_value* raw)
    {
        return as_plugin([&] { return probe.methods->answer(probe.host, call, status, raw); });
    }

    const Error& only_error()
    {
        environment.loop.run();
        REQUIRE(answers.size() == 1);
        REQUIRE_FALSE(answers[0]);
        return answers[0].error();
    }

    std::vector<std::uint64_t> calls;
    std::vector<std::string> arguments;
    std::vector<Result<Value>> answers;
};

void ignore(void*, std::uint64_t, const shoal_value*) {}

}  // namespace

TEST_CASE("a method that a plug-in offers is listed, called with its arguments and answered later", "[host][methods]")
{
    MethodStage stage;
    const auto offered = stage.instance->methods();
    REQUIRE(offered.size() == 1);
    CHECK(offered[0].name == "probe.ask");
    CHECK(offered[0].help == "says");
    REQUIRE(offered[0].arguments.size() == 1);
    CHECK(offered[0].arguments[0].name == "word");
    CHECK(offered[0].arguments[0].is_required);
    const auto call = stage.call();
    CHECK(stage.arguments == std::vector<std::string>{R"({"word":"hello"})"});
    CHECK(stage.answer(call, SHOAL_OK, Value("world")) == SHOAL_OK);
    CHECK(stage.answers.empty());
    stage.environment.loop.run();
    REQUIRE(stage.answers.size() == 1);
    CHECK(*stage.answers[0] == Value("world"));
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("a method answered inside its own call is answered in a later turn all the same", "[host][methods]")
{
    Stage stage;
    stage.probe.on_create = [&](const shoal_host* host) {
        const auto answer = [](void* user, std::uint64_t call, const shoal_value*) {
            const auto& probe = *static_cast<Probe*>(user);
            CHECK(probe.methods->answer(probe.host, call, SHOAL_OK, nullptr) == SHOAL_OK);
        };
        const auto schema = plain("probe.now");
        return stage.probe.methods->offer(host, &schema, answer, &stage.probe);
    };
    stage.start();
    std::optional<Result<Value>> answered;
    stage.instance->call_method("probe.now", {}, [&](Result<Value> answer) { answered = std::move(answer); });
    CHECK_FALSE(answered);
    stage.environment.loop.run();
    REQUIRE(answered);
    REQUIRE(*answered);
    CHECK((*answered)->is_null());
}

TEST_CASE("arguments that the schema does not allow never reach the plug-in", "[host][methods]")
{
    MethodStage stage;
    stage.call("probe.ask", 5);
    CHECK(stage.calls.empty());
    CHECK(stage.answers.empty());
    CHECK(stage.only_error().code == Errc::invalid_argument);
    CHECK(stage.only_error().text == "probe.ask: 'word' has to be a text");
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("calls under way are answered each with its own, in any order", "[host][methods]")
{
    MethodStage stage;
    const auto first = stage.call();
    const auto second = stage.call();
    stage.answer(second, SHOAL_OK, Value(2));
    stage.answer(first, SHOAL_OK, Value(1));
    stage.environment.loop.run();
    REQUIRE(stage.answers.size() == 2);
    CHECK(*stage.answers[0] == Value(2));
    CHECK(*stage.answers[1] == Value(1));
}

TEST_CASE("a method that nobody offers is an error that names it, later", "[host][methods]")
{
    MethodStage stage;
    stage.call("probe.\x1bnone");
    CHECK(stage.answers.empty());
    const auto& error = stage.only_error();
    CHECK(error.code == Errc::not_found);
    CHECK(error.text == "there is no method probe.\\x1bnone");
}

TEST_CASE("an error of a method comes in the plug-in's words, or in ours if it has none", "[host][methods]")
{
    MethodStage stage;
    const auto call = stage.call();
    SECTION("its words")
    {
        stage.answer(call, SHOAL_E_TIMEOUT, Value("no node answered"));
        CHECK(stage.only_error().code == Errc::timed_out);
        CHECK(stage.only_error().text == "no node answered");
    }
    SECTION("none")
    {
        stage.answer(call, SHOAL_E_TIMEOUT, nullptr);
        CHECK(stage.only_error().text == "timed out");
    }
    SECTION("no text")
    {
        stage.answer(call, SHOAL_E_NOT_FOUND, Value(7));
        CHECK(stage.only_error().text == "not found");
    }
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("a call is answered once", "[host][methods]")
{
    MethodStage stage;
    const auto call = stage.call();
    CHECK(stage.answer(call, SHOAL_OK, Value(1)) == SHOAL_OK);
    CHECK(stage.answer(call, SHOAL_OK, Value(2)) == SHOAL_E_ARGUMENT);
    CHECK(stage.answer(4711, SHOAL_OK, Value(3)) == SHOAL_E_ARGUMENT);
    stage.environment.loop.run();
    REQUIRE(stage.answers.size() == 1);
    CHECK(*stage.answers[0] == Value(1));
    CHECK(stage.instance->strikes() == 2);
    CHECK(stage.lines.contains("answered a call twice, or one that never was"));
}

TEST_CASE("an answer that makes no sense is the plug-in's fault, and ends the call", "[host][methods]")
{
    MethodStage stage;
    const auto call = stage.call();
    SECTION("a value of no type")
    {
        shoal_value odd{};
        odd.type = 99;
        CHECK(stage.answer(call, SHOAL_OK, &odd) == SHOAL_E_ARGUMENT);
        CHECK_THAT(stage.only_error().text, Catch::Contains("the answer makes no sense"));
    }
    SECTION("a text without a pointer")
    {
        shoal_value odd{};
        odd.type = SHOAL_VALUE_TEXT;
        odd.size = 5;
        CHECK(stage.answer(call, SHOAL_E_TIMEOUT, &odd) == SHOAL_E_ARGUMENT);
        CHECK_THAT(stage.only_error().text, Catch::Contains("the answer makes no sense"));
    }
    SECTION("a status that does not exist")
    {
        CHECK(stage.answer(call, -4711, nullptr) == SHOAL_OK);
        CHECK(stage.only_error().text == "the plug-in is broken");
    }
    CHECK(stage.only_error().code == Errc::plugin_broken);
    CHECK(stage.instance->strikes() == 1);
}

TEST_CASE("methods are offered in `create` and not after it", "[host][methods]")
{
    MethodStage stage;
    const auto offer = [&] {
        const auto schema = plain("probe.late");
        return stage.probe.methods->offer(stage.probe.host, &schema, ignore, nullptr);
    };
    CHECK(stage.as_plugin(offer) == SHOAL_E_STATE);
    CHECK(stage.instance->methods().size() == 1);
}

TEST_CASE("a method is offered once, with a name, a help and a function", "[host][methods]")
{
    Stage stage;
    stage.probe.on_create = [&](const shoal_host* host) {
        const auto offer = [&](std::string_view name, shoal_text help, shoal_method function) {
            const auto schema = plain(name, help);
            return stage.probe.methods->offer(host, &schema, function, nullptr);
        };
        const std::string longest = "a." + std::string(126, 'n');
        const std::string longest_help(1024, 'h');
        CHECK(offer(longest, text(longest_help), ignore) == SHOAL_OK);
        CHECK(offer(longest, text(""), ignore) == SHOAL_E_ARGUMENT);
        CHECK(offer("", text(""), ignore) == SHOAL_E_ARGUMENT);
        CHECK(offer("no_verb", text(""), ignore) == SHOAL_E_ARGUMENT);
        CHECK(offer("Not.lower", text(""), ignore) == SHOAL_E_ARGUMENT);
        CHECK(offer(longest + "n", text(""), ignore) == SHOAL_E_ARGUMENT);
        CHECK(offer("a.\xff", text(""), ignore) == SHOAL_E_ARGUMENT);
        CHECK(offer("a.b", text(longest_help + "h"), ignore) == SHOAL_E_ARGUMENT);
        CHECK(offer("a.b", text("\xff"), ignore) == SHOAL_E_ARGUMENT);
        CHECK(offer("a.b", text("two\nlines"), ignore) == SHOAL_E_ARGUMENT);
        CHECK(offer("a.b", {nullptr, 4}, ignore) == SHOAL_E_ARGUMENT);
        CHECK(offer("a.b", text(""), nullptr) == SHOAL_E_ARGUMENT);
        CHECK(stage.probe.methods->offer(host, nullptr, ignore, nullptr) == SHOAL_E_ARGUMENT);
        return shoal_status{SHOAL_OK};
    };
    stage.start();
    CHECK(stage.instance->methods().size() == 1);
    CHECK(stage.instance->strikes() == 12);
}

TEST_CASE("calls that wait when the instance ends are cancelled, each once", "[host][methods]")
{
    const bool is_stopped_first = GENERATE(true, false);
    MethodStage stage;
    const auto answered = stage.call();
    stage.call();
    stage.answer(answered, SHOAL_OK, Value(1));
    if (is_stopped_first) stage.instance->stop();
    stage.instance.reset();
    stage.environment.loop.run();
    REQUIRE(stage.answers.size() == 2);
    REQUIRE_FALSE(stage.answers[0]);
    CHECK(stage.answers[0].error().code == Errc::cancelled);
    CHECK_THAT(stage.answers[0].error().text, Catch::Contains("stopped before it answered"));
    CHECK(*stage.answers[1] == Value(1));
}

TEST_CASE("an answer in `destroy` is too late, and no fault", "[host][methods]")
{
    MethodStage stage;
    const auto call = stage.call();
    stage.probe.on_destroy = [&] {
        CHECK(stage.probe.methods->answer(stage.probe.host, call, SHOAL_E_CANCELLED, nullptr) == SHOAL_E_STATE);
    };
    stage.instance.reset();
    stage.environment.loop.run();
    CHECK(stage.answers.size() == 1);
    CHECK_FALSE(stage.lines.contains("strike"));
}

}  // namespace shoal::host::test
