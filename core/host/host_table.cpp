#include "host/instance_state.hpp"

#include <shoal/crossing.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <exception>

// The functions of shoal_host: what every instance can do without asking for a service.
namespace shoal::host {

namespace {

constexpr std::size_t longest_message = 4096;

// Nothing of ours may throw into a plug-in: what fails here is memory.
template <class Answer, class Body>
Answer shielded(Answer otherwise, Body&& body) noexcept
{
    try {
        return body();
    } catch (const std::exception&) {
        return otherwise;
    }
}

const void* service_function(const shoal_host* host, shoal_text id)
{
    auto* state = InstanceState::of(host);
    if (state == nullptr || (id.data == nullptr && id.size > 0)) return nullptr;
    return shielded<const void*>(nullptr, [&] { return state->service(from_abi(id)); });
}

void log_function(const shoal_host* host, std::int32_t level, shoal_text message)
{
    auto* state = InstanceState::of(host);
    if (state == nullptr || !state->is_alive("log") || (message.data == nullptr && message.size > 0)) return;
    const bool is_known = level >= SHOAL_LOG_ERROR && level <= SHOAL_LOG_DEBUG;
    const auto known_level = is_known ? static_cast<LogLevel>(level) : LogLevel::debug;
    shielded(false, [&] {
        return state->log().line(known_level, from_abi(message).substr(0, longest_message)), true;
    });
}

shoal_status post_function(const shoal_host* host, shoal_task task, void* user)
{
    auto* state = InstanceState::of(host);
    if (state == nullptr) return SHOAL_E_ARGUMENT;
    return shielded<shoal_status>(SHOAL_E_LIMIT, [&] { return state->post(task, user); });
}

void set_error_function(const shoal_host* host, shoal_status code, shoal_text text)
{
    auto* state = InstanceState::of(host);
    if (state == nullptr || !state->is_alive("set_error") || (text.data == nullptr && text.size > 0)) return;
    shielded(false, [&] { return state->set_error(code, from_abi(text).substr(0, longest_message)), true; });
}

std::uint64_t now_function(const shoal_host* host)
{
    auto* state = InstanceState::of(host);
    if (state == nullptr || !state->is_alive("now")) return 0;
    return environment::nanoseconds(state->environment().loop.now());
}

}  // namespace

shoal_host InstanceState::host_table()
{
    return {sizeof(shoal_host), SHOAL_ABI_MINOR,    this,        service_function, log_function,
            post_function,      set_error_function, now_function};
}

const void* InstanceState::service(std::string_view id)
{
    if (admit("service") != SHOAL_OK) return nullptr;
    if (phase() != Phase::creating) {
        strike("service", fmt::format("asked for {} after create", printable(id)));
        return nullptr;
    }
    services::Slot slot{};
    const auto* service = services::find_service(id, slot);
    if (service == nullptr || !is_offered(id)) {
        const bool lacks_permission = service != nullptr && !service->permission.empty()
                                      && !factory_.manifest().permits(service->permission);
        if (lacks_permission) {
            log().warning("asked for {} without the permission {} in its manifest", id, service->permission);
        }
        return nullptr;
    }
    lend(slot);
    return service->table;
}

shoal_status InstanceState::post(shoal_task task, void* user)
{
    if (!is_alive("post")) return SHOAL_E_STATE;
    if (task == nullptr) return bad_argument("post", "task is NULL");
    {
        const std::lock_guard lock(mutex_);
        if (phase_ > Phase::running) return SHOAL_E_STATE;
        posted_.push_back({task, user});
    }
    on_loop([this] { run_posted(); });
    return SHOAL_OK;
}

void InstanceState::run_posted()
{
    Posted next{};
    {
        const std::lock_guard lock(mutex_);
        if (posted_.empty()) return;  // completed by stop() already
        next = posted_.front();
        posted_.pop_front();
    }
    deliver("post", [&] { next.task(next.user, SHOAL_OK); });
}

void InstanceState::set_error(shoal_status code, std::string_view text)
{
    auto* top = breadcrumb().top;
    if (top == nullptr || top->owner != this) {
        strike("set_error", "called outside of every call into it");
        return;
    }
    *top->error = to_valid_utf8(text);
    // How the C++ layer's fence says so for calls that return nothing.
    if (code == SHOAL_E_EXCEPTION && !std::exchange(top->threw, true)) {
        strike(top->function, fmt::format("threw an exception: {}", text));
    }
}

}  // namespace shoal::host
