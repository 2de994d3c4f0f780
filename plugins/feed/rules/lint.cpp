#include "lint.hpp"

#include <shoal/name_glob.hpp>

#include <algorithm>
#include <string_view>

namespace shoal::feed_rules {
namespace {

constexpr std::size_t most_compared = 300; // with those before them: few have as many, and it is to be over soon

bool has(const std::vector<std::string>& all, std::string_view one) { return std::ranges::find(all, one) != all.end(); }

bool lets_be_unknown(const Rule& rule, std::string_view test) { return rule.is_unknown_fine || has(rule.or_unknown, test); }

// ---- one that can never match ---------------------------------------------------------------------------------------------

bool is_covered(const Pattern& pattern, const std::vector<Pattern>& by)
{
    return std::ranges::any_of(by, [&pattern](const Pattern& one) { return one.covers(pattern); });
}

// What every title of the series or the film has in it. One with a year may have it elsewhere.
bool is_name_rejected(const std::string& name, const std::vector<Pattern>& reject)
{
    const auto last = name.substr(name.rfind(' ') + 1);
    const bool may_have_year = last.size() == 4 && last.find_first_not_of("0123456789") == last.npos;
    const auto phrase = Pattern::parse("\"" + name + "\"");
    return !may_have_year && phrase && is_covered(*phrase, reject);
}

// Empty: it may match.
std::string why_never(const Rule& rule)
{
    const auto is_known = [&rule](std::string_view test) { return !lets_be_unknown(rule, test); };
    const auto is_rejected = [&rule](const std::string& name) { return is_name_rejected(name, rule.reject); };
    if (!rule.match.empty() && std::ranges::all_of(rule.match, [&rule](const Pattern& one) { return is_covered(one, rule.reject); })) {
        return "reject takes out whatever match lets in";
    }
    if (!rule.series.empty() && is_known("series") && std::ranges::all_of(rule.series, is_rejected)) return "reject takes out the names in series";
    if (!rule.movies.empty() && is_known("movie") && std::ranges::all_of(rule.movies, is_rejected)) return "reject takes out the names in movie";
    if (!rule.series.empty() && !rule.movies.empty() && is_known("series")) {
        return "a title is of a series or of a film, never both: write two rules";
    }
    if (!rule.movies.empty() && is_known("movie")) {
        if (rule.episodes && is_known("episodes")) return "a film has no episodes";
        if (rule.packs == Which::only || rule.specials == Which::only) return "a film has neither packs nor specials";
    }
    return {};
}

// ---- one that another takes everything from -------------------------------------------------------------------------------

// Of lists of which one must fit: nothing in it lets everything through.
template <class Fits>
bool is_within(std::size_t narrow, std::size_t wide, Fits all_narrow_fit)
{
    return wide == 0 || (narrow > 0 && all_narrow_fit());
}

bool is_within(const std::vector<std::string>& narrow, const std::vector<std::string>& wide)
{
    return is_within(narrow.size(), wide.size(), [&] { return std::ranges::all_of(narrow, [&wide](const std::string& one) { return has(wide, one); }); });
}

template <class T>
bool is_within(const std::optional<T>& narrow, const std::optional<T>& wide)
{
    return !wide || (narrow && narrow->text() == wide->text());
}

bool is_within(Which narrow, Which wide) { return wide == Which::all || narrow == wide; }

bool are_feeds_within(const Rule& later, const Rule& earlier)
{
    return std::ranges::all_of(later.feeds, [&earlier](const std::string& glob) { return has(earlier.feeds, glob) || has(earlier.feeds, "*"); });
}

bool are_names_within(const Rule& later, const Rule& earlier)
{
    const bool is_match_within = is_within(later.match.size(), earlier.match.size(), [&] {
        return std::ranges::all_of(later.match, [&earlier](const Pattern& one) { return is_covered(one, earlier.match); });
    });
    const bool rejects_no_more = std::ranges::all_of(earlier.reject, [&later](const Pattern& one) { return is_covered(one, later.reject); });
    return is_match_within && rejects_no_more && is_within(later.series, earlier.series) && is_within(later.movies, earlier.movies);
}

bool are_tests_within(const Rule& later, const Rule& earlier)
{
    const bool are_languages = earlier.languages == 0 || (later.languages != 0 && (later.languages & ~earlier.languages) == 0);
    const bool is_size = is_within(later.size, earlier.size) && !(later.peeks && earlier.size); // who peeks lets it be unknown
    return are_languages && is_size && is_within(later.episodes, earlier.episodes) && is_within(later.quality, earlier.quality)
           && is_within(later.age, earlier.age) && is_within(later.seeders, earlier.seeders)
           && is_within(later.groups, earlier.groups) && is_within(later.categories, earlier.categories) && is_within(later.packs, earlier.packs)
           && is_within(later.specials, earlier.specials) && (later.is_freeleech || !earlier.is_freeleech);
}

bool is_unknown_within(const Rule& later, const Rule& earlier)
{
    if (earlier.is_unknown_fine) return true;
    return !later.is_unknown_fine && std::ranges::all_of(later.or_unknown, [&earlier](const std::string& test) { return has(earlier.or_unknown, test); });
}

// What the earlier one passes over because it was taken before, the later one does, too.
bool is_memory_within(const Rule& later, const Rule& earlier)
{
    const bool is_shared = earlier.is_seen_by_all && later.is_seen_by_all && earlier.seen_by == later.seen_by;
    const bool are_propers = !later.takes_propers || (earlier.takes_propers && earlier.propers_within == later.propers_within);
    return is_shared && are_propers && !later.upgrades;
}

bool is_same_but_for_name(const Rule& a, const Rule& b) { return !a.has_where && !b.has_where && a.written == b.written; }

std::string taken_by(const Rule& rule, const Rule& earlier)
{
    if (is_same_but_for_name(rule, earlier)) return "it is the same as rule " + earlier.name + " but for its name";
    if (takes_all_of(earlier, rule)) return "it takes nothing: rule " + earlier.name + " is tried before it, and takes whatever it would";
    return {};
}

} // namespace

bool takes_all_of(const Rule& earlier, const Rule& later)
{
    const bool is_sure = earlier.is_enabled && !earlier.is_shadow && !earlier.has_where && !earlier.peeks && !earlier.limit && !earlier.qb && !later.qb;
    return is_sure && !later.feeds.empty() && are_feeds_within(later, earlier) && are_names_within(later, earlier)
           && are_tests_within(later, earlier) && is_unknown_within(later, earlier) && is_memory_within(later, earlier);
}

std::vector<std::string> lint(const std::vector<Rule>& rules, const std::string& source)
{
    std::vector<std::string> problems;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto& rule = rules[i];
        if (rule.source != source) continue;
        const auto say = [&](const std::string& what) {
            if (!what.empty()) problems.push_back("rule " + rule.name + ": " + what);
            return !what.empty();
        };
        const auto never = why_never(rule);
        if (say(never.empty() ? never : "it can never match: " + never) || !rule.is_enabled) continue;
        for (std::size_t j = 0; i < most_compared && j < i; ++j) {
            if (say(taken_by(rule, rules[j]))) break;
        }
    }
    return problems;
}

std::vector<std::string> unknown_feeds(const std::vector<Rule>& rules, const std::vector<std::string>& feeds)
{
    std::vector<std::string> problems;
    for (const auto& rule : rules) {
        for (const auto& glob : rule.feeds) {
            const bool is_known = glob == "*" || std::ranges::any_of(feeds, [&glob](const std::string& feed) { return matches_name(glob, feed); });
            if (!is_known) problems.push_back("rule " + rule.name + ": feeds: no feed is called " + glob + "; feeds.list has those there are");
        }
    }
    return problems;
}

} // namespace shoal::feed_rules
