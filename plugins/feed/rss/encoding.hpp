// The octets of a feed as UTF-8. What is said about them (by the web server, by the document) is often wrong; what they look like
// counts more.
#pragma once

#include <shoal/bytes.hpp>

#include <string>
#include <string_view>

namespace shoal::rss {

struct Decoded {
    std::string text{}; // valid UTF-8, without a byte order mark
    std::string encoding{}; // as it was read
};

/// `content_type` is the header's value, or empty.
[[nodiscard]] Decoded decode_text(ByteView octets, std::string_view content_type = {});

} // namespace shoal::rss
