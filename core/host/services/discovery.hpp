#pragma once

#include "host/instance.hpp"
#include "host/services/catalog.hpp"

#include <shoal/abi/discovery.h>

#include <cstdint>
#include <set>

namespace shoal::host::services {

// The searches of a discovery plug-in: opened by the core, ended by the plug-in, told to the sink in a later turn of the loop.
class DiscoveryService final : public LentService {
public:
    static constexpr auto slot = Slot::discovery;

    explicit DiscoveryService(InstanceState& state) : state_(state) {}

    std::uint64_t open();
    // Nobody listens any more: its end is awaited, and ignored.
    void abandon(std::uint64_t handle);

    shoal_status found(std::uint64_t handle, const shoal_endpoint* peers, std::uint32_t count);
    shoal_status ended(std::uint64_t handle, shoal_status status);
    shoal_status spotted(const std::uint8_t* info_hash, const shoal_endpoint* peer);

    void end(bool nothing_runs) override;

private:
    bool is_open(std::uint64_t handle) const { return open_.contains(handle) || abandoned_.contains(handle); }

    InstanceState& state_;
    std::set<std::uint64_t> open_;
    std::set<std::uint64_t> abandoned_;
    std::uint64_t newest_ = 0;
};

}  // namespace shoal::host::services
