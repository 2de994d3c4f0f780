#pragma once

#include "host/manifest.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace shoal::host {
class InstanceState;
struct InstanceContext;
}  // namespace shoal::host

// The services of abi/services.h, abi/control.h, abi/tracker.h, abi/discovery.h, abi/source.h, abi/extension.h and abi/storage.h, each in a
// file of its own, over environment::Environment.
namespace shoal::host::services {

// One service as lent to one instance: what is under way for it. Owned by the InstanceState.
class LentService {
public:
    virtual ~LentService() = default;

    // The instance ends: completes everything under way with SHOAL_E_CANCELLED, once, and forgets what has no
    // completion. Work that runs on a worker at this moment is left to end, unless `nothing_runs`.
    virtual void end([[maybe_unused]] bool nothing_runs) {}
    // Nothing is left that `destroy` would have to wait for.
    virtual bool is_idle() const { return true; }
    // The sinks of the context are about to go. [loop]
    virtual void detach() {}
    // After `destroy`: what the instance was lent until its very end goes. [loop]
    virtual void release() {}
};

// In the order in which they end: methods, sources, searches and announces last, because what they wait for may be completed
// by the others.
enum class Slot : std::uint8_t {
    timer,
    random,
    calendar,
    settings,
    torrent,
    events,
    metrics,
    workers,
    resolver,
    udp,
    http,
    http_server,
    store,
    extension,
    storage,
    methods,
    control,
    source,
    discovery,
    tracker,
};
inline constexpr std::size_t slot_count = static_cast<std::size_t>(Slot::tracker) + 1;

struct Service {
    std::string_view id;
    std::string_view permission;  // empty: needs none
    const void* table;
    std::unique_ptr<LentService> (*make)(InstanceState& state);
};

// Null: unknown. `of` takes every slot.
const Service* find_service(std::string_view id, Slot& slot);
const Service& service_of(Slot slot);

// One instance never has more than this many of one thing (timers, requests, sockets …) under way.
inline constexpr std::size_t most_under_way = 65'536;

const Service& timer_service();
const Service& random_service();
const Service& calendar_service();
const Service& settings_service();
const Service& torrent_service();
const Service& events_service();
const Service& metrics_service();
const Service& workers_service();
const Service& resolver_service();
const Service& udp_service();
const Service& http_service();
const Service& http_server_service();
const Service& store_service();
const Service& extension_service();
const Service& storage_service();
const Service& methods_service();
const Service& control_service();
const Service& source_service();
const Service& discovery_service();
const Service& tracker_service();

}  // namespace shoal::host::services
