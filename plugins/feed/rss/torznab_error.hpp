// What a Torznab indexer says no with: <error code="100" description="…"/>.
#pragma once

#include <shoal/result.hpp>

#include <string_view>

namespace shoal::rss {

/// Errors alone: permission_denied (100–199: the key), unsupported (201–203: what it cannot search for), limit_exceeded (500, 501),
/// refused; each with what it says and what a person can do.
[[nodiscard]] Error torznab_error(std::string_view xml);

} // namespace shoal::rss
