#include "probe.hpp"

#include <shoal/schema_crossing.hpp>

#include <catch2/catch.hpp>

#include <array>

extern "C" const shoal_method_schema schema_in_c;

namespace shoal::host::test {

namespace {

void ignore_call(void*, std::uint64_t, const shoal_value*) {}

// An instance that offers one method and declares one event in `create`, as the test has made them.
struct SchemaStage : Stage {
    SchemaStage()
    {
        field.name = text("word");
        field.help = text("what to say");
        field.type = SHOAL_VALUE_TEXT;
        method.struct_size = sizeof method;
        method.name = text("probe.ask");
        method.arguments = &field;
        method.argument_count = 1;
        method.argument_stride = sizeof field;
        event.struct_size = sizeof event;
        event.name = text("probe.asked");
        event.fields = &field;
        event.field_count = 1;
        event.field_stride = sizeof field;
    }

    void make()
    {
        probe.on_create = [this](const shoal_host* host) {
            offered = probe.methods->offer(host, &method, ignore_call, nullptr);
            declared = probe.events->declare(host, &event);
            return shoal_status{SHOAL_OK};
        };
        start();
    }

    // That the host takes neither, and says why in the log.
    void check_refused(const std::string& why)
    {
        make();
        CAPTURE(why);
        CHECK(offered == SHOAL_E_ARGUMENT);
        CHECK(declared == SHOAL_E_ARGUMENT);
        CHECK(instance->methods().empty());
        CHECK(instance->events().empty());
        CHECK(instance->strikes() == 2);
        CHECK(lines.contains(why));
    }

