// The least a plug-in can be made with: logs and errors are kept, settings are lent, and so are pauses and, if there is
// one, a storage below or a torrent around it; no other service is. For conformance suites that run a library without a
// client around it. One instance, one thread for [strand] calls.
#pragma once

#include <shoal/abi/host.h>
#include <shoal/abi/plugin.h>
#include <shoal/abi/services.h>
#include <shoal/abi/storage.h>
#include <shoal/crossing.hpp>
#include <shoal/random.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace shoal::testing {

/// Settings of type int and bool, by name.
using SettingNumbers = std::map<std::string, std::int64_t, std::less<>>;

/// A storage that one which decorates may have below it.
struct InnerSubject {
    const shoal_factory* factory = nullptr;
    SettingNumbers settings{};
};

class BareHost {
public:
    explicit BareHost(SettingNumbers settings, std::map<std::string, std::string, std::less<>> texts = {},
                      const InnerSubject* inner = nullptr)
        : settings_(std::move(settings)), texts_(std::move(texts)), inner_(inner)
    {
    }
    BareHost(const BareHost&) = delete;
    BareHost& operator=(const BareHost&) = delete;

    // After what was made with it.
    ~BareHost()
    {
        if (below_self_ == nullptr) return;
        if (inner_->factory->stop != nullptr) inner_->factory->stop(below_self_);
        inner_->factory->destroy(below_self_);
    }

    /// For what belongs to a torrent, before it is made: the torrent, which stays the caller's; numbers that are the
    /// same for the same seed; events that nobody hears.
    void lend_torrent(const shoal_torrent_view& torrent, std::uint64_t seed)
    {
        torrent_ = &torrent;
        random_.emplace(seed, 0);
    }

    [[nodiscard]] const shoal_host* raw() const noexcept { return &raw_; }

    /// What set_error() said last; empty again after this.
    [[nodiscard]] std::string take_error()
    {
        const std::lock_guard lock(mutex_);
        return std::exchange(error_, {});
    }

private:
    static BareHost& from(const shoal_host* host) { return *static_cast<BareHost*>(host->context); }

    static const void* service(const shoal_host* host, shoal_text id)
    {
        if (from_abi(id) == SHOAL_SERVICE_SETTINGS) return &settings_table;
        if (from_abi(id) == SHOAL_SERVICE_WORKERS) return &workers_table;
        if (from_abi(id) == SHOAL_SERVICE_STORAGE) return from(host).inner_ != nullptr ? &storage_table : nullptr;
        if (from(host).torrent_ == nullptr) return nullptr;
        if (from_abi(id) == SHOAL_SERVICE_TORRENT) return &torrent_table;
        if (from_abi(id) == SHOAL_SERVICE_RANDOM) return &random_table;
        return from_abi(id) == SHOAL_SERVICE_EVENTS ? &events_table : nullptr;
    }

    static void log(const shoal_host*, std::int32_t, shoal_text) {}

    // Nothing here has a strand of its own on which a task could run later.
    static shoal_status post(const shoal_host*, shoal_task, void*) { return SHOAL_E_STATE; }

    static void set_error(const shoal_host* host, shoal_status, shoal_text text)
    {
        // What a storage says below is said for the one above it.
        auto& heard = from(host).above_ != nullptr ? *from(host).above_ : from(host);
        const std::lock_guard lock(heard.mutex_);
        heard.error_ = from_abi(text);
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
    static shoal_status text(const shoal_host* host, shoal_text name, shoal_text* value)
    {
        const auto found = from(host).texts_.find(from_abi(name));
        if (found == from(host).texts_.end()) return SHOAL_E_NOT_FOUND;
        *value = to_abi(found->second);
        return SHOAL_OK;
    }

    static shoal_status run(const shoal_host*, void (*)(void*), shoal_task, void*) { return SHOAL_E_STATE; }
    static shoal_status pause(const shoal_host*, std::uint64_t time_ns)
    {
        std::this_thread::sleep_for(std::chrono::nanoseconds(time_ns));
        return SHOAL_OK;
    }

    static const shoal_torrent_view* view(const shoal_host* host) { return from(host).torrent_; }
    static std::uint64_t next(const shoal_host* host) { return from(host).random_->next(); }
    static std::uint64_t below(const shoal_host* host, std::uint64_t bound)
    {
        return bound == 0 ? 0 : from(host).random_->below(bound);
    }
    static shoal_status publish(const shoal_host*, shoal_text, const shoal_value*) { return SHOAL_OK; }
    static shoal_status declare(const shoal_host*, const shoal_event_schema*) { return SHOAL_OK; }

    static shoal_status make(const shoal_host* host, shoal_text, const shoal_storage_v1** table, void** inner)
    {
        auto& self = from(host);
        if (self.below_self_ != nullptr) return SHOAL_E_LIMIT;
        self.below_ = std::make_unique<BareHost>(self.inner_->settings);
        self.below_->above_ = &self;
        const auto status = self.inner_->factory->create(self.below_->raw(), &self.below_self_);
        *table = static_cast<const shoal_storage_v1*>(self.inner_->factory->table);
        *inner = self.below_self_;
        return status;
    }

    static constexpr shoal_host_settings_v1 settings_table{sizeof(shoal_host_settings_v1), 0, &integer, &real,
                                                           &text};

    static constexpr shoal_host_workers_v1 workers_table{sizeof(shoal_host_workers_v1), 0, &run, &pause};
    static constexpr shoal_host_torrent_v1 torrent_table{sizeof(shoal_host_torrent_v1), 0, &view};
    static constexpr shoal_host_random_v1 random_table{sizeof(shoal_host_random_v1), 0, &next, &below};
    static constexpr shoal_host_events_v1 events_table{sizeof(shoal_host_events_v1), 0, &publish, &declare};
    static constexpr shoal_host_storage_v1 storage_table{sizeof(shoal_host_storage_v1), 0, &make};

    SettingNumbers settings_;
    std::map<std::string, std::string, std::less<>> texts_;
    const InnerSubject* inner_;
    const shoal_torrent_view* torrent_ = nullptr;
    std::optional<RandomStream> random_;
    std::unique_ptr<BareHost> below_; // of the storage below
    void* below_self_ = nullptr;
    BareHost* above_ = nullptr;
    shoal_host raw_{sizeof(shoal_host), SHOAL_ABI_MINOR, this, &service, &log, &post, &set_error, &now};
    std::mutex mutex_;
    std::string error_;
};

} // namespace shoal::testing
