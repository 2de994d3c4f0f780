// Text as rules see it: lower case, and cut into words. What parts words in titles (spaces, dots, dashes, brackets …) is one space here;
// an apostrophe is nothing, "&" is the word "and".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::feed_rules {

/// Lower case where that is one character for one of the same length in octets: ASCII, Latin-1, Greek, Cyrillic.
[[nodiscard]] std::string lower_case(std::string_view text);

/// One word of a title, and how it is set apart from the one before it.
struct Word {
    std::uint32_t at = 0;     // in Words::text
    std::uint32_t size = 0;
    std::uint32_t begin = 0;  // in the title
    std::uint32_t end = 0;
    bool is_after_dash = false; // " - "
    bool is_joined = false;     // "-" with nothing around it
    bool is_after_hash = false; // "#"
    std::uint8_t bracket = 0;   // the number of the bracket that it stands in; 0: none
};

/// " field notes s01e02 720p ": each word between two spaces, so that a phrase is found as a text.
struct Words {
    std::string text = " ";
    std::vector<Word> all;

    [[nodiscard]] std::string_view operator[](std::size_t index) const
    {
        return std::string_view(text).substr(all[index].at, all[index].size);
    }
    /// Those from `first` up to `last`, with a space between two.
    [[nodiscard]] std::string phrase(std::size_t first, std::size_t last) const;
};

[[nodiscard]] Words words_of(std::string_view title);

/// The same without the spaces at its ends, for what is compared as a whole: a series' name.
[[nodiscard]] std::string plain_words(std::string_view text);

/// The beginning of a text, at most so many octets, and no half character.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t most);

} // namespace shoal::feed_rules
