#include "fake_host.hpp"

#include <shoal/host.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace shoal::test {
namespace {

// What the host hears of methods; the methods_table's functions have no other place to put it.
struct Heard {
    std::vector<std::string> offered;
    std::vector<std::string> answers; // "call status answer"
    shoal_method on_call = nullptr;
    void* user = nullptr;
    shoal_status accepts = SHOAL_OK;
};
Heard* methods_heard = nullptr;

std::string described(const shoal_field& field)
{
    std::string line = " " + std::string(from_abi(field.name)) + " (" + std::string(from_abi(field.help)) + ") ";
    line += std::to_string(field.type) + ((field.flags & SHOAL_FIELD_REQUIRED) != 0 ? "!" : "");
    if (field.fallback != nullptr) line += " = " + std::to_string(field.fallback->as.integer);
    for (std::uint32_t i = 0; i < field.choice_count; ++i) line += "/" + std::string(from_abi(field.choices[i]));
    return line;
}

shoal_status offer(const shoal_host*, const shoal_method_schema* schema, shoal_method on_call, void* user)
{
    CHECK(schema->struct_size == sizeof *schema);
    std::string line = std::string(from_abi(schema->name)) + ": " + std::string(from_abi(schema->help)) + ";";
    for (const auto& field : Strided<shoal_field>(schema->arguments, schema->argument_count, schema->argument_stride)) {
        line += described(field);
    }
    line += " -> " + std::string(from_abi(schema->answer));
    for (std::uint32_t i = 0; i < schema->error_count; ++i) line += " " + std::to_string(schema->errors[i]);
    methods_heard->offered.push_back(std::move(line));
    methods_heard->on_call = on_call;
    methods_heard->user = user;
    return methods_heard->accepts;
}

shoal_status answer(const shoal_host*, std::uint64_t call, shoal_status status, const shoal_value* value)
{
    std::string line = std::to_string(call) + " " + std::to_string(status);
    if (value != nullptr) {
        const auto given = from_abi(*value);
        REQUIRE(given);
        line += given->as_text() != nullptr ? " " + *given->as_text() : " " + std::string(type_name(given->type()));
    }
    methods_heard->answers.push_back(line);
    return SHOAL_OK;
}

constexpr shoal_host_methods_v1 methods_table{sizeof(shoal_host_methods_v1), 0, offer, answer};

struct MethodsBench {
    MethodsBench()
    {
        methods_heard = &all;
        fake.lent_too[SHOAL_SERVICE_METHODS] = &methods_table;
        methods = Host(fake.raw()).methods();
    }
    void offer(Methods::OnCall on_call) { REQUIRE(methods.offer(schema, std::move(on_call))); }
    void call(std::uint64_t number, const Value& arguments = Value::Map{})
    {
        const AbiValue raw(arguments);
        all.on_call(all.user, number, raw.pointer());
    }

    MethodSchema schema{.name = "x.do", .help = "does", .arguments = {{.name = "what", .type = Value::Type::text, .help = "it"}}};
    Heard all;
    FakeHost fake;
    Methods methods;
};

using Answers = std::vector<std::string>;

} // namespace

TEST_CASE("a method is offered with its schema, and called with the arguments as a map", "[layer]")
{
    MethodsBench bench;
    std::string word;
    bench.offer([&](const Value::Map& arguments, Answer answer) {
        word = *arguments.find("word")->as_text();
        answer.give("done");
    });
    CHECK(bench.all.offered == Answers{"x.do: does; what (it) 4 -> "});
    bench.call(7, Value(Value::Map{}.set("word", "hello")));
    CHECK(word == "hello");
    CHECK(bench.all.answers == Answers{"7 0 done"});
}

TEST_CASE("a schema reaches the host with all it says", "[layer]")
{
    MethodsBench bench;
    bench.schema = {.name = "x.all",
                    .help = "everything",
                    .arguments = {{.name = "a", .type = Value::Type::text, .help = "first", .is_required = true, .choices = {"on", "off"}},
                                  {.name = "b", .type = Value::Type::integer, .help = "second", .fallback = 60},
                                  {.name = "c", .help = "third"}},
                    .answer = "all",
                    .errors = {Errc::timed_out, Errc::refused}};
    bench.offer([](const Value::Map&, Answer) {});
    CHECK(bench.all.offered
          == Answers{"x.all: everything; a (first) 4!/on/off b (second) 2 = 60 c (third) 0 -> all "
                     + std::to_string(SHOAL_E_TIMEOUT) + " " + std::to_string(SHOAL_E_REFUSED)});
}

