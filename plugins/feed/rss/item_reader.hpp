// From the elements of one item to what it says. Feeds of torrents agree on little: this is the list of what they were seen to do.
#pragma once

#include "item.hpp"
#include "xml.hpp"

#include <shoal/web_url.hpp>

#include <optional>

namespace shoal::rss {

/// `base`: what its links are relative to. None: it has neither a title nor anything else to know it by.
[[nodiscard]] std::optional<Item> read_item(const XmlPiece& piece, const std::optional<WebUrl>& base);

/// Where a link leads. None: it is no web address, or leads from the internet into the local network.
[[nodiscard]] std::optional<WebUrl> linked(std::string_view link, const std::optional<WebUrl>& base);

/// A link as it can be followed: whole, or empty if it is none. Magnet links stay as they are.
[[nodiscard]] std::string whole_link(std::string_view link, const std::optional<WebUrl>& base);

} // namespace shoal::rss
