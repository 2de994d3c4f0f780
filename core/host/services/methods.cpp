#include "host/services/methods.hpp"

#include "host/services/guard.hpp"
#include "host/services/schema.hpp"
#include "host/status.hpp"

#include <shoal/utf8.hpp>
#include <shoal/value_crossing.hpp>

#include <string>
#include <utility>

namespace shoal::host::services {

std::vector<control::MethodSchema> MethodsService::offered() const
{
    std::vector<control::MethodSchema> all;
    for (const auto& [name, method] : methods_) all.push_back(method.schema);
    return all;
}

void MethodsService::call(std::string_view name, const Value::Map& arguments, MethodAnswered done)
{
    const auto found = methods_.find(name);
    const auto call = state_.next_handle();
    waiting_.emplace(call, std::move(done));
    if (found == methods_.end()) {
        return settle(call, make_error(Errc::not_found, "there is no method " + printable(name)));
    }
    auto complete = control::checked(found->second.schema, arguments);
    if (!complete) return settle(call, complete.error());
    const Value value(std::move(*complete));
    const AbiValue raw(value);
    state_.deliver("a method", [&] { found->second.on_call(found->second.user, call, raw.pointer()); });
}

shoal_status MethodsService::offer(const shoal_method_schema* raw, shoal_method on_call, void* user)
{
    auto schema = read_schema(raw);
    if (!schema) return state_.bad_argument("methods.offer", schema.error().text);
    if (on_call == nullptr) return state_.bad_argument("methods.offer", schema->name + " has no function");
    if (state_.phase() != InstanceState::Phase::creating) return SHOAL_E_STATE;
    auto name = schema->name;
    const bool is_new = methods_.try_emplace(std::move(name), Method{std::move(*schema), on_call, user}).second;
    return is_new ? SHOAL_OK : state_.bad_argument("methods.offer", "the method is offered already");
}

shoal_status MethodsService::answer(std::uint64_t call, shoal_status status, const shoal_value* raw)
{
    if (!waiting_.contains(call)) {
        // The C++ layer drops what is unanswered in `destroy`: too late, and no fault.
        if (state_.phase() == InstanceState::Phase::stopped) return SHOAL_E_STATE;
        return state_.bad_argument("methods.answer", "answered a call twice, or one that never was");
    }
    auto value = raw == nullptr ? Result<Value>(Value{}) : from_abi(*raw);
    if (!value) {
        state_.strike("methods.answer", value.error().text);
        settle(call, make_error(Errc::plugin_broken, "the answer makes no sense: " + value.error().text));
        return SHOAL_E_ARGUMENT;
    }
    if (!is_known_status(status)) {
        state_.strike("methods.answer", "unknown status " + std::to_string(status));
        status = SHOAL_E_PLUGIN;
    }
    if (status >= 0) {
        settle(call, std::move(*value));
        return SHOAL_OK;
    }
    const auto* text = value->as_text();
    settle(call, make_error(to_errc(status), text != nullptr ? *text : std::string(status_text(status))));
    return SHOAL_OK;
}

void MethodsService::settle(std::uint64_t call, Result<Value> answer)
{
    auto node = waiting_.extract(call);
    if (node.empty()) return;
    state_.on_loop([done = std::move(node.mapped()), answer = std::move(answer)]() mutable { done(std::move(answer)); });
}

void MethodsService::end(bool)
{
    for (auto& [call, done] : std::exchange(waiting_, {})) {
        done(make_error(Errc::cancelled, "the plug-in stopped before it answered"));
    }
}

namespace {

shoal_status offer(const shoal_host* host, const shoal_method_schema* schema, shoal_method on_call, void* user)
{
    return on_strand<MethodsService>(
        host, "methods.offer", [&](MethodsService& methods) { return methods.offer(schema, on_call, user); });
}

shoal_status answer(const shoal_host* host, std::uint64_t call, shoal_status status, const shoal_value* value)
{
    return on_strand<MethodsService>(
        host, "methods.answer", [&](MethodsService& methods) { return methods.answer(call, status, value); });
}

constexpr shoal_host_methods_v1 methods_table{sizeof methods_table, 0, offer, answer};

}  // namespace

const Service& methods_service()
{
    static constexpr Service service{SHOAL_SERVICE_METHODS, "", &methods_table, make_lent<MethodsService>};
    return service;
}

}  // namespace shoal::host::services
