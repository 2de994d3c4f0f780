// Services that need no network: timers, random numbers, settings, the instance's torrent, events, metrics,
// workers.
//
// A service is looked up in the constructor of the plug-in (`timers_(host.timers())`) and kept as a member:
// it is two pointers. It tests false when the host does not lend it; calling it then throws, which the fence
// turns into an error. All functions are [strand] unless tagged otherwise, and callbacks arrive on the
// strand.
#pragma once

#include <shoal/abi/services.h>
#include <shoal/crossing.hpp>
#include <shoal/detail/fence.hpp>
#include <shoal/detail/lent.hpp>
#include <shoal/result.hpp>
#include <shoal/schema_crossing.hpp>
#include <shoal/unique_function.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace shoal {

/// One armed alarm. Destroying or reassigning it cancels; both are allowed inside its own callback.
class Timer {
public:
    Timer() = default;
    Timer(Timer&&) noexcept = default;
    Timer& operator=(Timer&& other) noexcept
    {
        cancel();
        alarm_ = std::move(other.alarm_);
        return *this;
    }
    ~Timer() { cancel(); }

    [[nodiscard]] bool is_armed() const noexcept { return alarm_ && alarm_->handle != 0; }

    void cancel() noexcept
    {
        if (is_armed()) static_cast<void>(alarm_->table->cancel(alarm_->host, alarm_->handle));
        alarm_.reset();
    }

private:
    friend class Timers;

    struct Alarm {
        const shoal_host* host;
        const shoal_host_timer_v1* table;
        UniqueFunction<void()> function;
        std::uint64_t handle = 0;
    };

    static void fire(void* user, std::uint64_t) noexcept
    {
        auto& alarm = *static_cast<Alarm*>(user);
        const auto* host = alarm.host;
        alarm.handle = 0;
        // Moved out first: the function may rearm the very timer it came from.
        auto function = std::move(alarm.function);
        detail::fence_void(host, "a timer", [&] { function(); });
    }

    std::unique_ptr<Alarm> alarm_;
};

class Timers : public detail::Lent<Timers, shoal_host_timer_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_TIMER;
    using Lent::Lent;

    /// Calls `function` once. An unarmed timer comes back when the host refuses, which it does after `stop`.
    [[nodiscard]] Timer after(std::chrono::nanoseconds delay, UniqueFunction<void()> function) const
    {
        Timer timer;
        timer.alarm_ = std::make_unique<Timer::Alarm>(Timer::Alarm{host(), &table(), std::move(function)});
        auto& alarm = *timer.alarm_;
        const auto wait = static_cast<std::uint64_t>(std::max<std::int64_t>(delay.count(), 0));
        if (table().start(host(), wait, &Timer::fire, &alarm, &alarm.handle) < 0) timer.alarm_.reset();
        return timer;
    }
};

class Random : public detail::Lent<Random, shoal_host_random_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_RANDOM;
    using Lent::Lent;

    [[nodiscard]] std::uint64_t next() const { return table().next(host()); }
    /// Uniform in [0, bound); 0 for bound 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound) const { return table().below(host(), bound); }
};

/// For what has a date. It jumps when somebody sets the clock: what must not is measured by Host::now().
class Calendar : public detail::Lent<Calendar, shoal_host_calendar_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_CALENDAR;
    using Lent::Lent;

    /// Seconds since 1970, UTC; in the lab every world begins with the year 2030.
    [[nodiscard]] std::int64_t unix_time() const { return table().unix_time(host()); }
};

/// The manifest declares them, with types, ranges and defaults, and the host has checked them: there is
/// always a value. Asking for one that is not declared so is the author's mistake and throws.
class Settings : public detail::Lent<Settings, shoal_host_settings_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_SETTINGS;
    using Lent::Lent;

    [[nodiscard]] std::int64_t integer(std::string_view name) const
    {
        std::int64_t value = 0;
        check(table().integer(host(), to_abi(name), &value), name);
        return value;
    }

    [[nodiscard]] bool boolean(std::string_view name) const { return integer(name) != 0; }

    [[nodiscard]] double real(std::string_view name) const
    {
        double value = 0;
        check(table().real(host(), to_abi(name), &value), name);
        return value;
    }

    /// Valid as long as the instance.
    [[nodiscard]] std::string_view text(std::string_view name) const
    {
        shoal_text value{};
        check(table().text(host(), to_abi(name), &value), name);
        return from_abi(value);
    }

private:
    static void check(shoal_status status, std::string_view name)
    {
        if (status < 0) {
            throw std::logic_error("the manifest declares no setting '" + std::string(name)
                                   + "' of this type");
        }
    }
};

/// Valid until the end of the current call into the instance.
class TorrentView {
public:
    explicit TorrentView(const shoal_torrent_view& raw) noexcept : raw_(&raw) {}

