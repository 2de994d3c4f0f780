#include "key_names.hpp"

#include <shoal/alike.hpp>

#include <algorithm>
#include <array>

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

} // namespace

std::string meant_key(std::string_view wrong, const std::vector<std::string_view>& known, std::string_view where)
{
    const auto at = std::ranges::find_if(other_names, [&](const OtherName& one) { return one.where == where && one.wrong == wrong; });
    const auto meant = at != other_names.end() ? std::string(at->meant) : std::string(shoal::most_alike(wrong, known).value_or(""));
    return meant.empty() ? meant : std::string(where) + meant;
}

} // namespace shoal::feed_rules
