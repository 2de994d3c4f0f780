// Tests of scripts as a method: they are sent as texts, run on a worker, slice by slice as scripts do, and touch nothing.
#include "script_service.hpp"

#include <shoal/utf8.hpp>

#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::size_t most_waiting_rehearsals = 16;

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

Value cases_value(const Rehearsal::Outcomes& outcomes)
{
    Value::List cases;
    for (const auto& outcome : outcomes) cases.push_back(case_value(outcome));
    return Value(Value::Map{}.set("cases", std::move(cases)));
}

} // namespace

void ScriptService::offer_rehearsal()
{
    const auto offered = methods_.offer(test_method(), [this](const Value::Map& arguments, Answer answer) {
        rehearse(arguments, std::move(answer));
    });
    if (!offered) host_.log(LogLevel::warning, offered.error().text);
}

// One at a time: what is rehearsed may take as many slices as it likes, and the scripts have theirs in between.
void ScriptService::rehearse(const Value::Map& arguments, Answer answer)
{
    if (rehearsals_.waiting() >= most_waiting_rehearsals) {
        return answer.refuse(make_error(Errc::limit_exceeded, "too many tests wait for their turn already: try again when they are over"));
    }
    const Rehearsal::Play play{.name = *arguments.find("name")->as_text(),
                         .text = *arguments.find("text")->as_text(),
                         .files = texts_by_path(*arguments.find("files")->as_map())};
    auto owed = std::make_shared<Answer>(std::move(answer)); // dropped undone it answers for itself
    ask_event_names([this, play, owed](const std::vector<std::string>& known) {
        auto one = play;
        one.events = known;
        auto rehearsal = std::make_shared<Rehearsal>(std::move(one), [host = host_] { return host.now(); });
        rehearsals_.enter([this, rehearsal = std::move(rehearsal), owed] { go_on(rehearsal, owed); });
    });
}

void ScriptService::go_on(const std::shared_ptr<Rehearsal>& rehearsal, const std::shared_ptr<Answer>& answer)
{
    auto has_more = std::make_shared<bool>(false);
    const auto ran = workers_.run([rehearsal, has_more] { *has_more = rehearsal->run(); },
                                  [this, rehearsal, answer, has_more](const Result<void>& done) {
                                      if (is_stopped_) return;
                                      if (done && *has_more) return go_on(rehearsal, answer);
                                      end_rehearsal(*answer, done ? rehearsal->outcomes() : done.error());
                                  });
    if (!ran) end_rehearsal(*answer, ran.error());
}

void ScriptService::end_rehearsal(Answer& answer, const Result<Rehearsal::Outcomes>& outcomes)
{
    if (outcomes) answer.give(cases_value(*outcomes));
    else answer.refuse(make_error(outcomes.error().code, to_valid_utf8(outcomes.error().text)));
    rehearsals_.leave();
}

} // namespace shoal::script_lua
