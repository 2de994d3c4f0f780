#include "torrent/tracker_words.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace shoal::torrent {

namespace {

constexpr std::array<std::string_view, 13> of_no_torrent{
    "unregistered",   "not registered",     "torrent not found",   "torrent is not found",   "unknown torrent",
    "torrent unknown", "infohash not found", "info_hash not found", "info hash not found",    "torrent does not exist",
    "torrent has been deleted", "torrent was deleted", "not authorized for use with this tracker"};
constexpr std::array<std::string_view, 5> of_somebody{"passkey", "user", "account", "client", "authkey"};

std::string lower(std::string_view text)
{
    std::string all(text);
    std::ranges::transform(all, all.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return all;
}

}  // namespace

bool says_unregistered(std::string_view failure)
{
    const auto said = lower(failure);
    const auto says = [&said](std::string_view words) { return said.find(words) != said.npos; };
    return std::ranges::any_of(of_no_torrent, says) && std::ranges::none_of(of_somebody, says);
}

}  // namespace shoal::torrent
