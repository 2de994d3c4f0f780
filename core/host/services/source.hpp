#pragma once

#include "host/instance.hpp"
#include "host/services/catalog.hpp"

#include <shoal/abi/source.h>

#include <cstdint>
#include <map>

namespace shoal::host::services {

// The operations of a source plug-in: opened by the core, ended by the plug-in, told to the sink in a later turn of the loop.
class SourceService final : public LentService {
public:
    static constexpr auto slot = Slot::source;

    explicit SourceService(InstanceState& state) : state_(state) {}

    std::uint64_t open();
    // Nobody listens any more: its end is awaited, and ignored.
    void abandon(std::uint64_t handle);

    shoal_status torrent_file(std::uint64_t handle, shoal_bytes torrent);
    shoal_status magnet(std::uint64_t handle, shoal_text link);
    shoal_status elsewhere(std::uint64_t handle, shoal_text identifier);
    shoal_status failed(std::uint64_t handle, shoal_status status, shoal_text text);

    void end(bool nothing_runs) override;

private:
    struct Operation {
        bool is_abandoned = false;
        bool is_ended = false;  // by the plug-in; the sink is told in a later turn
        SourceAnswer answer{};
    };

    shoal_status answer_text(const char* function, std::uint64_t handle, SourceAnswer::Kind kind, shoal_text text);
    shoal_status answer(const char* function, std::uint64_t handle, SourceAnswer answer);
    SourceAnswer nonsense(const char* function, const char* what);
    void tell(std::uint64_t handle);

    InstanceState& state_;
    std::map<std::uint64_t, Operation> operations_;
    std::uint64_t newest_ = 0;
};

}  // namespace shoal::host::services
