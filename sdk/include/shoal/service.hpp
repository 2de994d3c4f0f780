// A service runs beside the torrents of a session: an embedded tracker, say. Derive from shoal::Service and
// offer the class with shoal::service<T>("name") in SHOAL_PLUGIN. All calls are on the strand.
#pragma once

#include <shoal/abi/service.h>
#include <shoal/plugin.hpp>
#include <shoal/result.hpp>

#include <concepts>
#include <string_view>

namespace shoal {

class Service {
public:
    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;

    /// Begins to serve, with the settings it was created with.
    virtual Result<void> start() = 0;

    /// One line for people, e.g. the URL it answers at; valid until the next call.
    [[nodiscard]] virtual std::string_view summary() { return {}; }

    /// The instance is about to go: close what is open, start nothing new.
    virtual void on_stop() {}
};

namespace detail {

template <std::derived_from<Service> T>
struct ServiceTable {
    static shoal_status start(void* self) noexcept
    {
        auto& instance = Instance<T>::from(self);
        const auto* host = instance.host.raw();
        return fence(host, "start", [&] { return explained(host, instance.object.start()); });
    }

    static shoal_text summary(void* self) noexcept
    {
        auto& instance = Instance<T>::from(self);
        shoal_text text{nullptr, 0};
        fence_void(instance.host.raw(), "summary", [&] { text = to_abi(instance.object.summary()); });
        return text;
    }

    static constexpr shoal_service_v1 table{sizeof(shoal_service_v1), 0, &start, &summary};
};

} // namespace detail

/// The factory of service `T` for SHOAL_PLUGIN.
template <std::derived_from<Service> T>
[[nodiscard]] constexpr shoal_factory service(std::string_view name)
{
    return detail::make_factory<T>(SHOAL_KIND_SERVICE, name, &detail::ServiceTable<T>::table);
}

} // namespace shoal
