#include "episodes.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace shoal::feed_rules {
namespace {

constexpr int no_end = std::numeric_limits<int>::max();
constexpr int no_season = -1; // counted from the first

// "1x2-8;10-;" as qBittorrent has it: the season, and what is parted by ';' is of it. In our terms: "s1e2-e8 s1e10- ".
Result<std::string> from_filter(const std::string& filter)
{
    const auto cross = filter.find('x');
    const bool is_one = cross != filter.npos && cross > 0 && filter.find_first_not_of("0123456789") == cross
                        && filter.find_first_not_of("0123456789-;", cross + 1) == filter.npos;
    if (!is_one) return make_error(Errc::invalid_argument, "'" + filter + "' is no filter of episodes: write something like 1x2-8;10-;");
    if (!filter.ends_with(';')) return make_error(Errc::invalid_argument, "'" + filter + "' has no ';' at its end: write 1x2-8;10-;");
    std::string terms;
    for (std::size_t at = cross + 1; at < filter.size();) {
        const auto end = filter.find(';', at);
        auto item = filter.substr(at, end - at);
        if (const auto dash = item.find('-'); dash != item.npos && dash + 1 < item.size()) item.insert(dash + 1, "e");
        if (!item.empty()) terms += "s" + filter.substr(0, cross) + "e" + item + " ";
        at = end + 1;
    }
    return terms;
}

} // namespace

// One term, from its front to its end.
struct EpisodesWish::Reader {
    std::string_view rest;

    bool take(char c)
    {
        if (rest.empty() || rest.front() != c) return false;
        rest.remove_prefix(1);
        return true;
    }

    std::optional<int> number()
    {
        int value = 0;
        std::size_t size = 0;
        while (size < rest.size() && size < 5 && rest[size] >= '0' && rest[size] <= '9') value = value * 10 + (rest[size++] - '0');
        if (size == 0 || size == 5) return std::nullopt;
        rest.remove_prefix(size);
        return value;
    }

    // "s02", "s02e03", "2x03"; and after a dash "e05" or "05" of the season before it.
    std::optional<Place> place(bool& is_whole_season, std::optional<int> season_before)
    {
        is_whole_season = false;
        if (take('s')) {
            const auto season = number();
            if (!season) return std::nullopt;
            is_whole_season = !take('e');
            if (is_whole_season) return Place{*season, 0};
            const auto episode = number();
            return episode ? std::optional(Place{*season, *episode}) : std::nullopt;
        }
        const bool is_marked = take('e');
        const auto first = number();
        if (!first) return std::nullopt;
        if (!is_marked && take('x')) {
            const auto episode = number();
            return episode ? std::optional(Place{*first, *episode}) : std::nullopt;
        }
        return Place{season_before.value_or(no_season), *first};
    }

    std::optional<Span> span()
    {
        bool is_whole = false;
        const auto first = place(is_whole, std::nullopt);
        if (!first) return std::nullopt;
        Span span{.is_absolute = first->season == no_season, .first = *first, .last = *first};
        if (is_whole) span.last.episode = no_end;
        if (!take('-')) return rest.empty() ? std::optional(span) : std::nullopt;
        if (rest.empty()) {
            span.last = {no_end, no_end};
            return span;
        }
        bool is_last_whole = false;
        const auto last = place(is_last_whole, first->season);
        if (!last || !rest.empty() || *last < *first) return std::nullopt;
        span.last = is_last_whole ? Place{last->season, no_end} : *last;
        return span;
    }
};

Result<EpisodesWish> EpisodesWish::parse(std::string_view text)
{
    EpisodesWish wish;
    wish.text_ = text;
    auto terms = lower_case(text);
    if (terms.find(';') != terms.npos) {
        auto filter = from_filter(terms);
        if (!filter) return filter.error();
        terms = std::move(*filter);
    }
    for (std::size_t at = 0; at < terms.size();) {
        const auto end = std::min(terms.find_first_of(" ,", at), terms.size());
        if (end > at) {
            const auto term = terms.substr(at, end - at);
            const auto span = Reader{term}.span();
            if (!span) {
                return make_error(Errc::invalid_argument, "'" + term + "' says nothing of episodes: write something like s02, s02e03-, s01e05-s02e10, 2x03-2x08 or 12-");
            }
            wish.spans_.push_back(*span);
        }
        at = end + 1;
    }
    if (wish.spans_.empty()) return make_error(Errc::invalid_argument, "no episodes: write something like s02e03-");
    return wish;
}

Fit EpisodesWish::fit(const Release& release) const
{
    const bool is_season = release.kind == ReleaseKind::season;
    const bool is_absolute = release.kind == ReleaseKind::absolute;
    if (!is_season && !is_absolute && release.kind != ReleaseKind::episode) return Fit::unknown;
    const int season = is_absolute ? no_season : release.season;
    const Place first{season, is_season ? 0 : release.episode};
    const Place last = is_season ? Place{release.last_season, no_end} : Place{season, release.last_episode};
    for (const auto& span : spans_) {
        if (span.is_absolute != is_absolute) continue;
        const bool starts_at_front = span.first.episode <= 1 ? span.first.season <= first.season : span.first < first;
        if (is_season ? starts_at_front && last <= span.last : first <= span.last && last >= span.first) return Fit::yes;
    }
    return Fit::no;
}

} // namespace shoal::feed_rules
