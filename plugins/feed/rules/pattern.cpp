#include "pattern.hpp"

#include <shoal/name_glob.hpp>

#include <algorithm>

namespace shoal::feed_rules {
namespace {

bool is_gap(char c) { return c == ' ' || c == '\t' || c == '\n'; }


std::vector<std::string> glob_words(std::string_view text)
{
    std::vector<std::string> out(1);
    const auto folded = lower_case(text);
    for (const char c : folded) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80 || c == '*' || c == '?';
        if (is_letter) out.back() += c;
        else if (c != '\'' && !out.back().empty()) out.emplace_back();
    }
    if (out.back().empty()) out.pop_back();
    return out;
}

} // namespace

Result<Pattern> Pattern::parse(std::string_view text)
{
    Pattern pattern;
    pattern.text_ = text;
    if (text.size() >= 2 && text.front() == '/') {
        const auto end = text.rfind('/');
        const auto flags = text.substr(end + 1);
        if (end == 0 || flags.find_first_not_of("ic") != flags.npos) {
            return make_error(Errc::invalid_argument, "'" + std::string(text) + "' begins like an expression and does not end like one: write /…/, or /…/c for one in which case counts");
        }
        auto regex = Regex::compile(text.substr(1, end - 1), flags.find('c') != flags.npos);
        if (!regex) return regex.error();
        pattern.regex_ = std::move(*regex);
        return pattern;
    }
    for (std::size_t at = 0; at < text.size();) {
        if (is_gap(text[at])) {
            ++at;
            continue;
        }
        const bool is_quoted = text[at] == '"' && text.find('"', at + 1) != text.npos;
        const auto begin = at + (is_quoted ? 1 : 0);
        auto end = begin;
        while (end < text.size() && (is_quoted ? text[end] != '"' : !is_gap(text[end]))) ++end;
        pattern.add_phrase(text.substr(begin, end - begin));
        at = end + (is_quoted ? 1 : 0);
    }
    return pattern;
}

void Pattern::add_phrase(std::string_view text)
{
    if (text.find_first_of("*?") == text.npos) {
        if (auto words = plain_words(text); !words.empty()) phrases_.push_back({" " + words + " ", false, {}});
        return;
    }
    auto words = glob_words(text);
    if (words.empty()) return;
    phrases_.push_back({std::string(text), true, std::move(words)});
}

bool Pattern::holds(const Phrase& phrase, const Words& words)
{
    if (!phrase.has_globs) {
        // From its first letter on: blanks are everywhere.
        const auto wanted = std::string_view(phrase.text).substr(1);
        for (auto at = words.text.find(wanted, 1); at != std::string::npos; at = words.text.find(wanted, at + 1)) {
            if (words.text[at - 1] == ' ') return true;
        }
        return false;
    }
    const auto& wanted = phrase.words;
    for (std::size_t first = 0; first + wanted.size() <= words.all.size(); ++first) {
        std::size_t i = 0;
        while (i < wanted.size() && matches_name(wanted[i], words[first + i])) ++i;
        if (i == wanted.size()) return true;
    }
    return false;
}

bool Pattern::matches(std::string_view title, const Words& words) const
{
    if (regex_) return regex_->search(title) == Found::yes;
    return std::ranges::all_of(phrases_, [&](const Phrase& phrase) { return holds(phrase, words); });
}

bool Pattern::covers(const Pattern& other) const
{
    if (regex_ || other.regex_) return text_ == other.text_;
    return std::ranges::all_of(phrases_, [&other](const Phrase& mine) {
        return std::ranges::any_of(other.phrases_, [&mine](const Phrase& one) {
            if (mine.has_globs || one.has_globs) return mine.has_globs == one.has_globs && mine.words == one.words;
            return one.text.find(mine.text) != std::string::npos;
        });
    });
}

std::string Pattern::missing(std::string_view title, const Words& words) const
{
    if (regex_) {
        const auto found = regex_->search(title);
        if (found == Found::gave_up) return text_ + " (gave up: it takes too long)";
        return found == Found::yes ? "" : text_;
    }
    for (const auto& phrase : phrases_) {
        if (holds(phrase, words)) continue;
        return phrase.has_globs ? phrase.text : phrase.text.substr(1, phrase.text.size() - 2);
    }
    return {};
}

} // namespace shoal::feed_rules
