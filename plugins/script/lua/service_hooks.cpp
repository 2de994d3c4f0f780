// The hooks that scripts attend: each handler of shoal.before is asked for itself, so that the priorities of several scripts hold.
#include "script_service.hpp"

#include <algorithm>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::size_t most_questions = 10'000;
constexpr std::chrono::seconds time_to_decide{2}; // which the host gives

bool is_asked(const ListenerReport& handler) { return handler.priority && !handler.is_suspended; }

// One of the same name may attend another hook now.
std::string place_of(const ListenerReport& handler)
{
    return handler.event + " " + std::to_string(*handler.priority) + " " + handler.name;
}

// No answer at all, or an error: no objection.
void settle(Question& question, const Result<Value>& decided)
{
    const auto* decision = decided ? decided->as_map() : nullptr;
    if (decision == nullptr) return question.allow();
    const auto* why = decision->find("why");
    if (!*decision->find("allowed")->as_bool()) return question.forbid(why != nullptr ? *why->as_text() : "a script does not want it");
    const auto* changes = decision->find("changes");
    question.allow(changes != nullptr ? *changes->as_map() : Value::Map{});
}

} // namespace

// After each turn, in which handlers come and go.
void ScriptService::attend(Seat& seat)
{
    if (seat.is_reading || seat.is_leaving) return;
    std::erase_if(seat.hooks, [&](const auto& attended) {
        return std::ranges::none_of(seat.handlers, [&](const auto& one) { return is_asked(one) && place_of(one) == attended.first; });
    });
    for (const auto& handler : seat.handlers) {
        if (!is_asked(handler) || seat.hooks.contains(place_of(handler))) continue;
        auto attendance = control_.attend(
            handler.event,
            [this, runner = seat.runner, handler](const Value::Map& asked, Question question) {
                on_question(runner, handler, asked, std::move(question));
            },
            *handler.priority);
        if (attendance) seat.hooks.emplace(place_of(handler), std::move(*attendance));
        else host_.log(LogLevel::warning, "script " + seat.wisher.name + ", handler " + handler.name + ": " + attendance.error().text);
    }
}

void ScriptService::on_question(const std::shared_ptr<Runner>& runner, const ListenerReport& handler, const Value::Map& asked, Question question)
{
    auto* seat = seat_of(runner);
    if (seat == nullptr || is_stopped_ || errands_.size() >= most_questions) return;
    const auto errand = ++last_errand_;
    auto done = [question = std::move(question)](const Result<Value>& decided) mutable { settle(question, decided); };
    auto alarm = timers_.after(time_to_decide, [this, errand, runner, handler] {
        auto* late = seat_of(runner);
        if (late == nullptr || !errands_.contains(errand)) return;
        trouble(late->wisher.name, *late, handler.name, "did not decide " + handler.event + " within 2 s: it goes on as if there were no objection", false);
    });
    errands_.emplace(errand, Errand{runner, std::move(done), std::move(alarm)});
    seat->inbox.push_back([errand, name = handler.name, asked](Script& script) { script.decide(errand, name, asked); });
    schedule(*seat);
}

} // namespace shoal::script_lua
