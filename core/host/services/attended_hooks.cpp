#include "host/services/attended_hooks.hpp"

#include "host/services/control.hpp"
#include "host/services/guard.hpp"

#include <shoal/utf8.hpp>
#include <shoal/value_crossing.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_hook_name = 128;
constexpr std::size_t most_attendances = 1024;
constexpr std::chrono::seconds patience{2};

// What a plug-in decided. Errors: invalid_argument, it cannot be read; else it refuses.
Result<Value::Map> verdict_of(shoal_status status, const shoal_value* raw)
{
    auto answer = raw == nullptr ? Result<Value>(Value{}) : from_abi(*raw);
    if (status < 0) {
        const auto* why = answer ? std::as_const(*answer).as_text() : nullptr;
        return make_error(Errc::permission_denied, why != nullptr ? *why : std::string("a plug-in does not want it"));
    }
    if (!answer) return make_error(Errc::invalid_argument, answer.error().text);
    if (answer->is_null()) return Value::Map{};
    const auto* changes = std::as_const(*answer).as_map();
    if (changes == nullptr) return make_error(Errc::invalid_argument, "the answer is no map");
    return *changes;
}

}  // namespace

shoal_status AttendedHooks::attend(shoal_text raw_hook, std::int32_t priority, shoal_asked on_question, void* user,
                                   std::uint64_t* attendance)
{
    const auto hook = borrowed(raw_hook, longest_hook_name);
    if (!hook || hook->empty() || !is_valid_utf8(*hook)) {
        return state_.bad_argument("control.attend", "the hook's name is empty, too long or no UTF-8");
    }
    if (on_question == nullptr || attendance == nullptr) {
        return state_.bad_argument("control.attend", "on_question or attendance is NULL");
    }
    auto* plane = state_.context().control;
    if (!state_.can_start() || plane == nullptr) return SHOAL_E_STATE;
    if (attendances_.size() >= most_attendances) return SHOAL_E_LIMIT;
    const auto handle = state_.next_handle();
    auto& made = attendances_.emplace(handle, Attendance{std::string(*hook), on_question, user, nullptr}).first->second;
    made.ear = plane->attend(made.hook, priority, [this, handle](const Value::Map& asked, ControlPlane::Decide decide) {
        on_asked(handle, asked, std::move(decide));
    });
    *attendance = handle;
    return SHOAL_OK;
}

shoal_status AttendedHooks::leave(std::uint64_t attendance)
{
    if (attendances_.erase(attendance) == 0) return SHOAL_E_STALE;
    std::vector<std::uint64_t> open;
    for (const auto& [handle, question] : questions_) {
        if (question.attendance == attendance) open.push_back(handle);
    }
    for (const auto handle : open) settle(handle, Value::Map{});
    return SHOAL_OK;
}

shoal_status AttendedHooks::decide(std::uint64_t question, shoal_status status, const shoal_value* answer)
{
    if (!questions_.contains(question)) return SHOAL_E_STALE;
    auto verdict = verdict_of(status, answer);
    if (!verdict && verdict.error().code == Errc::invalid_argument) {
        return state_.bad_argument("control.decide", verdict.error().text);
    }
    settle(question, std::move(verdict));
    return SHOAL_OK;
}

// It may come from inside a call into this very instance: asked later.
void AttendedHooks::on_asked(std::uint64_t attendance, const Value::Map& asked, ControlPlane::Decide decide)
{
    const auto handle = state_.next_handle();
    const auto deadline = state_.environment().loop.start_timer(patience, [weak = state_.weak_from_this(), handle] {
        if (const auto state = weak.lock()) state->lent<ControlService>()->hooks().on_deadline(handle);
    });
    questions_.emplace(handle, Question{attendance, std::move(decide), deadline});
    state_.on_loop([this, handle, asked = Value(asked)] { put(handle, asked); });
}

void AttendedHooks::put(std::uint64_t question, const Value& asked)
{
    const auto open = questions_.find(question);
    if (open == questions_.end()) return;
    const auto& attendance = attendances_.at(open->second.attendance);
    const AbiValue raw(asked);
    const auto hook = attendance.hook;  // who is asked may leave
    state_.deliver("control.asked", [&, on_question = attendance.on_question, user = attendance.user] {
        on_question(user, question, {hook.data(), hook.size()}, raw.pointer());
    });
}

void AttendedHooks::on_deadline(std::uint64_t question)
{
    const auto open = questions_.find(question);
    if (open == questions_.end()) return;
    state_.log().warning("did not decide {} within {} s: taken for no objection", attendances_.at(open->second.attendance).hook,
                         patience.count());
    settle(question, Value::Map{});
}

// What follows is none of the plug-in's own call.
void AttendedHooks::settle(std::uint64_t question, Result<Value::Map> verdict)
{
    auto node = questions_.extract(question);
    auto& loop = state_.environment().loop;
    loop.cancel_timer(node.mapped().deadline);
    loop.post([decide = std::move(node.mapped().decide), verdict = std::move(verdict)]() mutable { decide(std::move(verdict)); });
}

void AttendedHooks::end()
{
    while (!questions_.empty()) settle(questions_.begin()->first, Value::Map{});
    attendances_.clear();
}

}  // namespace shoal::host::services
