#include "control/alike.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

namespace shoal::control {

std::string quoted_name(std::string_view name)
{
    constexpr std::size_t longest = 64;
    return fmt::format("'{}'", printable(name, longest));
}

}  // namespace shoal::control
