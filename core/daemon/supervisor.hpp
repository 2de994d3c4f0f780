#pragma once

#include "daemon/variables.hpp"
#include "environment/time.hpp"

#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::daemon {

// Who started us and wants to hear how we are: systemd, or whoever speaks its protocol (sd_notify(3)), a datagram to the socket that
// NOTIFY_SOCKET names. Without one everything here does nothing and succeeds. A supervisor that does not listen is waited for a second.
class Supervisor {
public:
    explicit Supervisor(const Variables& variables);

    bool is_there() const { return !address_.empty(); }
    // How often alive() is wanted, half of what WATCHDOG_USEC allows; none: never.
    std::optional<environment::Duration> alive_interval() const { return alive_interval_; }

    // Errors name the socket: not_found, permission_denied, io_error. All is as it was.
    Result<void> ready(std::string_view status);  // after the start, and again after each reloading()
    Result<void> reloading();
    Result<void> stopping(std::string_view status);
    Result<void> status(std::string_view text);
    Result<void> alive();

private:
    Result<void> send(const std::string& message) const;

    std::string address_;
    std::optional<environment::Duration> alive_interval_;
};

}  // namespace shoal::daemon
