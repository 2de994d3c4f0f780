#include "key_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace shoal::feed_rules {
namespace {

struct OtherName {
    std::string_view where;
    std::string_view wrong;
    std::string_view meant;
};

constexpr std::array other_names{
    OtherName{"", "lang", "languages"},      OtherName{"", "langs", "languages"},      OtherName{"", "group", "groups"},
    OtherName{"", "category", "categories"}, OtherName{"", "film", "movie"},           OtherName{"", "films", "movie"},
    OtherName{"", "show", "series"},         OtherName{"", "shows", "series"},         OtherName{"", "include", "match"},
    OtherName{"", "exclude", "reject"},      OtherName{"", "regex", "match"},          OtherName{"", "season_packs", "packs"},
    OtherName{"", "label", "add.label"},     OtherName{"", "labels", "add.labels"},    OtherName{"", "tags", "add.label"},
    OtherName{"", "dir", "add.folder"},      OtherName{"", "folder", "add.folder"},    OtherName{"", "path", "add.folder"},
    OtherName{"", "strategy", "add.pickers"}, OtherName{"", "pickers", "add.pickers"}, OtherName{"", "ratio", "add.ratio"},
    OtherName{"", "paused", "add.paused"},   OtherName{"", "resolution", "quality"},   OtherName{"", "tracker", "feeds"},
    OtherName{"add.", "dir", "folder"},      OtherName{"add.", "path", "folder"},      OtherName{"add.", "save_path", "folder"},
    OtherName{"add.", "strategy", "pickers"}, OtherName{"add.", "picker", "pickers"},  OtherName{"add.", "category", "label"},
    OtherName{"add.", "tag", "label"},       OtherName{"add.", "tags", "label"},       OtherName{"add.", "files", "select"},
    OtherName{"add.", "stopped", "paused"},  OtherName{"add.", "seed", "ratio"},
};

std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

std::string nearest_key(std::string_view wrong, const std::vector<std::string_view>& known)
{
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(wrong.size() / 2, 1) + 1;
    for (const auto key : known) {
        const auto steps = distance(wrong.substr(0, 40), key);
        if (steps < least) least = steps, nearest = key;
    }
    return std::string(nearest);
}

} // namespace

std::string meant_key(std::string_view wrong, const std::vector<std::string_view>& known, std::string_view where)
{
    const auto at = std::ranges::find_if(other_names, [&](const OtherName& one) { return one.where == where && one.wrong == wrong; });
    const auto meant = at != other_names.end() ? std::string(at->meant) : nearest_key(wrong, known);
    return meant.empty() ? meant : std::string(where) + meant;
}

} // namespace shoal::feed_rules
