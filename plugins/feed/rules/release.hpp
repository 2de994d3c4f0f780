// What the title of a release says about it: which series and episode, or which film, how good, by whom. A title is a stranger's text
// and means what people are used to write; what is not recognised is unknown, never an error.
#pragma once

#include "quality.hpp"
#include "words.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::feed_rules {

enum class ReleaseKind : std::uint8_t {
    other,    // no episode and no year: named by all its words
    episode,  // of a season: season, episode, last_episode
    season,   // a whole one, or several: season, last_season
    absolute, // an episode counted from the first: episode, last_episode
    daily,    // of a day: date
    movie,    // name and year
};

/// The bits of Release::languages.
enum Language : std::uint32_t {
    english = 1, german = 2, french = 4, spanish = 8, italian = 16, dutch = 32, portuguese = 64, russian = 128, polish = 256,
    japanese = 512, korean = 1024, chinese = 2048, swedish = 4096, danish = 8192, norwegian = 16384, finnish = 32768,
    hindi = 65536, multi = 131072,
};

[[nodiscard]] std::uint32_t language_named(std::string_view word);
[[nodiscard]] std::string language_names(std::uint32_t languages);

struct Release {
    ReleaseKind kind = ReleaseKind::other;
    std::string name;       // words: "field notes"
    int season = 0;
    int last_season = 0;
    int episode = 0;
    int last_episode = 0;
    int date = 0;           // 20240105
    int year = 0;           // 0: unknown
    int revision = 0;       // 1: proper, repack or v2; more: more of them
    Quality quality;
    std::uint32_t languages = 0;
    std::string group;      // lower case

    /// The same for all releases of one thing: "field notes/s01e02", "field notes/2024-01-05", "some film/2021". `words` are the title's.
    [[nodiscard]] std::string identity(const Words& words) const;
    /// "S01E02", "season 1", "#12", "2024-01-05", "2021"; empty: none.
    [[nodiscard]] std::string number() const;
};

[[nodiscard]] Release parse_release(std::string_view title, const Words& words);

} // namespace shoal::feed_rules
