#pragma once

#include "environment/time.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Sizes, rates, times and addresses as people type and read them.
namespace shoal::cli {

// "512k", "1.5M", "2GiB": powers of 1024. Errors: invalid_argument.
Result<std::uint64_t> parse_size(std::string_view text);
// "1.5 GiB"
std::string size_text(std::uint64_t octets);
// "3.2 MiB/s"
std::string rate_text(std::uint64_t octets_per_second);
// "1m05s", "2h10m", "3d4h"
std::string duration_text(std::chrono::seconds duration);
// "ADDR:PORT"; ":6881" and "6881" mean all IPv4 addresses.
Result<Endpoint> parse_listen(std::string_view text);
// "ADDR:PORT" of somebody to connect to. Errors: invalid_argument.
Result<Endpoint> parse_peer(std::string_view text);
// "1 peer", "2 peers"
std::string count_text(std::uint64_t count, std::string_view noun);
std::vector<std::string> split(std::string_view text, char separator);
// As a shell reads it back.
std::string shell_quoted(std::string_view argument);

}  // namespace shoal::cli
