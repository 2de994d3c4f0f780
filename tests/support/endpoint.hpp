#pragma once

#include <shoal/endpoint.hpp>

#include <string_view>

namespace shoal::test {

inline Endpoint endpoint(std::string_view text) { return Endpoint::parse(text).value(); }

}  // namespace shoal::test
