// How the programs ended that a script ran: "my hook does not run" is answered by what the program itself said.
#include "script_service.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::size_t most_programs = 20; // kept of a script
constexpr std::size_t longest_said = 4096; // kept of what one wrote; the end of it, where errors are

MethodSchema programs_method()
{
    return {.name = "scripts.programs",
            .help = "the last programs that a script ran, and what they wrote",
            .arguments = {{.name = "script", .type = Value::Type::text, .help = "its name", .is_required = true}},
            .answer = "a list of maps, the newest first: at (unix time when it ended), argv, code, or signal, or why when it could not be run; "
                      "output and errors, the last 4096 octets of each",
            .errors = {Errc::not_found}};
}

std::string said_last(const std::string& text)
{
    return to_valid_utf8(text.size() <= longest_said ? text : "…" + text.substr(text.size() - longest_said));
}

Value::Map how_it_ended(const Result<Value>& given)
{
    Value::Map how;
    const auto* ended = given ? given->as_map() : nullptr;
    if (ended == nullptr) return how.set("why", given ? "it was not run" : to_valid_utf8(given.error().text));
    for (const auto* key : {"code", "signal"}) {
        if (const auto* value = ended->find(key)) how.append(key, *value);
    }
    for (const auto* key : {"output", "errors"}) {
        const auto* value = ended->find(key);
        if (value != nullptr && value->as_text() != nullptr) how.append(key, said_last(*value->as_text()));
    }
    return how;
}

} // namespace

void ScriptService::offer_programs()
{
    const auto offered = methods_.offer(programs_method(), [this](const Value::Map& arguments, Answer answer) {
        const auto& name = *arguments.find("script")->as_text();
        const auto at = seats_.find(name);
        if (at == seats_.end()) return answer.refuse(make_error(Errc::not_found, "there is no script called " + name));
        answer.give(Value(Value::List(at->second.programs.begin(), at->second.programs.end())));
    });
    if (!offered) host_.log(LogLevel::warning, offered.error().text);
}

void ScriptService::note_program(const std::string& script, const Value& asked, const Result<Value>& given)
{
    const auto at = seats_.find(script);
    const auto* argv = asked.as_map() != nullptr ? asked.as_map()->find("argv") : nullptr;
    if (at == seats_.end() || argv == nullptr) return;
    auto how = how_it_ended(given);
    how.set("at", unix_time());
    how.set("argv", *argv);
    auto& programs = at->second.programs;
    programs.emplace_front(std::move(how));
    if (programs.size() > most_programs) programs.pop_back();
}

} // namespace shoal::script_lua
