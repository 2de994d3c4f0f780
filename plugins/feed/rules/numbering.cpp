#include "numbering.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace shoal::feed_rules {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes digits off the front; nothing when there are none, or more than `most`.
std::optional<int> take_number(std::string_view& text, std::size_t most)
{
    std::size_t size = 0;
    int number = 0;
    while (size < text.size() && is_digit(text[size])) {
        if (++size > most) return std::nullopt;
        number = number * 10 + (text[size - 1] - '0');
    }
    if (size == 0) return std::nullopt;
    text.remove_prefix(size);
    return number;
}

bool take(std::string_view& text, std::string_view part)
{
    if (!text.starts_with(part)) return false;
    text.remove_prefix(part.size());
    return true;
}

std::optional<int> whole_number(std::string_view text, std::size_t most)
{
    const auto number = take_number(text, most);
    return text.empty() ? number : std::nullopt;
}

// "v2" at the end of a number: the second edition is the first revision.
bool take_version(std::string_view& text, int& revision)
{
    if (text.empty()) return true;
    if (!take(text, "v")) return false;
    const auto version = take_number(text, 1);
    if (version && *version > 1) revision = *version - 1;
    return version && text.empty();
}

bool is_year(int number) { return number >= 1900 && number <= 2099; }

class Finder {
public:
    explicit Finder(const Words& words) : words_(words) {}

    Numbering find()
    {
        using Look = Numbering (Finder::*)(std::size_t) const;
        constexpr std::array<Look, 8> looks{&Finder::season_episode, &Finder::cross, &Finder::date,  &Finder::named_season,
                                            &Finder::season_alone,   &Finder::named_episode, &Finder::part_of, &Finder::bare};
        for (const auto look : looks) {
            for (std::size_t i = 0; i < words_.all.size(); ++i) {
                if (auto found = (this->*look)(i)) return found;
            }
        }
        return {};
    }

private:
    std::string_view word(std::size_t index) const { return index < words_.all.size() ? words_[index] : std::string_view(); }
    bool is_joined(std::size_t index) const { return index < words_.all.size() && words_.all[index].is_joined; }

    // "…E02" and what follows: "E03", "-E03", "-03", each a later episode of the same release.
    void more_episodes(Numbering& found, std::string_view rest) const
    {
        auto& says = found.says;
        while (take(rest, "e")) {
            if (const auto later = take_number(rest, 4)) says.last_episode = std::max(says.last_episode, *later);
        }
        take_version(rest, says.revision);
        while (is_joined(found.last)) {
            auto next = word(found.last);
            const bool is_marked = take(next, "e");
            const auto later = whole_number(next, is_marked ? 4 : 3);
            if (!later || *later <= says.last_episode) return;
            says.last_episode = *later;
            ++found.last;
        }
    }

    static Numbering episode(std::size_t first, std::size_t last, int season, int number)
    {
        Numbering found{.first = first, .last = last, .says = {}};
        found.says.kind = ReleaseKind::episode;
        found.says.season = found.says.last_season = season;
        found.says.episode = found.says.last_episode = number;
        return found;
    }

    // S01E02, S01E02E03, S01 E02, S01.EP02
    Numbering season_episode(std::size_t i) const
    {
        auto rest = word(i);
        if (!take(rest, "s")) return {};
        const auto season = take_number(rest, 4);
        if (!season) return {};
        std::size_t last = i + 1;
        if (rest.empty()) rest = word(last++);
        if (!take(rest, "ep") && !take(rest, "e")) return {};
        const auto number = take_number(rest, 4);
        if (!number) return {};
        auto found = episode(i, last, *season, *number);
        more_episodes(found, rest);
        return found;
    }

    // 1x02, 1x02-03
    Numbering cross(std::size_t i) const
    {
        auto rest = word(i);
        const auto season = take_number(rest, 2);
        if (!season || !take(rest, "x")) return {};
        const auto number = take_number(rest, 3);
        if (!number || !(rest.empty() || rest.front() == 'v')) return {};
        auto found = episode(i, i + 1, *season, *number);
        more_episodes(found, rest);
        return found;
    }

    // 2024.01.05 and 05.01.2024
    Numbering date(std::size_t i) const
    {
        if (i + 2 >= words_.all.size()) return {};
        const auto first = whole_number(word(i), 4);
        const auto month = whole_number(word(i + 1), 2);
        const auto last = whole_number(word(i + 2), 4);
        if (!first || !month || !last || *month < 1 || *month > 12) return {};
        const bool is_year_first = is_year(*first) && word(i).size() == 4;
        const int year = is_year_first ? *first : *last;
        const int day = is_year_first ? *last : *first;
        if (!is_year(year) || day < 1 || day > 31) return {};
        Numbering found{.first = i, .last = i + 3, .says = {}};
        found.says.kind = ReleaseKind::daily;
        found.says.date = year * 10000 + *month * 100 + day;
        return found;
    }

