// What a feed means by a text: HTML, HTML in XML, XML in HTML in XML.
#pragma once

#include <string>
#include <string_view>

namespace shoal::rss {

/// HTML's entities, as far as feeds use them, and numbers become characters; what is none stays as it is.
[[nodiscard]] std::string decode_entities(std::string_view text);

/// One line: entities decoded, tags left out, blanks and control characters as one space; at most so many octets, never half a
/// character.
[[nodiscard]] std::string plain_line(std::string_view text, std::size_t longest);

} // namespace shoal::rss