TEST_CASE("a refusal of a method carries the error's status and text", "[layer]")
{
    MethodsBench bench;
    bench.offer([](const Value::Map&, Answer answer) { answer.refuse(make_error(Errc::timed_out, "nobody answered")); });
    bench.call(7);
    CHECK(bench.all.answers == Answers{"7 " + std::to_string(SHOAL_E_TIMEOUT) + " nobody answered"});
}

TEST_CASE("an answer may be kept and given later, and is given once", "[layer]")
{
    MethodsBench bench;
    std::optional<Answer> kept;
    bench.offer([&](const Value::Map&, Answer answer) { kept.emplace(std::move(answer)); });
    bench.call(7);
    CHECK(bench.all.answers.empty());
    kept->give("late");
    kept.reset();
    CHECK(bench.all.answers == Answers{"7 0 late"});
}

TEST_CASE("an answer that is dropped is answered with an error", "[layer]")
{
    MethodsBench bench;
    bench.offer([](const Value::Map&, Answer) {});
    bench.call(7);
    CHECK(bench.all.answers == Answers{"7 " + std::to_string(SHOAL_E_CANCELLED)});
}

TEST_CASE("what an answer was moved from owes nothing, and what it is moved over is answered with an error", "[layer]")
{
    MethodsBench bench;
    const auto cancelled = " " + std::to_string(SHOAL_E_CANCELLED);
    std::vector<Answer> kept;
    bench.offer([&](const Value::Map&, Answer answer) { kept.push_back(std::move(answer)); });
    for (std::uint64_t number = 1; number <= 3; ++number) bench.call(number); // the vector moves them as it grows
    CHECK(bench.all.answers.empty());
    {
        Answer first = std::move(kept[0]);
        first = std::move(kept[1]);
        first.give("of two");
    }
    CHECK(bench.all.answers == Answers{"2 0 of two"});
    kept.clear();
    CHECK(bench.all.answers == Answers{"2 0 of two", "1" + cancelled, "3" + cancelled});
}

TEST_CASE("a method that throws is answered with an error, and the exception goes no further", "[layer]")
{
    MethodsBench bench;
    bench.offer([](const Value::Map&, Answer) { throw std::runtime_error("oops"); });
    bench.call(7);
    CHECK(bench.all.answers == Answers{"7 " + std::to_string(SHOAL_E_CANCELLED)});
    CHECK(bench.fake.error == SHOAL_E_EXCEPTION);
    CHECK_THAT(bench.fake.error_text, Catch::Contains("oops"));
}

TEST_CASE("arguments that are no map never reach the method", "[layer]")
{
    MethodsBench bench;
    bool is_called = false;
    bench.offer([&](const Value::Map&, Answer) { is_called = true; });
    bench.call(7, Value(3));
    shoal_value odd{};
    odd.type = 99;
    bench.all.on_call(bench.all.user, 8, &odd);
    CHECK_FALSE(is_called);
    REQUIRE(bench.all.answers.size() == 2);
    CHECK(bench.all.answers[0] == "7 " + std::to_string(SHOAL_E_ARGUMENT) + " the arguments are no map");
    CHECK_THAT(bench.all.answers[1], Catch::StartsWith("8 -"));
}

TEST_CASE("a method that the host does not take is forgotten, with an error that names it", "[layer]")
{
    MethodsBench bench;
    bench.all.accepts = SHOAL_E_STATE;
    const auto token = std::make_shared<int>();
    const auto offered = bench.methods.offer(bench.schema, [token](const Value::Map&, Answer) {});
    REQUIRE_FALSE(offered);
    CHECK_THAT(offered.error().text, Catch::Contains("x.do"));
    CHECK(token.use_count() == 1);
}

} // namespace shoal::test