    [[nodiscard]] std::string_view name() const noexcept { return from_abi(raw_->name); }
    [[nodiscard]] ByteView info_hash() const noexcept { return std::as_bytes(std::span(raw_->info_hash)); }
    [[nodiscard]] std::uint32_t piece_count() const noexcept { return raw_->piece_count; }
    [[nodiscard]] std::uint32_t piece_length() const noexcept { return raw_->piece_length; }
    [[nodiscard]] std::uint64_t total_length() const noexcept { return raw_->total_length; }
    [[nodiscard]] bool is_private() const noexcept { return (raw_->flags & SHOAL_TORRENT_PRIVATE) != 0; }
    /// Its metadata is not known yet: no pieces and no files.
    [[nodiscard]] bool is_resolving() const noexcept { return (raw_->flags & SHOAL_TORRENT_RESOLVING) != 0; }
    [[nodiscard]] Strided<shoal_torrent_file> files() const noexcept
    {
        return {raw_->files, raw_->file_count, raw_->file_stride};
    }

private:
    const shoal_torrent_view* raw_;
};

class OwnTorrent : public detail::Lent<OwnTorrent, shoal_host_torrent_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_TORRENT;
    using Lent::Lent;

    [[nodiscard]] TorrentView view() const
    {
        const auto* raw = table().view(host());
        if (raw == nullptr) throw std::logic_error("this instance belongs to no torrent");
        return TorrentView(*raw);
    }
};

/// One field of an event: field("file", 3), field("path", "a/b"), field("ready", true).
template <class T>
[[nodiscard]] shoal_entry field(std::string_view key, const T& value)
{
    shoal_entry entry{to_abi(key), {}};
    if constexpr (std::same_as<T, bool>) {
        entry.value.type = SHOAL_VALUE_BOOL;
        entry.value.as.integer = value ? 1 : 0;
    } else if constexpr (std::integral<T>) {
        entry.value.type = SHOAL_VALUE_INT;
        entry.value.as.integer = static_cast<std::int64_t>(value);
    } else if constexpr (std::floating_point<T>) {
        entry.value.type = SHOAL_VALUE_REAL;
        entry.value.as.real = value;
    } else {
        const std::string_view text = value;
        entry.value.type = SHOAL_VALUE_TEXT;
        entry.value.size = text.size();
        entry.value.as.text = text.data();
    }
    return entry;
}

class Events : public detail::Lent<Events, shoal_host_events_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_EVENTS;
    using Lent::Lent;

    /// `name` is in the past tense or a state ("can_play"); keys are unique. The host adds plug-in and
    /// torrent.
    Result<void> publish(std::string_view name, std::initializer_list<shoal_entry> fields) const
    {
        shoal_value payload{};
        payload.type = SHOAL_VALUE_MAP;
        payload.size = fields.size();
        payload.as.entries = fields.begin();
        return to_result(table().publish(host(), to_abi(name), &payload), "publishing an event");
    }

    /// The same of a map, which may have maps and lists in it.
    Result<void> publish(std::string_view name, const Value::Map& fields) const
    {
        const Value payload(fields);
        const AbiValue raw(payload);
        return to_result(table().publish(host(), to_abi(name), raw.pointer()), "publishing an event");
    }

    /// In the constructor: what an event is like, for people who want to hear it.
    Result<void> declare(const EventSchema& schema) const
    {
        const AbiEventSchema raw(schema);
        return to_result(table().declare(host(), raw.pointer()), "declaring the event " + schema.name);
    }
};

class Metrics : public detail::Lent<Metrics, shoal_host_metrics_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_METRICS;
    using Lent::Lent;

    void add(std::string_view counter, std::int64_t amount = 1) const // [any]
    {
        table().add(host(), to_abi(counter), amount);
    }
    void set(std::string_view gauge, std::int64_t value) const // [any]
    {
        table().set(host(), to_abi(gauge), value);
    }
};

class Workers : public detail::Lent<Workers, shoal_host_workers_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_WORKERS;
    using Lent::Lent;

    /// Runs `work` on a worker thread, then `done` on the strand: with `cancelled` when the work was never
    /// begun, with `plugin_broken` when it threw. `done` is not called when run() itself fails.
    Result<void> run(UniqueFunction<void()> work, UniqueFunction<void(Result<void>)> done) const
    {
        auto job = std::make_unique<Job>(Job{host(), std::move(work), std::move(done)});
        const auto status = table().run(host(), &Workers::begin, &Workers::finish, job.get());
        if (status >= 0) static_cast<void>(job.release());
        return to_result(status, "handing work to a worker");
    }

    /// Keeps this worker for so long, at most a minute: in the lab of virtual time, of which now() shows
    /// nothing until the call is over. [worker]
    Result<void> pause(std::chrono::nanoseconds time) const
    {
        const auto ns = static_cast<std::uint64_t>(std::max(time.count(), std::chrono::nanoseconds::rep{0}));
        return to_result(table().pause(host(), ns), "pausing a worker");
    }

private:
    struct Job {
        const shoal_host* host;
        UniqueFunction<void()> work;
        UniqueFunction<void(Result<void>)> done;
        shoal_status outcome = SHOAL_OK;
    };

    static void begin(void* user) noexcept
    {
        auto& job = *static_cast<Job*>(user);
        job.outcome = detail::fence(job.host, "work", [&]() -> std::int32_t {
            job.work();
            return SHOAL_OK;
        });
    }

    static void finish(void* user, shoal_status status) noexcept
    {
        const std::unique_ptr<Job> job(static_cast<Job*>(user));
        const auto outcome = status < 0 ? status : job->outcome;
        detail::fence_void(job->host, "the end of work", [&] { job->done(to_result(outcome, "work")); });
    }
};

} // namespace shoal
