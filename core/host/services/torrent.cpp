#include "host/services/guard.hpp"

#include <shoal/abi/services.h>

namespace shoal::host::services {

namespace {

class TorrentService final : public LentService {
public:
    static constexpr auto slot = Slot::torrent;

    explicit TorrentService(InstanceState& state) : state_(state) {}

    const shoal_torrent_view* view() const
    {
        auto* source = state_.context().torrent;
        return source == nullptr ? nullptr : source->view();
    }

private:
    InstanceState& state_;
};

const shoal_torrent_view* view(const shoal_host* host)
{
    const shoal_torrent_view* seen = nullptr;
    on_strand<TorrentService>(host, "torrent.view", [&](TorrentService& torrent) {
        seen = torrent.view();
        return SHOAL_OK;
    });
    return seen;
}

constexpr shoal_host_torrent_v1 torrent_table{sizeof torrent_table, 0, view};

}  // namespace

const Service& torrent_service()
{
    static constexpr Service service{SHOAL_SERVICE_TORRENT, "", &torrent_table, make_lent<TorrentService>};
    return service;
}

}  // namespace shoal::host::services
