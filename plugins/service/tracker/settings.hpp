// What the user wants of the tracker; the manifest in plugin.cpp declares it.
#pragma once

#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>
#include <shoal/services.hpp>

#include <chrono>
#include <cstddef>
#include <set>
#include <string_view>
#include <vector>

namespace shoal::embedded_tracker {

struct Settings {
    std::vector<Endpoint> listen{}; // at least one
    bool uses_udp = true;
    std::chrono::seconds interval{1800};
    std::size_t max_torrents = 10'000;
    std::size_t max_peers = 50'000;
    bool is_open = true;
    std::set<Hash20> allowed{};
    bool trusts_ip = false;
};

/// Errors: invalid_argument, naming the setting.
/// Addresses with their ports, with commas or spaces between. Errors: invalid_argument.
[[nodiscard]] Result<std::vector<Endpoint>> parse_endpoints(std::string_view text);

[[nodiscard]] Result<Settings> read_settings(const shoal::Settings& settings);

/// Info-hashes in hexadecimal, separated by commas or white space.
[[nodiscard]] Result<std::set<Hash20>> parse_info_hashes(std::string_view text);

} // namespace shoal::embedded_tracker
