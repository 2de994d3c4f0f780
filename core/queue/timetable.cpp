#include "queue/timetable.hpp"

#include <shoal/assert.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace shoal::queue {

namespace {
constexpr std::array<std::string_view, 7> day_names = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::size_t longest_text = 4096;
}  // namespace

// timetable = [ entry *( "," entry ) ]     entry = [ days ] time "-" time
// days = day [ "-" day ] *( "," day [ "-" day ] )
class Timetable::Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<Timetable> parse()
    {
        Timetable table;
        table.text_ = text_;
        skip_spaces();
        while (at_ < text_.size()) {
            if (auto entry = parse_entry(table); !entry) return entry.error();
            skip_spaces();
            if (at_ == text_.size()) break;
            if (!take(',')) return expected("a comma or the end");
            skip_spaces();
            if (at_ == text_.size()) return expected("a day or a time after the comma");
        }
        return table;
    }

private:
    using Days = std::bitset<7>;

    Result<void> parse_entry(Timetable& table)
    {
        Days days;
        if (!is_digit()) {
            if (auto parsed = parse_days(days); !parsed) return parsed.error();
        } else {
            days.set();
        }
        const auto begin_at = at_;
        const auto begin = parse_time();
        if (!begin) return begin.error();
        if (!take('-')) return expected("'-' and the time at which it ends");
        const auto end = parse_time();
        if (!end) return end.error();
        if (*begin == *end || *begin == day_minutes) return wrong(begin_at, "the span is empty");
        const auto length = *end > *begin ? *end - *begin : day_minutes - *begin + *end;
        for (unsigned day = 0; day < 7; ++day) {
            if (days.test(day)) mark(table, day * day_minutes + *begin, length);
        }
        return {};
    }

    static void mark(Timetable& table, unsigned begin, unsigned length)
    {
        for (unsigned minute = begin; minute < begin + length; ++minute) table.minutes_.set(minute % week_minutes);
    }

    Result<void> parse_days(Days& days)
    {
        do {
            skip_spaces();
            const auto first = parse_day();
            if (!first) return first.error();
            const auto last = take('-') ? parse_day() : first;
            if (!last) return last.error();
            for (unsigned day = *first;; day = (day + 1) % 7) {
                days.set(day);
                if (day == *last) break;
            }
            skip_spaces();
        } while (take(','));
        return {};
    }

    Result<unsigned> parse_day()
    {
        std::string word;
        for (auto i = at_; i < text_.size() && std::isalpha(static_cast<unsigned char>(text_[i])) != 0; ++i) {
            word += static_cast<char>(std::tolower(static_cast<unsigned char>(text_[i])));
        }
        const auto found = std::ranges::find(day_names, word);
        if (found == day_names.end()) return expected("a day (mon, tue, wed, thu, fri, sat, sun)");
        at_ += word.size();
        return static_cast<unsigned>(found - day_names.begin());
    }

    // Minutes of the day.
    Result<unsigned> parse_time()
    {
        const auto begin = at_;
        const auto hour = parse_two_digits();
        const bool has_colon = hour && take(':');
        const auto minute = has_colon ? parse_two_digits() : std::nullopt;
        if (!minute) {
            at_ = begin;
            return expected("a time such as 08:00");
        }
        if (*minute > 59 || *hour > 24 || (*hour == 24 && *minute > 0)) {
            return wrong(begin, "there is no such time of day");
        }
        return *hour * 60 + *minute;
    }

    std::optional<unsigned> parse_two_digits()
    {
        unsigned number = 0;
        for (int i = 0; i < 2; ++i, ++at_) {
            if (!is_digit()) return std::nullopt;
            number = number * 10 + static_cast<unsigned>(text_[at_] - '0');
        }
        return number;
    }

    bool is_digit() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }
    void skip_spaces()
    {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }
    bool take(char c)
    {
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    Error expected(std::string_view what) const
    {
        const auto found = at_ == text_.size() ? "the end" : fmt::format("'{}'", text_.substr(at_, 16));
        return wrong(at_, fmt::format("expected {}, found {}", what, found));
    }
    Error wrong(std::size_t at, std::string_view why) const
    {
        return make_error(Errc::bad_input, fmt::format("timetable, column {}: {}", at + 1, why));
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

Result<Timetable> Timetable::parse(std::string_view text)
{
    if (text.size() > longest_text) {
        return make_error(Errc::bad_input, fmt::format("a timetable of more than {} characters", longest_text));
    }
    return Parser(text).parse();
}

std::optional<std::chrono::seconds> Timetable::next_change(const LocalTime& at) const
{
    SHOAL_ASSERT(at.weekday < 7 && at.hour < 24 && at.minute < 60);
    const auto now = minute_of_week(at);
    for (unsigned later = 1; later < week_minutes; ++later) {
        if (minutes_.test((now + later) % week_minutes) == minutes_.test(now)) continue;
        return std::chrono::minutes{later} - std::chrono::seconds{std::min(at.second, 59U)};
    }
    return std::nullopt;
}

}  // namespace shoal::queue
