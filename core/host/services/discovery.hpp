#pragma once

#include "host/instance.hpp"
#include "host/services/catalog.hpp"

#include <shoal/abi/discovery.h>

#include <cstdint>
#include <map>
#include <string>

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
    struct Search {
        bool is_abandoned = false;
        bool is_ended = false;  // by the plug-in; the sink is told in a later turn
        shoal_status status = SHOAL_E_CANCELLED;
        std::string why;
    };

    // Null: never was, or has ended.
    Search* find_open(std::uint64_t handle);
    void tell_end(std::uint64_t handle);

    InstanceState& state_;
    std::map<std::uint64_t, Search> searches_;
    std::uint64_t newest_ = 0;
};

}  // namespace shoal::host::services
