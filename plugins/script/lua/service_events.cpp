// Events that scripts tell, and names of events that nobody tells: a handler with a typing error would wait for ever.
#include "event_names.hpp"
#include "json.hpp"
#include "script_service.hpp"

#include <algorithm>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::size_t longest_event = 128; // that the host takes
constexpr std::size_t most_told = 64u << 10; // octets, as JSON: everybody who listens gets a copy

MethodSchema emit_method()
{
    return {.name = "scripts.emit",
            .help = "tells an event that is not ours: whoever listens to its name hears it",
            .arguments = {{.name = "event", .type = Value::Type::text, .help = "begins with user., as user.archived", .is_required = true},
                          {.name = "fields", .type = Value::Type::map, .help = "what it says", .fallback = Value(Value::Map{})}},
            .answer = "nothing",
            .errors = {Errc::invalid_argument}};
}

} // namespace

void ScriptService::offer_emit()
{
    const auto offered = methods_.offer(emit_method(), [this](const Value::Map& arguments, Answer answer) {
        const auto& event = *arguments.find("event")->as_text();
        const auto is_name = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
        const bool has_size = event.size() > told_by_scripts.size() && event.size() <= longest_event;
        if (!event.starts_with(told_by_scripts) || !has_size || !std::ranges::all_of(event, is_name)) {
            return answer.refuse(make_error(Errc::invalid_argument, "an event that is not ours begins with user., as user.archived, has letters, digits, . _ and -, "
                                                                    "and at most 128 of them"));
        }
        if (to_json(*arguments.find("fields")).size() > most_told) {
            return answer.refuse(make_error(Errc::invalid_argument, "the fields of an event have at most 64 KiB, as JSON: tell where more is to be had"));
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
    ask_event_names([this](const std::vector<std::string>& known) {
        for (auto& [name, seat] : seats_) {
            if (!std::exchange(seat.has_unchecked_events, false) || known.empty()) continue;
            seat.warnings = untold_of(seat.handlers, known);
            for (const auto& warning : seat.warnings) host_.log(LogLevel::warning, "script " + name + ": " + warning);
        }
    });
}

// None: they could not be had, and nobody can say what is wrong with a name.
void ScriptService::ask_event_names(std::function<void(const std::vector<std::string>&)> done)
{
    const auto called = control_.call("events.list", Value::Map{}, [this, done = std::move(done)](const Result<Value>& listed) {
        if (!is_stopped_) done(listed ? event_names(*listed) : std::vector<std::string>{});
    });
    if (!called) host_.log(LogLevel::warning, called.error().text);
}

} // namespace shoal::script_lua
