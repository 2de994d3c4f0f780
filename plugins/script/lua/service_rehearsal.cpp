// Tests of scripts as a method: they are sent as texts, run on a worker, and touch nothing.
#include "rehearsal.hpp"
#include "script_service.hpp"

#include <shoal/utf8.hpp>

#include <utility>

namespace shoal::script_lua {
namespace {

MethodSchema test_method()
{
    return {.name = "scripts.test",
            .help = "runs the cases of a test of scripts, in a world that it makes up; nothing that the scripts do is real",
            .arguments = {{.name = "name", .type = Value::Type::text, .help = "of the test, for messages", .is_required = true},
                          {.name = "text", .type = Value::Type::text, .help = "of the test, in Lua", .is_required = true},
                          {.name = "files", .type = Value::Type::map, .help = "texts beside it, by their names", .fallback = Value(Value::Map{})}},
            .answer = "cases, a list of maps: name, lines (that scripts logged), why when it failed",
            .errors = {Errc::invalid_argument, Errc::bad_input, Errc::limit_exceeded}};
}

std::map<std::string, std::string> texts_of(const Value::Map& map)
{
    std::map<std::string, std::string> texts;
    for (std::size_t i = 0; i < map.size(); ++i) {
        if (map.values()[i].as_text() != nullptr) texts.emplace(map.keys()[i], *map.values()[i].as_text());
    }
    return texts;
}

Value case_value(const Rehearsal::Outcome& outcome)
{
    Value::List lines;
    for (const auto& line : outcome.lines) lines.emplace_back(to_valid_utf8(line));
    Value::Map one;
    one.append("name", to_valid_utf8(outcome.name));
    one.append("lines", std::move(lines));
    if (!outcome.why.empty()) one.append("why", to_valid_utf8(outcome.why));
    return Value(std::move(one));
}

} // namespace

void ScriptService::offer_rehearsal()
{
    const auto offered = methods_.offer(test_method(), [this](const Value::Map& arguments, Answer answer) {
        rehearse(arguments, std::move(answer));
    });
    if (!offered) host_.log(LogLevel::warning, offered.error().text);
}

void ScriptService::rehearse(const Value::Map& arguments, Answer answer)
{
    struct Job {
        Rehearsal::Play play;
        Result<std::vector<Rehearsal::Outcome>> outcomes = std::vector<Rehearsal::Outcome>{};
    };
    auto job = std::make_shared<Job>();
    job->play = {.name = *arguments.find("name")->as_text(),
                 .text = *arguments.find("text")->as_text(),
                 .files = texts_of(*arguments.find("files")->as_map())};
    auto work = [job, host = host_] { job->outcomes = Rehearsal::run(job->play, [host] { return host.now(); }); };
    auto done = [job, answer = std::move(answer)](const Result<void>& ran) mutable {
        if (!ran) return answer.refuse(ran.error());
        if (!job->outcomes) return answer.refuse(job->outcomes.error());
        Value::List cases;
        for (const auto& outcome : *job->outcomes) cases.push_back(case_value(outcome));
        answer.give(Value(Value::Map{}.set("cases", std::move(cases))));
    };
    const auto running = workers_.run(std::move(work), std::move(done));
    if (!running) host_.log(LogLevel::warning, running.error().text);
}

} // namespace shoal::script_lua
