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

/// What was asked before something happens. Dropping it undecided is no objection.
class Question {
public:
    Question(const shoal_host* host, const shoal_host_control_v1* table, std::uint64_t number) noexcept
        : host_(host), table_(table), number_(number)
    {
    }
    Question(Question&& other) noexcept
        : host_(other.host_), table_(other.table_), number_(std::exchange(other.number_, 0))
    {
    }
    Question& operator=(Question&&) = delete;
    ~Question()
    {
        if (number_ != 0) table_->decide(host_, number_, SHOAL_OK, nullptr);
    }

    /// It may happen, with these changes of its arguments.
    void allow(Value::Map changes = {})
    {
        const Value answer(std::move(changes));
        const AbiValue raw(answer);
        table_->decide(host_, std::exchange(number_, 0), SHOAL_OK, raw.pointer());
    }

    void forbid(std::string_view why)
    {
        const Value answer(why);
        const AbiValue raw(answer);
        table_->decide(host_, std::exchange(number_, 0), SHOAL_E_ACCESS, raw.pointer());
    }

private:
    const shoal_host* host_;
    const shoal_host_control_v1* table_;
    std::uint64_t number_;
};

/// Attends a hook until it is destroyed, which may happen while it is asked.
class HookAttendance {
public:
    using OnQuestion = UniqueFunction<void(const Value::Map& asked, Question question)>;

    HookAttendance() = default;
    HookAttendance(HookAttendance&&) noexcept = default;
    HookAttendance& operator=(HookAttendance&& other) noexcept
    {
        end();
        seat_ = std::move(other.seat_);
        return *this;
    }
    ~HookAttendance() { end(); }

    [[nodiscard]] explicit operator bool() const noexcept { return seat_ != nullptr; }

    void end() noexcept
    {
        if (seat_) static_cast<void>(seat_->table->leave(seat_->host, seat_->handle));
        seat_.reset();
    }

private:
    friend class Control;

    struct Seat {
        const shoal_host* host;
        const shoal_host_control_v1* table;
        std::shared_ptr<OnQuestion> function; // it may end the attendance that it is asked by
        std::uint64_t handle = 0;
    };

    std::unique_ptr<Seat> seat_;
};

class Control : public detail::Lent<Control, shoal_host_control_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_CONTROL;
    using Lent::Lent;
    using Answered = UniqueFunction<void(Result<Value>)>;

    Control() = default;
    explicit Control(const Host& host) : Lent(host.raw()) {}

    /// `done` comes exactly once, later; not at all when call() itself fails, which it does after `stop`. Whoever hears what comes of it is
    /// told that the plug-in made it happen, or else the `cause`: "script:NAME" or "rule:NAME", of its own; at most 128 octets.
    Result<void> call(std::string_view method, Value::Map arguments, Answered done, std::string_view cause = {}) const
    {
        const Value given(std::move(arguments));
        const AbiValue raw(given);
        std::uint64_t handle = 0;
        const auto status = detail::lend_callback(host(), std::move(done), [&](void* user) {
            if (!cause.empty()) return table().call_for(host(), to_abi(cause), to_abi(method), raw.pointer(), &Control::answered, user, &handle);
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

    /// Is asked before what the hook is named after ("before.add": hooks.list has them), those of lower priority first. Decide within
    /// two seconds: later is no objection.
    [[nodiscard]] Result<HookAttendance> attend(std::string_view hook, HookAttendance::OnQuestion on_question,
                                                std::int32_t priority = 50) const
    {
        HookAttendance attendance;
        attendance.seat_ = std::make_unique<HookAttendance::Seat>(HookAttendance::Seat{
            host(), &table(), std::make_shared<HookAttendance::OnQuestion>(std::move(on_question)), 0});
        auto& seat = *attendance.seat_;
        const auto status = table().attend(host(), to_abi(hook), priority, &Control::asked, &seat, &seat.handle);
        if (status >= 0) return attendance;
        attendance.seat_.reset();
        return to_result(status, "attending " + std::string(hook)).error();
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

    static void asked(void* user, std::uint64_t number, shoal_text, const shoal_value* raw) noexcept
    {
        const auto& seat = *static_cast<HookAttendance::Seat*>(user);
        const auto function = seat.function;
        detail::fence_void(seat.host, "a hook", [&, table = seat.table, host = seat.host] {
            Question question(host, table, number);
            const auto value = from_abi(*raw, limits);
            if (value && value->as_map() != nullptr) (*function)(*value->as_map(), std::move(question));
        });
    }
};

} // namespace shoal