    shoal_field field{};
    shoal_method_schema method{};
    shoal_event_schema event{};
    shoal_status offered = SHOAL_OK;
    shoal_status declared = SHOAL_OK;
};

}  // namespace

TEST_CASE("what a plug-in says of a method and an event is what is heard of them", "[host][schema]")
{
    const control::MethodSchema ask{.name = "probe.ask",
                                    .help = "asks",
                                    .arguments = {{.name = "to", .type = Value::Type::text, .help = "whom", .is_required = true},
                                                  {.name = "how", .type = Value::Type::text, .fallback = "loud", .choices = {"loud", "low"}},
                                                  {.name = "more", .fallback = Value::List{1, "two"}}},
                                    .answer = "what was said",
                                    .errors = {Errc::timed_out, Errc::refused}};
    const control::EventSchema asked{
        .name = "probe.asked", .help = "it was asked", .fields = {{.name = "at", .type = Value::Type::integer, .help = "when"}}};
    Stage stage;
    stage.probe.on_create = [&](const shoal_host* host) {
        const AbiMethodSchema raw(ask);
        const AbiEventSchema raw_event(asked);
        CHECK(stage.probe.events->declare(host, raw_event.pointer()) == SHOAL_OK);
        CHECK(stage.probe.events->declare(host, raw_event.pointer()) == SHOAL_E_ARGUMENT);
        return stage.probe.methods->offer(host, raw.pointer(), ignore_call, nullptr);
    };
    stage.start();
    REQUIRE(stage.instance->methods().size() == 1);
    const auto method = stage.instance->methods().front();
    CHECK(method.name == ask.name);
    CHECK(method.help == ask.help);
    CHECK(method.answer == ask.answer);
    CHECK(method.errors == ask.errors);
    REQUIRE(method.arguments.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(method.arguments[i].name == ask.arguments[i].name);
        CHECK(method.arguments[i].type == ask.arguments[i].type);
        CHECK(method.arguments[i].help == ask.arguments[i].help);
        CHECK(method.arguments[i].is_required == ask.arguments[i].is_required);
        CHECK(method.arguments[i].fallback == ask.arguments[i].fallback);
        CHECK(method.arguments[i].choices == ask.arguments[i].choices);
    }
    REQUIRE(stage.instance->events().size() == 1);
    CHECK(stage.instance->events()[0].help == "it was asked");
    CHECK(stage.instance->events()[0].fields[0].name == "at");
}

TEST_CASE("a schema written in C is heard as it is written", "[host][schema]")
{
    SchemaStage stage;
    stage.method = schema_in_c;
    stage.make();
    REQUIRE(stage.offered == SHOAL_OK);
    const auto say = stage.instance->methods().at(0);
    CHECK(say.name == "word.say");
    CHECK(say.answer == "the word");
    CHECK(say.errors == std::vector<Errc>{Errc::timed_out});
    REQUIRE(say.arguments.size() == 3);
    CHECK(say.arguments[0].is_required);
    CHECK(say.arguments[1].fallback == Value(1));
    CHECK(say.arguments[2].choices == std::vector<std::string>{"loud", "low"});
}

TEST_CASE("fields of a longer version than ours are walked by their stride", "[host][schema]")
{
    struct Longer {
        shoal_field field;
        std::uint64_t more;
    };
    SchemaStage stage;
    std::array<Longer, 2> fields{{{stage.field, ~0ULL}, {stage.field, ~0ULL}}};
    fields[1].field.name = text("other");
    stage.method.arguments = &fields[0].field;
    stage.method.argument_count = 2;
    stage.method.argument_stride = sizeof(Longer);
    stage.make();
    REQUIRE(stage.offered == SHOAL_OK);
    CHECK(stage.instance->methods()[0].arguments[1].name == "other");
}

TEST_CASE("events are declared in `create` and not after it", "[host][schema]")
{
    SchemaStage stage;
    stage.make();
    CHECK(stage.declared == SHOAL_OK);
    stage.event.name = text("probe.late");
    CHECK(stage.as_plugin([&] { return stage.probe.events->declare(stage.probe.host, &stage.event); }) == SHOAL_E_STATE);
    CHECK(stage.instance->events().size() == 1);
}

TEST_CASE("a schema that makes no sense is refused, and the plug-in blamed", "[host][schema]")
{
    SchemaStage stage;
    shoal_value value{};
    std::array<shoal_text, 2> choices{text("a"), text("b")};

    SECTION("it is from another time")
    {
        stage.method.struct_size = stage.event.struct_size = 8;
        stage.check_refused("too short");
    }
    SECTION("a field without a name")
    {
        stage.field.name = {};
        stage.check_refused("is no name of a field");
    }
    SECTION("a name with a pointer missing")
    {
        stage.field.name = {nullptr, 4};
        stage.check_refused("the name of a field is missing");
    }
    SECTION("a name that nobody can type")
    {
        stage.field.name = text("w\x1bord");
        stage.check_refused("is no name of a field");
    }
    SECTION("a name as long as memory")
    {
        stage.field.name.size = UINT64_MAX;
        stage.check_refused("too long");
    }
    SECTION("a help of two lines")
    {
        stage.field.help = text("a\nb");
        stage.check_refused("help that is no line");
    }
    SECTION("a type that there is not")
    {
        stage.field.type = 8;
        stage.check_refused("the type of 'word' is none");
    }
    SECTION("a flag that there is not")
    {
        stage.field.flags = 2;
        stage.check_refused("an unknown flag");
    }
    SECTION("a reserved field in use")
    {
        stage.field.reserved = 1;
        stage.check_refused("reserved");
    }
    SECTION("fields that are not there")
    {
        stage.method.arguments = stage.event.fields = nullptr;
        stage.check_refused("the fields are missing");
    }
    SECTION("more fields than anybody reads")
    {
        stage.method.argument_count = stage.event.field_count = 65;
        stage.check_refused("too many");
    }
    SECTION("a stride shorter than a field")
    {
        stage.method.argument_stride = stage.event.field_stride = 0;
        stage.check_refused("stride");
    }
    SECTION("choices that are not there")
    {
        stage.field.choice_count = 1;
        stage.check_refused("the choices of a field are missing");
    }
    SECTION("choices of a number")
    {
        stage.field.type = SHOAL_VALUE_INT;
        stage.field.choices = choices.data();
        stage.field.choice_count = 2;
        stage.check_refused("has choices, and is no text");
    }
    SECTION("a choice that is no text")
    {
        choices[1] = text("\xff");
        stage.field.choices = choices.data();
        stage.field.choice_count = 2;
        stage.check_refused("a choice is missing");
    }
    SECTION("a fallback that is nothing")
    {
        value.type = 99;
        stage.field.fallback = &value;
        stage.check_refused("unknown type");
    }
}

TEST_CASE("a fallback is what the field takes, and is not of one that is required", "[host][schema]")
{
    SchemaStage stage;
    shoal_value value{};
    value.type = SHOAL_VALUE_INT;
    value.as.integer = 5;
    stage.field.fallback = &value;
    SECTION("of another type")
    {
        stage.make();
        CHECK(stage.lines.contains("'word' has to be a text, and its fallback is not"));
    }
    SECTION("required")
    {
        stage.field.type = SHOAL_VALUE_INT;
        stage.field.flags = SHOAL_FIELD_REQUIRED;
        stage.make();
        CHECK(stage.lines.contains("is required, and has a fallback"));
    }
    CHECK(stage.offered == SHOAL_E_ARGUMENT);
    CHECK(stage.declared == SHOAL_E_ARGUMENT);
    CHECK(stage.lines.contains("a field of an event has a fallback"));
}

TEST_CASE("two arguments of one name, and errors that are none, are refused", "[host][schema]")
{
    SchemaStage stage;
    const std::array<shoal_field, 2> twice{stage.field, stage.field};
    std::array<shoal_status, 1> errors{SHOAL_OK};
    stage.method.errors = errors.data();
    stage.method.error_count = 1;
    const auto check_refused = [&](const std::string& why) {
        stage.make();
        CHECK(stage.offered == SHOAL_E_ARGUMENT);
        CHECK(stage.declared == SHOAL_OK);
        CHECK(stage.lines.contains(why));
    };
    SECTION("a success") { check_refused("0 is no error"); }
    SECTION("a number that means nothing")
    {
        errors[0] = -4711;
        check_refused("-4711 is no error");
    }
    SECTION("errors that are not there")
    {
        stage.method.errors = nullptr;
        check_refused("the errors are missing");
    }
    SECTION("two of one name")
    {
        stage.method.error_count = 0;
        stage.method.arguments = twice.data();
        stage.method.argument_count = 2;
        check_refused("'word' is there twice");
    }
}

}  // namespace shoal::host::test
