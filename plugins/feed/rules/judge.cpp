#include "judge.hpp"

#include "qb_rule.hpp"

#include <shoal/bytes.hpp>
#include <shoal/crc32c.hpp>
#include <shoal/name_glob.hpp>

#include <algorithm>

namespace shoal::feed_rules {
namespace {

constexpr const char* unknown = "unknown";
constexpr std::string_view not_recognised = "is recognised";
constexpr std::size_t longest_key = 200;

bool is_fine_unknown(const Rule& rule, std::string_view test)
{
    return rule.is_unknown_fine || std::ranges::find(rule.or_unknown, test) != rule.or_unknown.end();
}

bool is_ok(const Rule& rule, std::string_view test, Fit fit)
{
    return fit == Fit::yes || (fit == Fit::unknown && is_fine_unknown(rule, test));
}

std::string or_unknown(const Rule& rule, std::string_view test, std::string wanted)
{
    return is_fine_unknown(rule, test) ? wanted + ", or unknown" : wanted;
}

std::string joined(const std::vector<std::string>& texts, std::string_view between)
{
    std::string out;
    for (const auto& text : texts) out += (out.empty() ? "" : std::string(between)) + text;
    return out;
}

// One word for a shell, whatever is in it.
std::string shell_text(const std::string& text)
{
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string texts_of_all(const std::vector<Pattern>& patterns)
{
    std::string out;
    for (const auto& pattern : patterns) out += (out.empty() ? "" : " or ") + pattern.text();
    return out;
}

// The tests of one rule on one item; each says whether the next is to be made.
class Judge {
public:
    Judge(const Rule& rule, const Item& item, std::int64_t now, Sheet& sheet) : rule_(rule), item_(item), now_(now), sheet_(sheet) {}

    void run() const
    {
        if (!feeds() || !is_news()) return;
        const bool is_peeked = rule_.peeks && !item_.size; // then it is judged with the torrent in hand
        if (rule_.size && !is_peeked && !number("size", *rule_.size, item_.size)) return;
        if (rule_.seeders && !number("seeders", *rule_.seeders, item_.seeders)) return;
        if (rule_.age && !number("age", *rule_.age, item_.published ? std::optional(now_ - *item_.published) : std::nullopt)) return;
        if (!freeleech()) return;
        if (rule_.qb) return rule_.qb->judge(item_.title, sheet_);
        static_cast<void>(series() && movie() && episodes() && packs() && specials() && quality() && groups() && languages() && categories() && match() && reject());
    }

private:
    bool feeds() const
    {
        // One that is of no feed in particular, as somebody makes it up, is of any.
        const bool is_any = item_.feed.empty() && !rule_.feeds.empty();
        const bool is_one = is_any || std::ranges::any_of(rule_.feeds, [this](const std::string& glob) { return matches_name(glob, item_.feed); });
        return sheet_.note("feeds", is_one, [this] { return item_.feed.empty() ? "any" : item_.feed; }, [this] { return rule_.feeds.empty() ? "it names none" : joined(rule_.feeds, " or "); });
    }

    bool is_news() const
    {
        if (!item_.is_backlog) return true;
        return sheet_.note("backlog", false, [] { return "listed when the feed was read for the first time"; }, [] { return "something newer (first_run of the feed)"; });
    }

    bool number(std::string_view test, const Range& range, std::optional<std::int64_t> value) const
    {
        const auto fit = !value ? Fit::unknown : range.holds(*value) ? Fit::yes : Fit::no;
        return sheet_.note(test, is_ok(rule_, test, fit), [&] { return value ? quantity_text(*value, range.unit()) : unknown; },
                           [&] { return or_unknown(rule_, test, range.text()); });
    }

    bool freeleech() const
    {
        if (!rule_.is_freeleech) return true;
        const auto is_free = item_.is_freeleech;
        const auto fit = !is_free ? Fit::unknown : *is_free ? Fit::yes : Fit::no;
        return sheet_.note("freeleech", is_ok(rule_, "freeleech", fit), [is_free] { return !is_free ? unknown : *is_free ? "true" : "false"; },
                           [this] { return or_unknown(rule_, "freeleech", "true"); });
    }

    // "show 2019" wants that year, "show" takes any.
    bool is_named(const std::string& name) const
    {
        const auto& release = item_.release;
        if (name == release.name) return true;
        return release.year != 0 && name.size() == release.name.size() + 5 && name.starts_with(release.name)
               && name.ends_with(" " + std::to_string(release.year));
    }

    bool series() const
    {
        if (rule_.series.empty()) return true;
        const auto& release = item_.release;
        const bool is_known = release.kind != ReleaseKind::other && release.kind != ReleaseKind::movie;
        const bool is_one = is_known && std::ranges::any_of(rule_.series, [this](const auto& name) { return is_named(name); });
        const auto fit = is_one ? Fit::yes : is_known ? Fit::no : Fit::unknown;
        return sheet_.note("series", is_ok(rule_, "series", fit), [&] { return is_known ? release.name : "no season or episode is recognised"; },
                           [this] { return joined(rule_.series, " or "); });
    }

    // A title with an episode is of no film; one with neither may be.
    bool movie() const
    {
        if (rule_.movies.empty()) return true;
        const auto& release = item_.release;
        const bool is_film = release.kind == ReleaseKind::movie;
        const bool is_one = is_film && std::ranges::any_of(rule_.movies, [this](const auto& name) { return is_named(name); });
        const auto fit = is_one ? Fit::yes : release.kind == ReleaseKind::other ? Fit::unknown : Fit::no;
        return sheet_.note("movie", is_ok(rule_, "movie", fit),
                           [&] { return release.kind == ReleaseKind::other ? "no year is recognised" : release.name + " " + release.number(); },
                           [this] { return or_unknown(rule_, "movie", joined(rule_.movies, " or ")); });
    }

    bool packs() const
    {
        return one_of("packs", rule_.packs, item_.release.kind == ReleaseKind::season, "a whole season");
    }

    bool specials() const
    {
        const auto& release = item_.release;
        const bool has_season = release.kind == ReleaseKind::episode || release.kind == ReleaseKind::season;
        return one_of("specials", rule_.specials, has_season && release.season == 0, "a special");
    }

    bool one_of(std::string_view test, Which which, bool is_it, const char* what) const
    {
        if (which == Which::all) return true;
        const bool is_known = item_.release.kind != ReleaseKind::other;
        const auto fit = !is_known ? Fit::unknown : is_it == (which == Which::only) ? Fit::yes : Fit::no;
        return sheet_.note(test, is_ok(rule_, test, fit), [&] { return !is_known ? unknown : is_it ? std::string(what) : item_.release.number(); },
                           [&] { return or_unknown(rule_, test, which == Which::only ? what : std::string("not ") + what); });
    }

    bool episodes() const
    {
        if (!rule_.episodes) return true;
        return sheet_.note("episodes", is_ok(rule_, "episodes", rule_.episodes->fit(item_.release)),
                           [this] { return item_.release.number().empty() ? unknown : item_.release.number(); },
                           [this] { return or_unknown(rule_, "episodes", rule_.episodes->text()); });
    }

    bool quality() const
    {
        if (!rule_.quality) return true;
        return sheet_.note("quality", is_ok(rule_, "quality", rule_.quality->fit(item_.release.quality)),
                           [this] { return item_.release.quality.text(); }, [this] { return or_unknown(rule_, "quality", rule_.quality->text()); });
    }

    bool groups() const
    {
        if (rule_.groups.empty()) return true;
        const auto& group = item_.release.group;
        const auto fit = group.empty() ? Fit::unknown : std::ranges::find(rule_.groups, group) != rule_.groups.end() ? Fit::yes : Fit::no;
        return sheet_.note("groups", is_ok(rule_, "groups", fit), [&] { return group.empty() ? unknown : group; },
                           [this] { return or_unknown(rule_, "groups", joined(rule_.groups, " or ")); });
    }

    bool languages() const
    {
        if (rule_.languages == 0) return true;
        const auto spoken = item_.release.languages;
        const auto fit = spoken == 0 ? Fit::unknown : (spoken & rule_.languages) != 0 ? Fit::yes : Fit::no;
        return sheet_.note("languages", is_ok(rule_, "languages", fit), [spoken] { return language_names(spoken); },
                           [this] { return or_unknown(rule_, "languages", language_names(rule_.languages)); });
    }

    bool categories() const
    {
        if (rule_.categories.empty()) return true;
        const bool is_one = std::ranges::any_of(item_.categories, [this](const std::string& category) {
            const auto name = lower_case(category);
            return std::ranges::any_of(rule_.categories, [&name](const std::string& glob) { return matches_name(glob, name); });
        });
        const auto fit = item_.categories.empty() ? Fit::unknown : is_one ? Fit::yes : Fit::no;
        return sheet_.note("categories", is_ok(rule_, "categories", fit), [this] { return item_.categories.empty() ? unknown : joined(item_.categories, ", "); },
                           [this] { return or_unknown(rule_, "categories", joined(rule_.categories, " or ")); });
    }

    bool match() const
    {
        if (rule_.match.empty()) return true;
        const bool is_one = std::ranges::any_of(rule_.match, [this](const Pattern& pattern) { return pattern.matches(item_.title, item_.words); });
        return sheet_.note("match", is_one,
                           [&] { return is_one ? item_.title : item_.title + " (without " + rule_.match.front().missing(item_.title, item_.words) + ")"; },
                           [this] { return texts_of_all(rule_.match); });
    }

    bool reject() const
    {
        if (rule_.reject.empty()) return true;
        const auto at = std::ranges::find_if(rule_.reject, [this](const Pattern& pattern) { return pattern.matches(item_.title, item_.words); });
        const bool is_none = at == rule_.reject.end();
        return sheet_.note("reject", is_none, [&] { return is_none ? item_.title : item_.title + " (with " + at->text() + ")"; },
                           [this] { return "not " + texts_of_all(rule_.reject); });
    }

    const Rule& rule_;
    const Item& item_;
    std::int64_t now_;
    Sheet& sheet_;
};

std::string key_by(SeenBy by, const Item& item)
{
    switch (by) {
    case SeenBy::guid: return item.name();
    case SeenBy::url: return item.url.empty() ? item.name() : item.url;
    case SeenBy::hash: return item.info_hash.empty() ? item.name() : item.info_hash;
    case SeenBy::title: return item.words.phrase(0, item.words.all.size());
    case SeenBy::release: break;
    }
    return item.release.identity(item.words);
}

} // namespace

void judge(const Rule& rule, const Item& item, std::int64_t now, Sheet& sheet) { Judge(rule, item, now, sheet).run(); }

bool accepts(const Rule& rule, const Item& item, std::int64_t now)
{
    Sheet sheet;
    judge(rule, item, now, sheet);
    return sheet.is_passed();
}

std::string key_of(const Rule& rule, const Item& item)
{
    auto key = rule.qb ? key_by(SeenBy::url, item) : key_by(rule.seen_by, item);
    if (key.empty()) key = item.name().empty() ? "?" : item.name();
    if (key.size() > longest_key) key = std::string(cut(key, longest_key)) + "#" + std::to_string(crc32c(as_bytes(key)));
    return rule.is_seen_by_all && !rule.qb ? key : rule.name + ": " + key;
}

std::size_t preference_of(const Rule& rule, const Item& item)
{
    const auto is_met = [&item](const Preference& preference) {
        if (preference.quality) return preference.quality->fit(item.release.quality) == Fit::yes;
        return preference.pattern->matches(item.title, item.words);
    };
    return static_cast<std::size_t>(std::ranges::find_if(rule.prefer, is_met) - rule.prefer.begin());
}

std::string cheapest_change(const Rule& rule, const std::vector<Finding>& trace, const std::string& key)
{
    std::string out;
    for (const auto& finding : trace) {
        if (finding.is_ok) continue;
        const bool names_it = finding.test == "series" || finding.test == "movie";
        if (names_it && finding.got.ends_with(not_recognised)) return "rule " + rule.name + ": nothing: it is for " + finding.wanted + ", and in this title " + finding.got;
        const bool is_unknown = finding.got == unknown || finding.got.ends_with(not_recognised);
        std::string one;
        if (finding.test == "seen") one = "forget that it was taken: shoal ctl call seen.forget " + shell_text("key=" + key);
        else if (finding.test == "smart") one = "forget its episode: shoal ctl call seen.list " + shell_text("contains=" + rule.name) + " has the key for seen.forget, or seen_episodes has it";
        else if (finding.test == "backlog") one = "add it by hand: the feed's first_run left it out";
        else if (finding.test == "enabled") one = "set enabled to true";
        else if (finding.test == "limit") one = "raise limit, or wait";
        else if (finding.test == "where") one = "change what where says: " + finding.got;
        else if (finding.test == "source") one = "nothing: the feed names nothing to add";
        else if (is_unknown) one = "let " + finding.test + " be unknown: or_unknown = { \"" + finding.test + "\" }";
        else one = "let " + finding.test + " take " + finding.got + " (it wants " + finding.wanted + ")";
        out += (out.empty() ? "" : ", and ") + one;
    }
    return out.empty() ? out : "rule " + rule.name + ": " + out;
}

} // namespace shoal::feed_rules
