#include "qb_rule.hpp"

#include "item.hpp"
#include "range.hpp"

#include <shoal/assert.hpp>
#include <shoal/value_fields.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace shoal::feed_rules {
namespace {

constexpr std::int64_t day = 86400;

std::vector<std::string> split(std::string_view text, char at)
{
    std::vector<std::string> out(1);
    for (const char c : text) {
        if (c == at) out.emplace_back();
        else out.back() += c;
    }
    return out;
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::vector<std::string> tokens(std::string_view text)
{
    std::vector<std::string> out(1);
    for (const char c : text) {
        if (!is_blank(c)) out.back() += c;
        else if (!out.back().empty()) out.emplace_back();
    }
    if (out.back().empty()) out.pop_back();
    return out;
}

int number_of(std::string_view text)
{
    int number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? number : 0;
}

bool contains(std::string_view title, std::string_view word) { return lower_case(title).find(word) != std::string::npos; }

// Of an expression: nothing between two '|', before the first or after the last. What a group, a class or a quotation holds is not looked at.
bool has_empty_alternative(std::string_view pattern)
{
    int depth = 0;
    bool is_empty = true;
    bool has_more = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '|' && depth == 0) {
            if (is_empty) return true;
            is_empty = has_more = true;
            continue;
        }
        is_empty = false;
        if (c == '\\') {
            if (pattern.substr(i).starts_with("\\Q")) i = std::min(pattern.find("\\E", i), pattern.size() - 2);
            ++i;
        } else if (c == '[') {
            i += pattern.substr(i + 1).starts_with('^') ? 1 : 0;
            i += pattern.substr(i + 1).starts_with(']') ? 1 : 0; // where it comes first it is one of the class
            for (++i; i < pattern.size() && pattern[i] != ']'; ++i) i += pattern[i] == '\\' ? 1 : 0;
        } else {
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        }
    }
    return has_more && is_empty;
}

Regex compiled(const std::string& pattern)
{
    auto regex = Regex::compile(pattern);
    SHOAL_ASSERT(regex);
    return std::move(*regex);
}

} // namespace

std::string regex_of_wildcard(std::string_view wildcard)
{
    std::string out;
    for (std::size_t i = 0; i < wildcard.size(); ++i) {
        const char c = wildcard[i];
        const auto close = c == '[' ? wildcard.find(']', i + 2) : wildcard.npos;
        if (c == '*') {
            out += ".*";
        } else if (c == '?') {
            out += '.';
        } else if (close != wildcard.npos) {
            auto set = std::string(wildcard.substr(i + 1, close - i - 1));
            if (set.front() == '!') set.front() = '^';
            for (auto at = set.find('\\'); at != set.npos; at = set.find('\\', at + 2)) set.insert(at, 1, '\\');
            out += '[' + set + ']';
            i = close;
        } else {
            if (static_cast<unsigned char>(c) < 0x80 && !std::isalnum(static_cast<unsigned char>(c)) && c != '_') out += '\\';
            out += c;
        }
    }
    return out;
}

// ---- reading --------------------------------------------------------------------------------------------------------------

std::vector<QbRule::Expression> QbRule::read_expressions(const std::string& text, bool is_regex, Names names, std::vector<std::string>& problems)
{
    std::vector<Expression> out;
    const std::string key = names.key;
    if (text.empty()) return out;
    const auto warn_of_empty = [&] {
        problems.push_back(key + ": '" + text + "' has an empty alternative, which " + names.trap + "; take out the '|' that is too much");
    };
    for (auto& alternative : is_regex ? std::vector<std::string>{text} : split(text, '|')) {
        Expression expression{.text = alternative, .parts = {}};
        const auto parts = is_regex ? std::vector<std::string>{alternative} : tokens(alternative);
        if (parts.empty()) warn_of_empty();
        for (const auto& part : parts) {
            auto regex = Regex::compile(is_regex ? part : regex_of_wildcard(part));
            if (regex) {
                expression.parts.push_back(std::move(*regex));
                if (is_regex && has_empty_alternative(part)) warn_of_empty();
                continue;
            }
            expression.is_broken = true;
            problems.push_back(key + ": " + regex.error().text + ": it is found in no title");
        }
        out.push_back(std::move(expression));
    }
    return out;
}

