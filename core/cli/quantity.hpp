#pragma once

#include "control/quantity.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

// What people type and read on the command line alone; the rest is the control plane's.
namespace shoal::cli {

using control::duration_text;
using control::parse_listen;
using control::parse_size;
using control::rate_text;
using control::size_text;
using control::split;

// "ADDR:PORT" of somebody to connect to. Errors: invalid_argument.
Result<Endpoint> parse_peer(std::string_view text);
// "1 peer", "2 peers"
std::string count_text(std::uint64_t count, std::string_view noun);
// As a shell reads it back.
std::string shell_quoted(std::string_view argument);

}  // namespace shoal::cli
