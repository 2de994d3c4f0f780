#pragma once

#include <string_view>

namespace shoal::torrent {

// What trackers say of a torrent that they do not know, or that was taken off them, each in words of its own: no part of any protocol. Those
// that speak of somebody else (a key, a user) are not meant.
bool says_unregistered(std::string_view failure);

}  // namespace shoal::torrent
