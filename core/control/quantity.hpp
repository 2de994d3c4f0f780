#pragma once

#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Sizes, rates, times and addresses as people type and read them, on the command line and in settings.
namespace shoal::control {

// "512k", "1.5M", "10 MiB": powers of 1024. Errors: invalid_argument.
Result<std::uint64_t> parse_size(std::string_view text);
// "90", "90s", "1h30m", "1.5 d": seconds unless it says otherwise; at most a century. Errors: invalid_argument.
Result<std::chrono::seconds> parse_duration(std::string_view text);
// "1.5 GiB"
std::string size_text(std::uint64_t octets);
// "3.2 MiB/s"
std::string rate_text(std::uint64_t octets_per_second);
// "1m05s", "2h10m", "3d4h"
std::string duration_text(std::chrono::seconds duration);
// "ADDR:PORT"; ":6881" and "6881" mean all IPv4 addresses.
Result<Endpoint> parse_listen(std::string_view text);
// Without the empty parts.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace shoal::control
