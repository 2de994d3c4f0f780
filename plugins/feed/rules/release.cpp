#include "release.hpp"

#include "numbering.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace shoal::feed_rules {
namespace {

struct LanguageName {
    std::string_view word;
    Language language;
    bool is_name = false; // what we call it
};

constexpr LanguageName languages_of_titles[] = {
    {"english", english, true}, {"eng", english},      {"german", german, true},   {"deutsch", german},        {"ger", german},
    {"french", french, true},   {"truefrench", french}, {"vostfr", french},        {"vff", french},            {"spanish", spanish, true},
    {"castellano", spanish},    {"espanol", spanish},  {"latino", spanish},        {"italian", italian, true}, {"ita", italian},
    {"dutch", dutch, true},     {"nl", dutch},         {"portuguese", portuguese, true}, {"dublado", portuguese},
    {"russian", russian, true}, {"rus", russian},      {"polish", polish, true},   {"pl", polish},             {"japanese", japanese, true},
    {"jpn", japanese},          {"korean", korean, true}, {"kor", korean},         {"chinese", chinese, true}, {"chs", chinese},
    {"cht", chinese},           {"swedish", swedish, true}, {"swe", swedish},      {"danish", danish, true},   {"norwegian", norwegian, true},
    {"finnish", finnish, true}, {"hindi", hindi, true}, {"multi", multi, true},    {"dual", multi},            {"nordic", multi}};

// Sources that are also words of names: they count behind the name alone.
constexpr std::array weak_origins{"cam", "ts", "tc", "web", "dvd", "bd", "scr", "screener"};
constexpr std::array endings{".mkv", ".mp4", ".avi", ".mp3", ".m4a", ".torrent", ".iso", ".zip", ".m4v", ".wmv"};

bool is_weak(std::string_view word) { return std::ranges::find(weak_origins, word) != weak_origins.end(); }

std::optional<int> year_of(std::string_view word)
{
    if (word.size() != 4 || !(word.starts_with("19") || word.starts_with("20"))) return std::nullopt;
    if (word[2] < '0' || word[2] > '9' || word[3] < '0' || word[3] > '9') return std::nullopt;
    return (word[0] - '0') * 1000 + (word[1] - '0') * 100 + (word[2] - '0') * 10 + (word[3] - '0');
}

class Parser {
public:
    Parser(std::string_view title, const Words& words) : title_(title), words_(words) {}

    Release parse()
    {
        const auto begin = after_leading_bracket();
        const auto numbering = find_numbering(words_);
        auto end = first_quality();
        if (numbering) {
            release_ = numbering.says;
            end = numbering.first;
        }
        read_year(begin, end, static_cast<bool>(numbering));
        if (release_.kind != ReleaseKind::other) release_.name = words_.phrase(begin, end);
        if (release_.kind != ReleaseKind::other && release_.name.empty()) release_ = Release{};
        read_rest(numbering ? numbering.last : end);
        read_group(numbering ? numbering.last : end);
        return std::move(release_);
    }

private:
    std::string_view word(std::size_t index) const { return index < words_.all.size() ? words_[index] : std::string_view(); }
    std::size_t count() const { return words_.all.size(); }

    // "[group] name", "[ www.site.example ] - name". Where all is in brackets the second is the name.
    std::size_t after_leading_bracket()
    {
        std::size_t end = 0;
        while (end < count() && words_.all[end].bracket == 1 && !title_.empty() && (title_.front() == '[' || title_.front() == '(')) ++end;
        if (end == 0 || end == count()) return 0;
        if (word(0) != "www") leading_ = words_.phrase(0, end);
        return end;
    }

    // The sources that are two words: "web dl", "blu ray".
    std::pair<Origin, std::size_t> origin_at(std::size_t i, bool is_behind_name) const
    {
        const auto first = word(i);
        const auto second = word(i + 1);
        if (first == "web" && second == "dl") return {Origin::webdl, 2};
        if (first == "web" && second == "rip") return {Origin::webrip, 2};
        if (first == "blu" && second == "ray") return {Origin::bluray, 2};
        if (is_weak(first) && !is_behind_name) return {Origin::unknown, 1};
        return {origin_named(first), 1};
    }

    std::pair<Codec, std::size_t> codec_at(std::size_t i) const
    {
        if ((word(i) == "h" || word(i) == "x") && (word(i + 1) == "264" || word(i + 1) == "265")) {
            return {word(i + 1) == "264" ? Codec::h264 : Codec::h265, 2};
        }
        return {codec_named(word(i)), 1};
    }

    // Where a name ends that no episode follows.
    std::size_t first_quality() const
    {
        for (std::size_t i = 1; i < count(); ++i) {
            const bool is_quality = resolution_named(words_[i]) != Resolution::unknown || origin_at(i, false).first != Origin::unknown
                                    || codec_at(i).first != Codec::unknown;
            if (is_quality) return i;
        }
        return count();
    }

