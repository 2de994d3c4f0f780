// What a rule says of a title. Three ways to write it: words that must all be there, in any order (several joined by "-" or "." are a
// phrase, as is what stands in quotes); the same with * and ? for letters of a word; or /an expression/, searched in the title as it is.
#pragma once

#include "regex.hpp"
#include "words.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::feed_rules {

class Pattern {
public:
    /// Errors: invalid_argument.
    static Result<Pattern> parse(std::string_view text);

    [[nodiscard]] bool matches(std::string_view title, const Words& words) const;
    /// The first part of it that is not there, for a trace; empty: it matches.
    [[nodiscard]] std::string missing(std::string_view title, const Words& words) const;
    [[nodiscard]] const std::string& text() const { return text_; }
    /// Whatever title the other one matches, this one matches, too. False: that is not sure.
    [[nodiscard]] bool covers(const Pattern& other) const;
    /// It matches every title.
    [[nodiscard]] bool is_empty() const { return !regex_ && phrases_.empty(); }

private:
    struct Phrase {
        std::string text; // " two words "
        bool has_globs = false;
        std::vector<std::string> words; // of those alone that have globs
    };

    void add_phrase(std::string_view text);
    static bool holds(const Phrase& phrase, const Words& words);

    std::string text_;
    std::optional<Regex> regex_;
    std::vector<Phrase> phrases_;
};

} // namespace shoal::feed_rules