// "SEASONx…;", the items parted by ';': N, N-M, N-.
void QbRule::read_episode_filter(std::vector<std::string>& problems)
{
    if (episode_filter_.empty()) return;
    const auto found = compiled("^(\\d{1,4})x(.*;$)").groups(episode_filter_);
    is_filter_broken_ = found.empty();
    if (is_filter_broken_) {
        problems.push_back("episode_filter: '" + episode_filter_ + "' is no filter, and no title passes it: write something like 1x2-8;10-; with a ';' at the end");
        return;
    }
    season_ = number_of(found[0]);
    places_ = {compiled("\\bs0?(\\d{1,4})[ -_\\.]?e(0?\\d{1,4})(?:\\D|\\b)"), compiled("\\b(\\d{1,4})x(0?\\d{1,4})(?:\\D|\\b)")};
    for (auto item : split(found[1], ';')) {
        if (item.empty()) continue;
        while (item.size() > 1 && item.front() == '0') item.erase(0, 1);
        const auto dash = item.find('-');
        if (dash == item.npos) {
            auto regex = Regex::compile("\\b(?:s0?" + found[0] + "[ -_\\.]?e0?" + item + "|" + found[0] + "x0?" + item + ")(?:\\D|\\b)");
            if (regex) episodes_.push_back({.single = std::move(*regex)});
            continue;
        }
        const bool is_open = item.ends_with('-');
        const auto last = is_open ? 0 : number_of(item.substr(item.rfind('-') + 1));
        const Episodes range{.first = number_of(item.substr(0, dash)), .last = last, .is_open = is_open, .single = {}};
        if (is_open || range.first <= range.last) episodes_.push_back(range);
        else problems.push_back("episode_filter: '" + item + "' ends before it begins, and is left out");
    }
}

QbRule QbRule::read(const Value::Map& map, std::vector<std::string>& problems)
{
    QbRule rule;
    const bool is_regex = flag_in(map, "regex");
    rule.must_text_ = text_in(map, "must");
    rule.must_not_text_ = text_in(map, "must_not");
    rule.must_ = read_expressions(rule.must_text_, is_regex, {"must", "matches every title"}, problems);
    rule.must_not_ = read_expressions(rule.must_not_text_, is_regex, {"must_not", "rejects every title"}, problems);
    rule.episode_filter_ = text_in(map, "episode_filter");
    rule.read_episode_filter(problems);
    rule.ignore_days_ = std::min<std::int64_t>(integer_in(map, "ignore_days").value_or(0), longest_time / day);
    rule.is_smart_ = flag_in(map, "smart");
    // The four that it has unless somebody changed them, tried as one.
    rule.numbers_ = {compiled("(?:_|\\b)(?:s(\\d+)e(\\d+)|(\\d+)x(\\d+)|(\\d{4}[.\\-]\\d{1,2}[.\\-]\\d{1,2})|(\\d{1,2}[.\\-]\\d{1,2}[.\\-]\\d{4}))(?:_|\\b)")};
    rule.brought_.last_match = moment_in(map, "last_match");
    if (const auto* episodes = map.find("seen_episodes")) rule.brought_.episodes = texts_of(*episodes);
    return rule;
}

// ---- judging --------------------------------------------------------------------------------------------------------------

bool QbRule::holds(const Expression& expression, std::string_view title)
{
    if (expression.is_broken) return false;
    return std::ranges::all_of(expression.parts, [title](const Regex& part) { return part.search(title) == Found::yes; });
}

