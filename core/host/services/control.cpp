#include "host/services/control.hpp"

#include "host/services/guard.hpp"

#include <shoal/name_glob.hpp>
#include <shoal/utf8.hpp>
#include <shoal/value_crossing.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_called_name = 128;
constexpr std::size_t most_subscriptions = 1024;

Result<Value> read_arguments(const shoal_value* raw)
{
    if (raw == nullptr) return Value(Value::Map{});
    auto value = from_abi(*raw);
    if (value && value->as_map() == nullptr) return make_error(Errc::invalid_argument, "the arguments are no map");
    return value;
}

bool is_cause_of_plugin(std::string_view cause)
{
    constexpr std::array kinds{std::string_view("script:"), std::string_view("rule:")};
    const auto is_of = [&](std::string_view kind) { return cause.starts_with(kind) && cause.size() > kind.size(); };
    return std::ranges::any_of(kinds, is_of) && is_valid_utf8(cause);
}

}  // namespace

shoal_status ControlService::call(shoal_text method, const shoal_value* arguments, shoal_called done, void* user, std::uint64_t* call)
{
    return begin({}, method, arguments, {done, user}, call);
}

shoal_status ControlService::call_for(shoal_text raw_cause, shoal_text method, const shoal_value* arguments, shoal_called done, void* user,
                                      std::uint64_t* call)
{
    const auto cause = borrowed(raw_cause, longest_called_name);
    if (!cause || !is_cause_of_plugin(*cause)) {
        return state_.bad_argument("control.call_for", "the cause is no script:NAME and no rule:NAME");
    }
    return begin(std::string(*cause), method, arguments, {done, user}, call);
}

shoal_status ControlService::begin(std::string cause, shoal_text raw_method, const shoal_value* raw, Call answered, std::uint64_t* call)
{
    const auto method = borrowed(raw_method, longest_called_name);
    if (!method || !is_valid_utf8(*method)) {
        return state_.bad_argument("control.call", "the method's name is too long or no UTF-8");
    }
    if (answered.done == nullptr || call == nullptr) return state_.bad_argument("control.call", "done or call is NULL");
    auto arguments = read_arguments(raw);
    if (!arguments) return state_.bad_argument("control.call", arguments.error().text);
    if (!state_.can_start()) return SHOAL_E_STATE;
    if (calls_.size() >= most_under_way) return SHOAL_E_LIMIT;
    const auto handle = state_.next_handle();
    calls_.emplace(handle, answered);
    *call = handle;
    // Later: what is called may call into this very instance, or end it.
    state_.on_loop([this, handle, cause = std::move(cause), name = std::string(*method), given = *std::as_const(*arguments).as_map()]() mutable {
        auto* plane = state_.context().control;
        if (plane == nullptr || !calls_.contains(handle)) return;
        auto speaker = state_.speaker();
        speaker.cause = cause;
        plane->call(speaker, name, std::move(given), [weak = state_.weak_from_this(), handle](Result<Value> answer) {
            const auto state = weak.lock();
            if (!state) return;
            state->on_loop([state = state.get(), handle, answer = std::move(answer)] {
                state->lent<ControlService>()->answer(handle, answer);
            });
        });
    });
    return SHOAL_OK;
}

void ControlService::answer(std::uint64_t call, const Result<Value>& answer)
{
    if (answer) complete(call, SHOAL_OK, *answer);
    else complete(call, to_status(answer.error().code), Value(to_valid_utf8(answer.error().text)));
}

void ControlService::complete(std::uint64_t call, shoal_status status, const Value& answer)
{
    const auto node = calls_.extract(call);
    if (node.empty()) return;
    const AbiValue raw(answer);
    state_.deliver("control.called", [&] { node.mapped().done(node.mapped().user, call, status, raw.pointer()); });
}

shoal_status ControlService::subscribe(shoal_text raw_glob, shoal_heard on_event, void* user, std::uint64_t* subscription)
{
    const auto glob = borrowed(raw_glob, longest_called_name);
    if (!glob || glob->empty() || !is_valid_utf8(*glob)) {
        return state_.bad_argument("control.subscribe", "the glob is empty, too long or no UTF-8");
    }
    if (on_event == nullptr || subscription == nullptr) {
        return state_.bad_argument("control.subscribe", "on_event or subscription is NULL");
    }
    auto* plane = state_.context().control;
    if (!state_.can_start() || plane == nullptr) return SHOAL_E_STATE;
    if (subscriptions_.size() >= most_subscriptions) return SHOAL_E_LIMIT;
    if (!ear_) {
        ear_ = plane->listen([this](std::string_view event, const Value::Map& payload) { this->on_event(event, payload); });
    }
    *subscription = state_.next_handle();
    subscriptions_.emplace(*subscription, Subscription{std::string(*glob), on_event, user});
    return SHOAL_OK;
}

