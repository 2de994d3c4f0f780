#pragma once

#include "host/instance.hpp"
#include "host/services/catalog.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace shoal::host::services {

// The operations of a tracker plug-in: opened by the core, completed by the plug-in from any thread, told to
// the sink on the loop, each once.
class TrackerService final : public LentService {
public:
    static constexpr auto slot = Slot::tracker;

    explicit TrackerService(InstanceState& state) : state_(state) {}

    std::uint64_t open(OperationKind kind);
    void abandon(std::uint64_t handle);

    void announced(std::uint64_t handle, shoal_status status, const shoal_announce_reply* reply);  // [any]
    void scraped(std::uint64_t handle, shoal_status status, const shoal_scrape_entry* entries,
                 std::uint32_t count);  // [any]

    void end(bool nothing_runs) override;

private:
    struct Operation {
        OperationKind kind = OperationKind::announce;
        bool abandoned = false;
        bool completed = false;
        shoal_status status = SHOAL_E_CANCELLED;
        AnnounceReply reply;
        std::vector<ScrapeEntry> entries;
    };

    bool check(const char* function, std::uint64_t handle, shoal_status status);
    void complete(const char* function, std::uint64_t handle, Operation answer);
    void tell(std::uint64_t handle);

    InstanceState& state_;
    std::mutex mutex_;
    std::map<std::uint64_t, Operation> operations_;
    std::uint64_t newest_ = 0;
};

}  // namespace shoal::host::services