void QbRule::judge(std::string_view title, Sheet& sheet) const
{
    const auto holds_here = [title](const Expression& expression) { return holds(expression, title); };
    const auto got = [title] { return std::string(title); };
    if (!must_.empty() && !sheet.note("must", std::ranges::any_of(must_, holds_here), got, [this] { return must_text_; })) return;
    if (!must_not_.empty() && !sheet.note("must_not", std::ranges::none_of(must_not_, holds_here), got, [this] { return "not " + must_not_text_; })) return;
    if (!episode_filter_.empty()) sheet.note("episode_filter", passes_episodes(title), got, [this] { return episode_filter_; });
}

bool QbRule::passes_episodes(std::string_view title) const
{
    if (is_filter_broken_) return false;
    std::vector<std::string> place;
    for (const auto& regex : places_) {
        if (place.empty()) place = regex.groups(title);
    }
    const int season = place.size() < 2 ? 0 : number_of(place[0]);
    const int episode = place.size() < 2 ? 0 : number_of(place[1]);
    return std::ranges::any_of(episodes_, [&](const Episodes& wanted) {
        if (wanted.single) return wanted.single->search(title) == Found::yes;
        if (place.size() < 2) return false;
        if (wanted.is_open) return (season == season_ && episode >= wanted.first) || season > season_;
        return season == season_ && episode >= wanted.first && episode <= wanted.last;
    });
}

std::string QbRule::episode_of(std::string_view title) const
{
    if (!is_smart_) return {};
    std::string out;
    for (const auto& part : numbers_.front().groups(title)) {
        if (part.empty()) continue;
        const bool is_number = part.find_first_not_of("0123456789") == part.npos && part.size() < 10;
        out += (out.empty() ? "" : "x") + (is_number ? std::to_string(number_of(part)) : part);
    }
    return out;
}

// Empty: it may be taken.
std::string QbRule::smart_verdict(std::string_view title, const QbMemory& memory) const
{
    const auto episode = episode_of(title);
    if (episode.empty()) return "no number";
    const auto has = [&memory](const std::string& what) { return std::ranges::find(memory.episodes, what) != memory.episodes.end(); };
    if (!has(episode)) return {};
    const bool is_repack = contains(title, "repack");
    const bool is_proper = contains(title, "proper");
    if (!is_repack && !is_proper) return episode + ", taken before";
    const auto full = episode + (is_repack ? "-REPACK" : "") + (is_proper ? "-PROPER" : "");
    return has(full) ? full + ", taken before" : "";
}

void QbRule::judge_memory(std::string_view title, std::optional<std::int64_t> published, const QbMemory& memory, Sheet& sheet) const
{
    if (ignore_days_ > 0) {
        const auto due = memory.last_match.value_or(0) + ignore_days_ * day;
        const bool is_ok = !memory.last_match || published.value_or(0) >= due;
        if (!sheet.note("ignore_days", is_ok, [&] { return published ? std::to_string(*published) : "no date"; },
                        [&] { return memory.last_match ? "dated " + std::to_string(due) + " or later" : "any"; })) {
            return;
        }
    }
    if (!is_smart_) return;
    const auto why = smart_verdict(title, memory);
    sheet.note("smart", why.empty(), [&] { return why.empty() ? episode_of(title) : why; }, [] { return "an episode not taken before"; });
}

std::vector<std::string> QbRule::remembered(std::string_view title, const QbMemory& memory) const
{
    const auto episode = episode_of(title);
    if (episode.empty()) return {};
    std::vector<std::string> out{episode};
    if (std::ranges::find(memory.episodes, episode) == memory.episodes.end()) return out;
    const bool is_repack = contains(title, "repack");
    const bool is_proper = contains(title, "proper");
    if (is_repack) out.push_back(episode + "-REPACK");
    if (is_proper) out.push_back(episode + "-PROPER");
    if (is_repack && is_proper) out.push_back(episode + "-REPACK-PROPER");
    return out;
}

} // namespace shoal::feed_rules
