#pragma once

#include "peer/link.hpp"
#include "torrent/peer_source.hpp"

#include <memory>
#include <optional>

namespace shoal::torrent {

// What a torrent knows of a peer when it first meets it.
struct Introduction {
    std::unique_ptr<peer::Link> link;
    peer::Handshake theirs;
    PeerSource source;
    std::optional<Endpoint> dialled;  // the candidate it came from; none for an incoming one
};

}  // namespace shoal::torrent
