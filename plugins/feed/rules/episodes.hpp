// Which episodes a rule wants: "s02e03-" (from there on), "s01e05-s02e10", "s02", "2x03-2x08", "12-" (counted from the first). Several
// are parted by commas or blanks. Or as qBittorrent has it: "2x3-8;10-;".
#pragma once

#include "release.hpp"

#include <shoal/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shoal::feed_rules {

class EpisodesWish {
public:
    /// Errors: invalid_argument.
    static Result<EpisodesWish> parse(std::string_view text);

    /// Unknown: the title has no number. A release of several episodes fits when one of them does, a whole season when all of it does.
    [[nodiscard]] Fit fit(const Release& release) const;
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    struct Place {
        int season = 0;
        int episode = 0; // 0: the season's first
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    struct Span {
        bool is_absolute = false;
        Place first;
        Place last;
    };
    struct Reader;

    std::string text_;
    std::vector<Span> spans_;
};

} // namespace shoal::feed_rules
