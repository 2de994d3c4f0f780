// What the user wants of the DHT; the manifest in plugin.cpp declares it.
#pragma once

#include "node.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>
#include <shoal/services.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::dht {

struct HostPort {
    std::string host; // a name, or an address without brackets
    std::uint16_t port = 0;

    friend bool operator==(const HostPort&, const HostPort&) = default;
};

struct PluginSettings {
    std::optional<Endpoint> listen_v4{}; // none: no part of that DHT
    std::optional<Endpoint> listen_v6{};
    std::vector<HostPort> routers{};
    NodeSettings node{};
};

/// Errors: invalid_argument, naming the setting.
[[nodiscard]] Result<PluginSettings> read_settings(const Settings& given);

/// "host:port" or "[::1]:port", with commas or white space between. Errors: invalid_argument.
[[nodiscard]] Result<std::vector<HostPort>> parse_host_ports(std::string_view text);

} // namespace shoal::dht
