// Keys that an author wrote and there are not: which one was meant?
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal::feed_rules {

/// What other programs call it, and what it is called here: "lang" is languages, "dir" is add.folder. Else the known one that is most like it,
/// and empty when nothing is; behind `where`, which is what the keys stand in: "", "add.", "seen.".
[[nodiscard]] std::string meant_key(std::string_view wrong, const std::vector<std::string_view>& known, std::string_view where);

} // namespace shoal::feed_rules
