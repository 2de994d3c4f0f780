#pragma once

#include <shoal/ids.hpp>

#include <cstdint>

namespace shoal::torrent {

// Who we are to everybody.
struct Identity {
    WirePeerId peer_id;
    std::uint16_t listen_port = 0;
};

}  // namespace shoal::torrent
