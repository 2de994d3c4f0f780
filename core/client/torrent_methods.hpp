#pragma once

#include "client/client.hpp"

namespace shoal::client {

// Offers what people and programs can ask of the client's torrents: torrents.add, torrents.list … and declares what is told of
// them. The registry of the client's parts is used; the client outlives the calls.
void offer_torrent_methods(Client& client, control::Registry& registry);

}  // namespace shoal::client