    static Numbering seasons(std::size_t first, std::size_t last, int season, int last_season)
    {
        Numbering found{.first = first, .last = last, .says = {}};
        found.says.kind = ReleaseKind::season;
        found.says.season = season;
        found.says.last_season = std::max(season, last_season);
        return found;
    }

    // "Season 2", "Season 2 Episode 3", "Seasons 1-3"
    Numbering named_season(std::size_t i) const
    {
        constexpr std::array names{"season", "seasons", "saison", "staffel", "temporada", "stagione"};
        if (std::ranges::find(names, word(i)) == names.end()) return {};
        const auto season = whole_number(word(i + 1), 2);
        if (!season) return {};
        if (const auto number = whole_number(word(i + 3), 4); number && is_episode_word(word(i + 2))) {
            return episode(i, i + 4, *season, *number);
        }
        const auto later = is_joined(i + 2) ? whole_number(word(i + 2), 2) : std::nullopt;
        return seasons(i, later ? i + 3 : i + 2, *season, later.value_or(*season));
    }

    // S02, S01-S03, S2 - 05
    Numbering season_alone(std::size_t i) const
    {
        auto rest = word(i);
        if (i == 0 || !take(rest, "s")) return {};
        const auto season = whole_number(rest, 2);
        if (!season) return {};
        if (auto found = bare(i + 1)) {
            auto numbered = episode(i, found.last, *season, found.says.episode);
            numbered.says.revision = found.says.revision;
            return numbered;
        }
        auto next = word(i + 1);
        if (is_joined(i + 1)) take(next, "s");
        const auto later = is_joined(i + 1) ? whole_number(next, 2) : std::nullopt;
        return seasons(i, later ? i + 2 : i + 1, *season, later.value_or(*season));
    }

    static bool is_episode_word(std::string_view word)
    {
        constexpr std::array names{"episode", "ep", "folge", "episodio", "avsnitt"};
        return std::ranges::find(names, word) != names.end();
    }

    static Numbering absolute(std::size_t first, std::size_t last, int number)
    {
        Numbering found{.first = first, .last = last, .says = {}};
        found.says.kind = ReleaseKind::absolute;
        found.says.episode = found.says.last_episode = number;
        return found;
    }

    // "Episode 12", "Ep12", "E12", "#12"
    Numbering named_episode(std::size_t i) const
    {
        if (is_episode_word(word(i))) {
            if (const auto number = whole_number(word(i + 1), 4)) return absolute(i, i + 2, *number);
        }
        auto rest = word(i);
        const bool is_marked = words_.all[i].is_after_hash || (i > 0 && (take(rest, "ep") || take(rest, "e")));
        const auto number = is_marked ? take_number(rest, 4) : std::nullopt;
        if (!number) return {};
        auto found = absolute(i, i + 1, *number);
        return take_version(rest, found.says.revision) ? found : Numbering{};
    }

    // "2of6", "2 of 6"
    Numbering part_of(std::size_t i) const
    {
        auto rest = word(i);
        const auto number = take_number(rest, 3);
        if (!number) return {};
        if (rest.empty() && word(i + 1) == "of" && whole_number(word(i + 2), 3)) return absolute(i, i + 3, *number);
        return take(rest, "of") && whole_number(rest, 3) ? absolute(i, i + 1, *number) : Numbering{};
    }

    // " - 12", " - 12v2", and "[12]" after a name in brackets; no year.
    Numbering bare(std::size_t i) const
    {
        if (i == 0 || i >= words_.all.size()) return {};
        const auto& place = words_.all[i];
        auto rest = word(i);
        const auto digits = rest.size();
        const auto number = take_number(rest, 4);
        if (!number || (is_year(*number) && digits == 4)) return {};
        if (!place.is_after_dash && !is_alone_in_bracket(i)) return {};
        auto found = absolute(i, i + 1, *number);
        if (!take_version(rest, found.says.revision)) return {};
        const auto later = is_joined(i + 1) ? whole_number(word(i + 1), 4) : std::nullopt;
        if (!later || *later <= *number) return found;
        found.says.last_episode = *later;
        ++found.last;
        return found;
    }

    bool is_alone_in_bracket(std::size_t i) const
    {
        const auto bracket = words_.all[i].bracket;
        const bool is_last = i + 1 >= words_.all.size() || words_.all[i + 1].bracket != bracket;
        return bracket > 2 && words_.all.front().bracket == 1 && words_.all[i - 1].bracket != bracket && is_last;
    }

    const Words& words_;
};

} // namespace

Numbering find_numbering(const Words& words) { return Finder(words).find(); }

} // namespace shoal::feed_rules
