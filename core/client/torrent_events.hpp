#pragma once

#include "control/registry.hpp"

namespace shoal::client {

// Says what events of torrents are like: what the torrents, their sessions and the client publish.
void declare_torrent_events(control::Registry& registry);

}  // namespace shoal::client
