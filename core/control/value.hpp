#pragma once

#include <shoal/value.hpp>

namespace shoal::control {

using shoal::Value;

}  // namespace shoal::control
