// The host as an instance sees it. A Host is one pointer and may be copied; it is valid until the instance is
// gone. Services are looked up in the constructor and kept as members: the host answers no look-up later.
#pragma once

#include <shoal/abi/host.h>
#include <shoal/crossing.hpp>
#include <shoal/services.hpp>
#include <shoal/unique_function.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace shoal {

enum class LogLevel : std::int32_t {
    error = SHOAL_LOG_ERROR,     // a person should act
    warning = SHOAL_LOG_WARNING, // something works less well
    info = SHOAL_LOG_INFO,       // life cycle, less than once a second
    debug = SHOAL_LOG_DEBUG,
};

class Host {
public:
    explicit Host(const shoal_host* raw) noexcept : raw_(raw) {}

    /// One line under the plug-in's name. [any]
    void log(LogLevel level, std::string_view message) const
    {
        raw_->log(raw_, static_cast<std::int32_t>(level), to_abi(message));
    }

    /// Since the host's own epoch; in the lab, virtual. The only clock a plug-in may read. [any]
    [[nodiscard]] std::chrono::nanoseconds now() const
    {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(raw_->now(raw_)));
    }

    /// Runs `task` later on the instance's strand, never inline. False after `stop`: the task is dropped.
    /// Tasks still waiting when the instance goes are dropped as well. [any]
    bool post(UniqueFunction<void()> task) const
    {
        return detail::lend_callback(raw_, std::move(task),
                                     [&](void* user) { return raw_->post(raw_, &Host::run_posted, user); })
               >= 0;
    }

    // Each only in the constructor; tests false when it is not lent.
    [[nodiscard]] Timers timers() const { return Timers(raw_); }
    [[nodiscard]] Random random() const { return Random(raw_); }
    [[nodiscard]] Calendar calendar() const { return Calendar(raw_); }
    [[nodiscard]] Settings settings() const { return Settings(raw_); }
    [[nodiscard]] OwnTorrent torrent() const { return OwnTorrent(raw_); }
    [[nodiscard]] Events events() const { return Events(raw_); }
    [[nodiscard]] Metrics metrics() const { return Metrics(raw_); }
    [[nodiscard]] Workers workers() const { return Workers(raw_); }
    [[nodiscard]] Resolver resolver() const { return Resolver(raw_); }
    [[nodiscard]] Udp udp() const { return Udp(raw_); }
    [[nodiscard]] Http http() const { return Http(raw_); }
    [[nodiscard]] Store store() const { return Store(raw_); }
    [[nodiscard]] Methods methods() const { return Methods(raw_); }
    [[nodiscard]] HttpServer http_server() const { return HttpServer(raw_); }

    [[nodiscard]] const shoal_host* raw() const noexcept { return raw_; }

private:
    static void run_posted(void* user, shoal_status status) noexcept
    {
        const auto callback = detail::take_callback<UniqueFunction<void()>>(user);
        if (status < 0) return;
        detail::fence_void(callback->host, "a posted task", [&] { callback->function(); });
    }

    const shoal_host* raw_;
};

} // namespace shoal
