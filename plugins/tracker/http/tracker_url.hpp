// The URL of a tracker, taken apart as far as an announce needs it, and the rules of which one is asked at
// all. Torrents come from strangers, so a tracker URL may be aimed at a service on this machine or behind its
// firewall; README.md has the rules and what they cannot see.
#pragma once

#include <shoal/result.hpp>

#include <string>
#include <string_view>

namespace shoal::http_tracker {

struct TrackerUrl {
    static constexpr std::size_t longest = 8192;

    /// Errors name the host and never path or query, which carry pass keys:
    /// bad_input for what is no http or https URL or has a host that is neither address nor ASCII name;
    /// permission_denied for a local host whose path is not that of a tracker; unsupported for I2P names.
    [[nodiscard]] static Result<TrackerUrl> parse(std::string_view url);

    std::string origin; // "http://user:word@host:80", as given
    std::string host;   // lower case, without brackets or port: for people and for rules
    std::string path;   // begins with '/'; no octet left that a request line cannot carry
    std::string query;  // without '?'; likewise
    bool is_local = false;
};

} // namespace shoal::http_tracker
