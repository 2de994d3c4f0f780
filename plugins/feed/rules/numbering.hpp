// Where a title says which episode it is.
#pragma once

#include "release.hpp"
#include "words.hpp"

#include <cstddef>

namespace shoal::feed_rules {

/// What numbers a release, from the word `first` up to the word `last`; first == last: nothing.
struct Numbering {
    std::size_t first = 0;
    std::size_t last = 0;
    Release says; // kind, season, episode …, date, revision

    [[nodiscard]] explicit operator bool() const { return last > first; }
};

/// The surest there is: S01E02 and 1x02 before dates, those before "season 2", those before "episode 12", "#12" and " - 12".
[[nodiscard]] Numbering find_numbering(const Words& words);

} // namespace shoal::feed_rules
