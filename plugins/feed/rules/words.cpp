#include "words.hpp"

#include <array>

namespace shoal::feed_rules {
namespace {

unsigned octet(char c) { return static_cast<unsigned char>(c); }

bool is_word_octet(unsigned c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

// The second octet of a character of two, in lower case; may change the first.
void lower_pair(char& first, char& second)
{
    const auto a = octet(first);
    const auto b = octet(second);
    if (a == 0xc3 && b >= 0x80 && b <= 0x9e && b != 0x97) second = static_cast<char>(b + 0x20); // À–Þ
    if (a == 0xce && b >= 0x91 && b <= 0x9f) second = static_cast<char>(b + 0x20);              // Α–Ο
    if (a == 0xce && b >= 0xa0 && b <= 0xa9) first = '\xcf', second = static_cast<char>(b - 0x20);
    if (a == 0xd0 && b >= 0x90 && b <= 0x9f) second = static_cast<char>(b + 0x20); // А–П
    if (a == 0xd0 && b >= 0xa0 && b <= 0xaf) first = '\xd1', second = static_cast<char>(b - 0x20);
    if (a == 0xd0 && b >= 0x80 && b <= 0x8f) first = '\xd1', second = static_cast<char>(b + 0x10); // Ѐ–Џ
}

enum class Sign { letter, nothing, space };

// A character that is not ASCII, at the beginning of `rest`: apostrophes, and marks that part words.
Sign foreign_sign(std::string_view rest, std::size_t& length)
{
    const auto lead = octet(rest[0]);
    length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (length > rest.size()) length = rest.size();
    if (length == 2 && lead == 0xc2) return octet(rest[1]) == 0xb4 ? Sign::nothing : Sign::space; // ´, and U+0080 to U+00BF
    if (length == 3 && lead == 0xe2 && octet(rest[1]) == 0x80) {
        const auto last = octet(rest[2]);
        return last == 0x98 || last == 0x99 || last == 0x8b ? Sign::nothing : Sign::space; // ‘ ’ and U+2000 to U+203F
    }
    if (length == 3 && lead == 0xe3 && octet(rest[1]) == 0x80) return Sign::space; // 、。【】 …
    return Sign::letter;
}

// Cuts a title into words, one character at a time.
class Cutter {
public:
    explicit Cutter(std::string_view title) : title_(lower_case(title)) { words_.text.reserve(title.size() + 2); }

    Words cut()
    {
        words_.all.reserve(title_.size() / 5 + 2);
        while (at_ < title_.size()) step();
        end_word();
        return std::move(words_);
    }

private:
    void step()
    {
        const auto c = octet(title_[at_]);
        std::size_t length = 1;
        auto sign = is_word_octet(c) ? Sign::letter : Sign::space;
        if (c >= 0x80) sign = foreign_sign(std::string_view(title_).substr(at_), length);
        if (c == '\'' || c == '`') sign = Sign::nothing;
        if (sign == Sign::letter) add(length);
        else if (sign == Sign::space) part(title_[at_]);
        at_ += length;
    }

    void add(std::size_t length)
    {
        if (!is_in_word_) begin_word();
        words_.text.append(title_, at_, length);
        words_.all.back().end = static_cast<std::uint32_t>(at_ + length);
    }

    void begin_word()
    {
        is_in_word_ = true;
        Word word{.at = static_cast<std::uint32_t>(words_.text.size()), .begin = static_cast<std::uint32_t>(at_)};
        word.is_after_dash = is_dash_ && is_space_ && !words_.all.empty();
        word.is_joined = is_dash_ && !is_space_ && !words_.all.empty();
        word.is_after_hash = at_ > 0 && title_[at_ - 1] == '#';
        word.bracket = bracket_;
        words_.all.push_back(word);
        is_dash_ = is_space_ = false;
    }

    void end_word()
    {
        if (!is_in_word_) return;
        is_in_word_ = false;
        words_.all.back().size = static_cast<std::uint32_t>(words_.text.size() - words_.all.back().at);
        words_.text += ' ';
    }

    void part(char sign)
    {
        end_word();
        if (sign == '&') {
            begin_word();
            words_.text += "and";
            words_.all.back().end = static_cast<std::uint32_t>(at_ + 1);
            return end_word();
        }
        if (sign == '-') is_dash_ = true;
        else is_space_ = true;
        if ((sign == '[' || sign == '(' || sign == '{') && brackets_ < 250) bracket_ = ++brackets_;
        if (sign == ']' || sign == ')' || sign == '}') bracket_ = 0;
    }

    std::string title_;
    Words words_;
    std::size_t at_ = 0;
    std::uint8_t brackets_ = 0;
    std::uint8_t bracket_ = 0;
    bool is_in_word_ = false;
    bool is_dash_ = false;
    bool is_space_ = false;
};

} // namespace

std::string lower_case(std::string_view text)
{
    std::string out(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto c = octet(out[i]);
        if (c >= 'A' && c <= 'Z') out[i] = static_cast<char>(c + 0x20);
        else if ((c == 0xc3 || c == 0xce || c == 0xd0) && i + 1 < out.size()) lower_pair(out[i], out[i + 1]), ++i;
    }
    return out;
}

std::string Words::phrase(std::size_t first, std::size_t last) const
{
    if (first >= last || last > all.size()) return {};
    const auto begin = all[first].at;
    return text.substr(begin, all[last - 1].at + all[last - 1].size - begin);
}

Words words_of(std::string_view title) { return Cutter(title).cut(); }

std::string_view cut(std::string_view text, std::size_t most)
{
    if (text.size() <= most) return text;
    while (most > 0 && (octet(text[most]) & 0xc0) == 0x80) --most;
    return text.substr(0, most);
}

std::string plain_words(std::string_view text)
{
    const auto words = words_of(text);
    return words.phrase(0, words.all.size());
}

} // namespace shoal::feed_rules
