// A rule in qBittorrent's terms, which differ from ours where they look alike. What it says is decided by the title alone, and by what
// the rule has taken before. docs/rules.md lists the differences.
#pragma once

#include "pattern.hpp"
#include "trace.hpp"

#include <shoal/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::feed_rules {

/// What a rule has taken, as it must be known to judge an item.
struct QbMemory {
    std::optional<std::int64_t> last_match; // the date of the item, not of the match
    std::vector<std::string> episodes;      // "1x2", "1x2-REPACK", "2024.01.05"
};

class QbRule {
public:
    /// Reads must, must_not, regex, episode_filter, ignore_days, smart, last_match, seen_episodes of a rule's map. What can never match, or
    /// matches everything, is said in `problems`, and is so.
    static QbRule read(const Value::Map& map, std::vector<std::string>& problems);

    /// What the title says, without memory. May be called for an item of another feed.
    void judge(std::string_view title, Sheet& sheet) const;
    /// And what was taken before says. `published`: unknown is long ago.
    void judge_memory(std::string_view title, std::optional<std::int64_t> published, const QbMemory& memory, Sheet& sheet) const;

    /// "1x2" of a title with a number; empty: none, or the rule does not ask.
    [[nodiscard]] std::string episode_of(std::string_view title) const;
    /// What is to be remembered when the title was taken.
    [[nodiscard]] std::vector<std::string> remembered(std::string_view title, const QbMemory& memory) const;
    [[nodiscard]] std::int64_t ignore_days() const { return ignore_days_; }
    /// What qBittorrent remembered when the rule was brought over.
    [[nodiscard]] const QbMemory& brought() const { return brought_; }

private:
    /// White-space separated wildcards that must all be found, or one expression; nothing: it holds always.
    struct Expression {
        std::string text;
        std::vector<Regex> parts;
        bool is_broken = false; // an expression that cannot be read is found nowhere
    };

    struct Names {
        const char* key;
        const char* trap; // what an empty alternative does
    };

    static std::vector<Expression> read_expressions(const std::string& text, bool is_regex, Names names, std::vector<std::string>& problems);
    static bool holds(const Expression& expression, std::string_view title);
    void read_episode_filter(std::vector<std::string>& problems);
    [[nodiscard]] bool passes_episodes(std::string_view title) const;
    [[nodiscard]] std::string smart_verdict(std::string_view title, const QbMemory& memory) const;

    std::string must_text_;
    std::string must_not_text_;
    std::vector<Expression> must_;
    std::vector<Expression> must_not_;
    std::string episode_filter_;
    struct Episodes {
        int first = 0;
        int last = 0;    // of a range
        bool is_open = false; // and of every later season
        std::optional<Regex> single;
    };
    bool is_filter_broken_ = false;
    int season_ = 0;
    std::vector<Episodes> episodes_;
    std::vector<Regex> places_;  // where a title has its season and episode
    std::vector<Regex> numbers_; // the smart filter's
    std::int64_t ignore_days_ = 0;
    bool is_smart_ = false;
    QbMemory brought_;
};

/// The expression that a wildcard of qBittorrent's stands for: * and ?, and sets in brackets.
[[nodiscard]] std::string regex_of_wildcard(std::string_view wildcard);

} // namespace shoal::feed_rules
