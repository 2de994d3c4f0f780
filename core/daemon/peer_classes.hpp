#pragma once

#include "torrent/rate_class.hpp"

#include <shoal/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shoal::daemon {

// A class of peers with limits of its own, as settings name it: whom ("any", "local", networks with commas between), then
// "down=RATE", "up=RATE", or "free" for one that no limit holds for. "local free", "10.0.0.0/8 down=1M up=512k".
// Errors: invalid_argument.
Result<torrent::PeerClass> parse_peer_class(std::string_view text);

// In this order; a peer belongs to the first that matches. What is none is left out. None at all: those that there are without settings.
std::vector<torrent::PeerClass> peer_classes(const std::vector<std::string>& texts);

}  // namespace shoal::daemon
