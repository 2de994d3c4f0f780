#pragma once

#include <shoal/alike.hpp>

#include <string>
#include <string_view>

namespace shoal::control {

// A stranger's name in an error: in quotes, printable, cut after 64 characters.
std::string quoted_name(std::string_view name);

}  // namespace shoal::control
