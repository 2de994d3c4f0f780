// Events that scripts tell, and names of events that nobody tells: a handler with a typing error would wait for ever.
#include "script_service.hpp"

#include <shoal/alike.hpp>
#include <shoal/name_glob.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::string_view told_by_scripts = "user.";

MethodSchema emit_method()
{
    return {.name = "scripts.emit",
            .help = "tells an event that is not ours: whoever listens to its name hears it",
            .arguments = {{.name = "event", .type = Value::Type::text, .help = "begins with user., as user.archived", .is_required = true},
                          {.name = "fields", .type = Value::Type::map, .help = "what it says", .fallback = Value(Value::Map{})}},
            .answer = "nothing",
            .errors = {Errc::invalid_argument}};
}

bool is_told(const std::string& event, const std::vector<std::string>& known)
{
    return event.starts_with(told_by_scripts) || std::ranges::any_of(known, [&](const auto& name) { return matches_name(event, name); });
}

std::vector<std::string> names_in(const Result<Value>& listed)
{
    std::vector<std::string> names;
    if (!listed || listed->as_list() == nullptr) return names;
    for (const auto& event : *listed->as_list()) {
        const auto* name = event.as_map() == nullptr ? nullptr : event.as_map()->find("name");
        if (name != nullptr && name->as_text() != nullptr) names.push_back(*name->as_text());
    }
    return names;
}

} // namespace

void ScriptService::offer_emit()
{
    const auto offered = methods_.offer(emit_method(), [this](const Value::Map& arguments, Answer answer) {
        const auto& event = *arguments.find("event")->as_text();
        const auto is_name = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
        if (!event.starts_with(told_by_scripts) || event.size() == told_by_scripts.size() || !std::ranges::all_of(event, is_name)) {
            return answer.refuse(make_error(Errc::invalid_argument, "an event that is not ours begins with user., as user.archived, and has letters, digits, . _ and -"));
        }
        const auto told = events_.publish(event, *arguments.find("fields")->as_map());
        if (!told) return answer.refuse(told.error());
        answer.give(Value{});
    });
    if (!offered) host_.log(LogLevel::warning, offered.error().text);
}

// Some time after they were loaded: by then every plug-in has declared what it tells.
void ScriptService::check_events()
{
    const bool is_any_new = std::ranges::any_of(seats_, [](const auto& entry) { return entry.second.has_unchecked_events && !entry.second.handlers.empty(); });
    if (!is_any_new) return;
    const auto called = control_.call("events.list", Value::Map{}, [this](const Result<Value>& listed) {
        const auto known = names_in(listed);
        if (is_stopped_ || known.empty()) return;
        for (auto& [name, seat] : seats_) {
            if (std::exchange(seat.has_unchecked_events, false)) check_events_of(name, seat, known);
        }
    });
    if (!called) host_.log(LogLevel::warning, called.error().text);
}

void ScriptService::check_events_of(const std::string& name, Seat& seat, const std::vector<std::string>& known)
{
    const std::vector<std::string_view> names(known.begin(), known.end());
    for (const auto& handler : seat.handlers) {
        if (handler.priority || is_told(handler.event, known)) continue;
        const auto warning = to_valid_utf8("handler " + handler.name + " waits for " + handler.event + ", which nobody tells" + suggestion(handler.event, names));
        host_.log(LogLevel::warning, "script " + name + ": " + warning);
        seat.warnings.push_back(warning);
    }
}

} // namespace shoal::script_lua
