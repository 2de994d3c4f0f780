#pragma once

#include "host/breadcrumb.hpp"
#include "host/instance_state.hpp"

#include <shoal/abi/types.h>
#include <shoal/bytes.hpp>
#include <shoal/crossing.hpp>
#include <shoal/endpoint.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

// What every service function does first with what a plug-in hands it.
namespace shoal::host::services {

// The service as lent to this instance, if the call is allowed at all: on the strand, before `destroy`, and
// asked for in `create`. Otherwise null, a strike, and the reason in `refused`.
template <class Service>
Service* admitted(const shoal_host* host, const char* function, shoal_status& refused)
{
    auto* state = InstanceState::of(host);
    refused = state == nullptr ? SHOAL_E_ARGUMENT : state->admit(function);
    if (refused != SHOAL_OK) return nullptr;
    auto* service = state->template lent<Service>();
    if (service == nullptr) {
        state->strike(function, "used a service that it did not ask for in create");
        refused = SHOAL_E_PERMISSION;
    }
    return service;
}

// A [strand] function. Nothing of ours may throw into a plug-in: what fails here is memory.
template <class Service, class Body>
shoal_status on_strand(const shoal_host* host, const char* function, Body&& body) noexcept
{
    try {
        shoal_status refused = SHOAL_OK;
        auto* service = admitted<Service>(host, function, refused);
        return service == nullptr ? refused : std::forward<Body>(body)(*service);
    } catch (const std::exception&) {
        return SHOAL_E_LIMIT;
    }
}

// A [worker] function: false, and a strike, outside of a [worker] call into this instance.
inline bool is_on_worker(InstanceState& state, const char* function)
{
    if (!state.is_alive(function)) return false;
    const auto* top = breadcrumb().top;
    if (top != nullptr && top->owner == &state && top->on_worker) return true;
    state.strike(function, "called outside of every call on a worker");
    return false;
}

// For the catalogue.
template <class Service>
std::unique_ptr<LentService> make_lent(InstanceState& state)
{
    return std::make_unique<Service>(state);
}

// A borrowed text or byte string; nothing when the pointer is missing or it is longer than `longest`.
inline std::optional<std::string_view> borrowed(shoal_text text, std::uint64_t longest)
{
    if (text.size > longest || (text.data == nullptr && text.size > 0)) return std::nullopt;
    return from_abi(text);
}

inline std::optional<ByteView> borrowed(shoal_bytes bytes, std::uint64_t longest)
{
    if (bytes.size > longest || (bytes.data == nullptr && bytes.size > 0)) return std::nullopt;
    return from_abi(bytes);
}

inline std::optional<Endpoint> borrowed(const shoal_endpoint* endpoint)
{
    if (endpoint == nullptr || (endpoint->family != 4 && endpoint->family != 6)) return std::nullopt;
    for (const auto octet : endpoint->reserved) {
        if (octet != 0) return std::nullopt;
    }
    return from_abi(*endpoint);
}

}  // namespace shoal::host::services
