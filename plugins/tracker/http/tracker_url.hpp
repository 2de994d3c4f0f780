// The URLs that this plug-in asks; README.md has the rules and what they cannot see.
#pragma once

#include <shoal/result.hpp>
#include <shoal/tracker_url.hpp>

#include <string_view>
#include <utility>

namespace shoal::http_tracker {

/// The path begins with '/'. Errors: as TrackerUrl::parse().
[[nodiscard]] inline Result<TrackerUrl> parse_url(std::string_view text)
{
    auto url = TrackerUrl::parse(text, {"http", "https"});
    if (url && url->path.empty()) url->path = "/";
    return url;
}

} // namespace shoal::http_tracker
