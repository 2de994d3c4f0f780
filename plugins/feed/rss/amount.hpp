// Numbers that feeds write for people: "1.37 GiB", "1,234".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace shoal::rss {

/// A whole number that is not negative; commas, spaces and dots between thousands. None is beyond 10^18.
[[nodiscard]] std::optional<std::int64_t> parse_count(std::string_view text);
/// Octets. Without a unit a whole number; KB is a thousand of them and KiB 1,024.
[[nodiscard]] std::optional<std::int64_t> parse_octets(std::string_view text);
/// What is said after "size:" in a text of many words.
[[nodiscard]] std::optional<std::int64_t> find_octets(std::string_view text);

} // namespace shoal::rss