    // The year before an episode, or the last one before the quality, which makes it a film; then the name ends there.
    void read_year(std::size_t begin, std::size_t& end, bool is_numbered)
    {
        const bool has_quality = end < count();
        for (std::size_t i = end; i-- > begin + 1;) {
            const auto year = year_of(words_[i]);
            if (year && (is_numbered ? i + 1 == end : has_quality || words_.all[i].bracket != 0)) {
                release_.year = *year;
                if (!is_numbered) release_.kind = ReleaseKind::movie;
                end = i;
                return;
            }
        }
    }

    // An episode may have a title, in which "French" and "Real" are words like others: what they say counts right behind the number, right
    // before the quality, and from there on.
    void read_rest(std::size_t begin)
    {
        const auto end = std::max(begin, first_quality());
        auto first = begin;
        while (first < end && is_tag(words_[first])) read_word(words_[first++]);
        auto last = end;
        while (last > first && is_tag(words_[last - 1])) --last;
        for (std::size_t i = last; i < count(); ++i) read_word(words_[i]);
        for (std::size_t i = begin; i < first;) i += read_quality(i);
        for (std::size_t i = last; i < count();) i += read_quality(i);
    }

    static bool is_tag(std::string_view word)
    {
        constexpr std::array others{"proper", "rerip", "real", "internal", "dubbed", "subbed", "dl", "uncut", "extended", "complete", "hdr"};
        return language_named(word) != 0 || is_weak(word) || word.starts_with("repack") || std::ranges::find(others, word) != others.end();
    }

    std::size_t read_quality(std::size_t i)
    {
        auto& quality = release_.quality;
        const auto [origin, origin_words] = origin_at(i, true);
        const auto [codec, codec_words] = codec_at(i);
        if (quality.resolution == Resolution::unknown) quality.resolution = resolution_named(words_[i]);
        quality.origin = std::max(quality.origin, origin);
        if (quality.codec == Codec::unknown) quality.codec = codec;
        return std::max(origin_words, codec_words);
    }

    void read_word(std::string_view word)
    {
        release_.languages |= language_named(word);
        if (word == "proper" || word == "repack" || word == "rerip") ++release_.revision;
        if (word.size() == 7 && word.starts_with("repack") && word[6] >= '2' && word[6] <= '9') release_.revision += word[6] - '0';
        if (word.size() == 2 && word[0] == 'v' && word[1] >= '2' && word[1] <= '9' && release_.revision == 0) release_.revision = word[1] - '1';
    }

    // "…-GROUP", before an ending and brackets; else what the title begins with in brackets.
    void read_group(std::size_t name_end)
    {
        auto text = lower_case(title_);
        for (const std::string_view ending : endings) {
            if (text.ends_with(ending)) text.resize(text.size() - ending.size());
        }
        while (text.ends_with(']') && text.rfind('[') != text.npos && text.rfind('[') > 0) text.resize(text.rfind('['));
        while (text.ends_with(' ')) text.pop_back();
        const auto dash = text.rfind('-');
        const auto from = name_end > 0 && name_end <= count() ? words_.all[name_end - 1].end : 0;
        const auto group = dash == text.npos || dash < from || dash == 0 || text[dash - 1] == ' ' ? std::string() : text.substr(dash + 1);
        const bool is_name = !group.empty() && group.size() <= 24
                             && group.find_first_of(" ()[]{}") == group.npos && group.find_first_not_of("0123456789") != group.npos
                             && group != "dl" && group != "ray" && group != "rip" && resolution_named(group) == Resolution::unknown;
        if (is_name && name_end < count()) release_.group = group;
        else if (release_.kind != ReleaseKind::other) release_.group = leading_;
    }

    std::string_view title_;
    const Words& words_;
    Release release_;
    std::string leading_;
};

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string range(const std::string& mark, int first, int last)
{
    return mark + two_digits(first) + (last > first ? "-" + two_digits(last) : "");
}

} // namespace

std::uint32_t language_named(std::string_view word)
{
    const auto at = std::ranges::find(languages_of_titles, word, &LanguageName::word);
    return at == std::end(languages_of_titles) ? 0 : static_cast<std::uint32_t>(at->language);
}

std::string language_names(std::uint32_t languages)
{
    std::string out;
    for (const auto& name : languages_of_titles) {
        if (name.is_name && (languages & name.language) != 0) out += (out.empty() ? "" : ", ") + std::string(name.word);
    }
    return out.empty() ? "unknown" : out;
}

std::string Release::number() const
{
    switch (kind) {
    case ReleaseKind::episode: return range(range("s", season, season) + "e", episode, last_episode);
    case ReleaseKind::season: return range("s", season, last_season);
    case ReleaseKind::absolute: return range("#", episode, last_episode);
    case ReleaseKind::daily:
        return std::to_string(date / 10000) + "-" + two_digits(date / 100 % 100) + "-" + two_digits(date % 100);
    case ReleaseKind::movie: return std::to_string(year);
    case ReleaseKind::other: break;
    }
    return {};
}

std::string Release::identity(const Words& words) const
{
    if (kind != ReleaseKind::other) return name + "/" + number();
    return words.phrase(0, words.all.size());
}

Release parse_release(std::string_view title, const Words& words) { return Parser(title, words).parse(); }

} // namespace shoal::feed_rules
