// The least a plug-in can be made with: logs and errors are kept, settings are lent, and no other service is.
// For conformance suites that run a library without a client around it. One instance, one thread for [strand]
// calls.
#pragma once

#include <shoal/abi/host.h>
#include <shoal/abi/services.h>
#include <shoal/crossing.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::testing {

/// Settings of type int and bool, by name.
using SettingNumbers = std::map<std::string, std::int64_t, std::less<>>;

class BareHost {
public:
    explicit BareHost(SettingNumbers settings) : settings_(std::move(settings)) {}
    BareHost(const BareHost&) = delete;
    BareHost& operator=(const BareHost&) = delete;

    [[nodiscard]] const shoal_host* raw() const noexcept { return &raw_; }

    /// What set_error() said last; empty again after this.
    [[nodiscard]] std::string take_error()
    {
        const std::lock_guard lock(mutex_);
        return std::exchange(error_, {});
    }

private:
    static BareHost& from(const shoal_host* host) { return *static_cast<BareHost*>(host->context); }

    static const void* service(const shoal_host*, shoal_text id)
    {
        return from_abi(id) == SHOAL_SERVICE_SETTINGS ? &settings_table : nullptr;
    }

    static void log(const shoal_host*, std::int32_t, shoal_text) {}

    // Nothing here has a strand of its own on which a task could run later.
    static shoal_status post(const shoal_host*, shoal_task, void*) { return SHOAL_E_STATE; }

    static void set_error(const shoal_host* host, shoal_status, shoal_text text)
    {
        const std::lock_guard lock(from(host).mutex_);
        from(host).error_ = from_abi(text);
    }

    static std::uint64_t now(const shoal_host*)
    {
        return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    }

    static shoal_status integer(const shoal_host* host, shoal_text name, std::int64_t* value)
    {
        const auto found = from(host).settings_.find(from_abi(name));
        if (found == from(host).settings_.end()) return SHOAL_E_NOT_FOUND;
        *value = found->second;
        return SHOAL_OK;
    }

    static shoal_status real(const shoal_host*, shoal_text, double*) { return SHOAL_E_NOT_FOUND; }
    static shoal_status text(const shoal_host*, shoal_text, shoal_text*) { return SHOAL_E_NOT_FOUND; }

    static constexpr shoal_host_settings_v1 settings_table{sizeof(shoal_host_settings_v1), 0, &integer, &real,
                                                           &text};

    SettingNumbers settings_;
    shoal_host raw_{sizeof(shoal_host), SHOAL_ABI_MINOR, this, &service, &log, &post, &set_error, &now};
    std::mutex mutex_;
    std::string error_;
};

} // namespace shoal::testing