shoal_status ControlService::unsubscribe(std::uint64_t subscription)
{
    if (subscriptions_.erase(subscription) == 0) return SHOAL_E_STALE;
    if (subscriptions_.empty()) ear_.reset();
    return SHOAL_OK;
}

bool ControlService::is_wanted(std::string_view event) const
{
    return std::ranges::any_of(subscriptions_, [&](const auto& each) { return matches_name(each.second.glob, event); });
}

// It may come from inside a call into this very instance: told later, and copied only if somebody listens.
void ControlService::on_event(std::string_view event, const Value::Map& payload)
{
    if (!is_wanted(event)) return;
    state_.on_loop([this, event = std::string(event), payload = Value(payload)] { tell(event, payload); });
}

// Who hears it may subscribe and unsubscribe meanwhile; who subscribes now hears the next.
void ControlService::tell(const std::string& event, const Value& payload)
{
    const AbiValue raw(payload);
    const auto newest = subscriptions_.empty() ? 0 : subscriptions_.rbegin()->first;
    for (auto at = subscriptions_.begin(); at != subscriptions_.end() && at->first <= newest;) {
        const auto handle = at->first;
        if (matches_name(at->second.glob, event)) {
            const auto on_event = at->second.on_event;
            auto* const user = at->second.user;
            state_.deliver("control.heard", [&] { on_event(user, handle, {event.data(), event.size()}, raw.pointer()); });
        }
        at = subscriptions_.upper_bound(handle);
    }
}

void ControlService::end(bool)
{
    ear_.reset();
    hooks_.end();
    subscriptions_.clear();
    while (!calls_.empty()) {
        complete(calls_.begin()->first, SHOAL_E_CANCELLED, Value("the plug-in stopped before the answer came"));
    }
}

namespace {

shoal_status call(const shoal_host* host, shoal_text method, const shoal_value* arguments, shoal_called done, void* user,
                  std::uint64_t* call)
{
    return on_strand<ControlService>(host, "control.call", [&](ControlService& control) {
        return control.call(method, arguments, done, user, call);
    });
}

shoal_status call_for(const shoal_host* host, shoal_text cause, shoal_text method, const shoal_value* arguments, shoal_called done, void* user,
                      std::uint64_t* call)
{
    return on_strand<ControlService>(host, "control.call_for", [&](ControlService& control) {
        return control.call_for(cause, method, arguments, done, user, call);
    });
}

shoal_status subscribe(const shoal_host* host, shoal_text glob, shoal_heard on_event, void* user, std::uint64_t* subscription)
{
    return on_strand<ControlService>(host, "control.subscribe", [&](ControlService& control) {
        return control.subscribe(glob, on_event, user, subscription);
    });
}

shoal_status unsubscribe(const shoal_host* host, std::uint64_t subscription)
{
    return on_strand<ControlService>(host, "control.unsubscribe",
                                     [&](ControlService& control) { return control.unsubscribe(subscription); });
}

shoal_status attend(const shoal_host* host, shoal_text hook, std::int32_t priority, shoal_asked on_question, void* user,
                    std::uint64_t* attendance)
{
    return on_strand<ControlService>(host, "control.attend", [&](ControlService& control) {
        return control.hooks().attend(hook, priority, on_question, user, attendance);
    });
}

shoal_status leave(const shoal_host* host, std::uint64_t attendance)
{
    return on_strand<ControlService>(host, "control.leave",
                                     [&](ControlService& control) { return control.hooks().leave(attendance); });
}

shoal_status decide(const shoal_host* host, std::uint64_t question, shoal_status status, const shoal_value* answer)
{
    return on_strand<ControlService>(host, "control.decide", [&](ControlService& control) {
        return control.hooks().decide(question, status, answer);
    });
}

constexpr shoal_host_control_v1 control_table{sizeof control_table, 0, call, subscribe, unsubscribe, attend, leave, decide, call_for};

}  // namespace

const Service& control_service()
{
    static constexpr Service service{SHOAL_SERVICE_CONTROL, "control", &control_table, make_lent<ControlService>};
    return service;
}

}  // namespace shoal::host::services
