// The control plane, for plug-ins that act for people: every method there is, and every event. Look it up in the constructor
// (`control_(host)`) and name it in the manifest, with the permission "control". All functions are [strand].
#pragma once

#include <shoal/abi/control.h>
#include <shoal/host.hpp>
#include <shoal/value_crossing.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace shoal {

/// Hears events until it is destroyed, which may happen while it hears one.
class EventSubscription {
public:
    using OnEvent = UniqueFunction<void(std::string_view event, const Value::Map& payload)>;

    EventSubscription() = default;
    EventSubscription(EventSubscription&&) noexcept = default;
    EventSubscription& operator=(EventSubscription&& other) noexcept
    {
        end();
        ear_ = std::move(other.ear_);
        return *this;
    }
    ~EventSubscription() { end(); }

    [[nodiscard]] explicit operator bool() const noexcept { return ear_ != nullptr; }

    void end() noexcept
    {
        if (ear_) static_cast<void>(ear_->table->unsubscribe(ear_->host, ear_->handle));
        ear_.reset();
    }

private:
    friend class Control;

    struct Ear {
        const shoal_host* host;
        const shoal_host_control_v1* table;
        std::shared_ptr<OnEvent> function; // it may end the subscription that it is called by
        std::uint64_t handle = 0;
    };

    std::unique_ptr<Ear> ear_;
};

class Control : public detail::Lent<Control, shoal_host_control_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_CONTROL;
    using Lent::Lent;
    using Answered = UniqueFunction<void(Result<Value>)>;

    Control() = default;
    explicit Control(const Host& host) : Lent(host.raw()) {}

    /// `done` comes exactly once, later; not at all when call() itself fails, which it does after `stop`.
    Result<void> call(std::string_view method, Value::Map arguments, Answered done) const
    {
        const Value given(std::move(arguments));
        const AbiValue raw(given);
        std::uint64_t handle = 0;
        const auto status = detail::lend_callback(host(), std::move(done), [&](void* user) {
            return table().call(host(), to_abi(method), raw.pointer(), &Control::answered, user, &handle);
        });
        return to_result(status, "calling the method " + std::string(method));
    }

    /// Names of events, with * for any characters and ? for one: "torrent.*".
    [[nodiscard]] Result<EventSubscription> subscribe(std::string_view glob, EventSubscription::OnEvent on_event) const
    {
        EventSubscription subscription;
        subscription.ear_ = std::make_unique<EventSubscription::Ear>(EventSubscription::Ear{
            host(), &table(), std::make_shared<EventSubscription::OnEvent>(std::move(on_event)), 0});
        auto& ear = *subscription.ear_;
        const auto status = table().subscribe(host(), to_abi(glob), &Control::heard, &ear, &ear.handle);
        if (status >= 0) return subscription;
        subscription.ear_.reset();
        return to_result(status, "subscribing to " + std::string(glob)).error();
    }

private:
    // The host is trusted, and a list of many torrents has many parts.
    static constexpr ValueLimits limits{.depth = 64, .nodes = 50'000'000, .octets = std::uint64_t{1} << 30};

    static Result<Value> outcome(shoal_status status, const shoal_value* raw)
    {
        auto value = raw == nullptr ? Result<Value>(Value{}) : from_abi(*raw, limits);
        if (status >= 0 || !value) return value;
        const auto* text = value->as_text();
        return make_error(to_errc(status), text != nullptr ? *text : std::string(errc_name(to_errc(status))));
    }

    static void answered(void* user, std::uint64_t, shoal_status status, const shoal_value* raw) noexcept
    {
        const auto callback = detail::take_callback<Answered>(user);
        detail::fence_void(callback->host, "the answer of a method",
                           [&] { callback->function(outcome(status, raw)); });
    }

    static void heard(void* user, std::uint64_t, shoal_text event, const shoal_value* payload) noexcept
    {
        const auto& ear = *static_cast<EventSubscription::Ear*>(user);
        const auto function = ear.function;
        detail::fence_void(ear.host, "an event", [&] {
            const auto value = from_abi(*payload, limits);
            if (value && value->as_map() != nullptr) (*function)(from_abi(event), *value->as_map());
        });
    }
};

} // namespace shoal
