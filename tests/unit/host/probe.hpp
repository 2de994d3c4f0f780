#pragma once

#include "fake_environment.hpp"

#include "host/instance.hpp"
#include "host/library.hpp"

#include <shoal/abi/control.h>
#include <shoal/abi/discovery.h>
#include <shoal/abi/extension.h>
#include <shoal/abi/service.h>
#include <shoal/abi/services.h>
#include <shoal/abi/source.h>
#include <shoal/abi/storage.h>
#include <shoal/abi/tracker.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::host::test {

inline constexpr std::string_view all_permissions = R"(["net.http", "net.listen", "net.udp", "net.resolve", "control"])";

// A plug-in that is part of the test: it looks up every service in `create` and lets the test act in its
// place. The host cannot tell it from a loaded one.
class Probe {
public:
    struct Options {
        std::string kind = "service";  // service, tracker, discovery, source, extension, storage or parallel-storage
        std::string permissions{all_permissions};
        std::string required = "[]";
        std::string settings = "{}";
    };

    explicit Probe(Options options);
    Probe() : Probe(Options{}) {}

    const Factory& factory() const { return *library_->factories().front(); }

    // What the plug-in does; all may be empty.
    std::function<shoal_status(const shoal_host*)> on_create;
    std::function<void()> on_stop;
    std::function<void()> on_destroy;

    // What the last instance was lent.
    const shoal_host* host = nullptr;
    const shoal_host_timer_v1* timer = nullptr;
    const shoal_host_random_v1* random = nullptr;
    const shoal_host_calendar_v1* calendar = nullptr;
    const shoal_host_settings_v1* settings = nullptr;
    const shoal_host_torrent_v1* torrent = nullptr;
    const shoal_host_events_v1* events = nullptr;
    const shoal_host_metrics_v1* metrics = nullptr;
    const shoal_host_workers_v1* workers = nullptr;
    const shoal_host_resolver_v1* resolver = nullptr;
    const shoal_host_udp_v1* udp = nullptr;
    const shoal_host_http_v1* http = nullptr;
    const shoal_host_http_server_v1* http_server = nullptr;
    const shoal_host_tracker_v1* tracker = nullptr;
    const shoal_host_store_v1* store = nullptr;
    const shoal_host_extension_v1* extension = nullptr;
    const shoal_host_methods_v1* methods = nullptr;
    const shoal_host_discovery_v1* discovery = nullptr;
    const shoal_host_control_v1* control = nullptr;
    const shoal_host_source_v1* source = nullptr;

    // What happened to it, in order: "create", "stop", "destroy" and what the test adds.
    std::vector<std::string> events_seen;

private:
    Manifest manifest_;
    std::unique_ptr<Library> library_;
};

shoal_text text(std::string_view view);

// Remembers lines. [any]
class LogLines final : public LogSink {
public:
    bool wants(LogLevel) const noexcept override { return true; }
    void write(LogLevel level, std::string_view line) noexcept override;
    bool contains(std::string_view part) const;
    std::vector<std::string> lines() const;

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

// One instance of a probe in a fake environment.
struct Stage {
    explicit Stage(Probe::Options options = {}) : probe(std::move(options)) {}

    InstanceContext context();
    void start();  // makes the instance, which must work
    void start(InstanceContext context);

    // Runs `act` as the plug-in, inside one [strand] call.
    template <class Act>
    auto as_plugin(Act&& act)
    {
        return instance->call("act", std::forward<Act>(act));
    }

    LogLines lines;
    FakeEnvironment environment;
    Probe probe;
    std::unique_ptr<Instance> instance;
};

// Counts completions of a C callback.
struct Completions {
    int count = 0;
    shoal_status last = 1;
    static void task(void* user, shoal_status status);
};

}  // namespace shoal::host::test
