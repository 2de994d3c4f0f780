#include "pattern.hpp"

#include <cctype>
#include <cstring>
#include <string>

namespace shoal::sandbox {
namespace {

constexpr int deepest_pattern = 200;
constexpr std::size_t most_captures = 32;
constexpr std::int64_t paid_at_once = 512;

bool is_in_class(unsigned char c, char name)
{
    bool is_in = false;
    switch (std::tolower(static_cast<unsigned char>(name))) {
    case 'a': is_in = std::isalpha(c) != 0; break;
    case 'c': is_in = std::iscntrl(c) != 0; break;
    case 'd': is_in = std::isdigit(c) != 0; break;
    case 'g': is_in = std::isgraph(c) != 0; break;
    case 'l': is_in = std::islower(c) != 0; break;
    case 'p': is_in = std::ispunct(c) != 0; break;
    case 's': is_in = std::isspace(c) != 0; break;
    case 'u': is_in = std::isupper(c) != 0; break;
    case 'w': is_in = std::isalnum(c) != 0; break;
    case 'x': is_in = std::isxdigit(c) != 0; break;
    case 'z': is_in = c == 0; break; // of Lua 5.1, and still known
    default: return static_cast<unsigned char>(name) == c; // an escaped character
    }
    return std::isupper(static_cast<unsigned char>(name)) != 0 ? !is_in : is_in;
}

} // namespace

std::optional<std::size_t> Pattern::match(std::size_t begin)
{
    captures_.clear();
    depth_ = 0;
    return match_here(begin, 0);
}

void Pattern::step()
{
    if (++unpaid_ < paid_at_once) return;
    unpaid_ = 0;
    steps_(paid_at_once);
}

// After the one character, class or set at `in`.
std::size_t Pattern::class_end(std::size_t in) const
{
    const char first = pattern_[in++];
    if (first == '%') {
        if (in == pattern_.size()) throw PatternError("malformed pattern (ends with '%')");
        return in + 1;
    }
    if (first != '[') return in;
    if (in < pattern_.size() && pattern_[in] == '^') ++in;
    do { // the first ] stands for itself
        if (in >= pattern_.size()) throw PatternError("malformed pattern (missing ']')");
        if (pattern_[in++] == '%') ++in;
    } while (in >= pattern_.size() || pattern_[in] != ']');
    return in + 1;
}

// `in` is at the [, `last` at the ].
bool Pattern::is_in_set(unsigned char c, std::size_t in, std::size_t last) const
{
    bool when_found = true;
    if (pattern_[in + 1] == '^') {
        when_found = false;
        ++in;
    }
    while (++in < last) {
        if (pattern_[in] == '%') {
            if (is_in_class(c, pattern_[++in])) return when_found;
        } else if (in + 2 < last && pattern_[in + 1] == '-') {
            in += 2;
            if (static_cast<unsigned char>(pattern_[in - 2]) <= c && c <= static_cast<unsigned char>(pattern_[in])) return when_found;
        } else if (static_cast<unsigned char>(pattern_[in]) == c) {
            return when_found;
        }
    }
    return !when_found;
}

bool Pattern::is_single(std::size_t at, std::size_t in, std::size_t after)
{
    step();
    if (at >= subject_.size()) return false;
    const auto c = static_cast<unsigned char>(subject_[at]);
    switch (pattern_[in]) {
    case '.': return true;
    case '%': return is_in_class(c, pattern_[in + 1]);
    case '[': return is_in_set(c, in, after - 1);
    default: return static_cast<unsigned char>(pattern_[in]) == c;
    }
}

// Items one after the other; only what has to be tried in several ways calls itself.
Pattern::End Pattern::match_here(std::size_t at, std::size_t in)
{
    if (++depth_ > deepest_pattern) throw PatternError("pattern too complex");
    bool goes_on = true;
    End end = at;
    while (goes_on && in < pattern_.size()) {
        step();
        const char first = pattern_[in];
        const char second = in + 1 < pattern_.size() ? pattern_[in + 1] : '\0';
        if (first == '(') {
            const bool is_place = second == ')';
            end = open_capture(*end, in + (is_place ? 2 : 1), is_place ? Capture::position : Capture::open);
            goes_on = false;
        } else if (first == ')') {
            end = close_capture(*end, in + 1);
            goes_on = false;
        } else if (first == '$' && in + 1 == pattern_.size()) {
            if (*end != subject_.size()) end.reset();
            goes_on = false;
        } else if (first == '%' && second == 'b') {
            end = balanced(*end, in + 2);
            in += 4;
            goes_on = end.has_value();
        } else if (first == '%' && second == 'f') {
            in += 2;
            if (in >= pattern_.size() || pattern_[in] != '[') throw PatternError("missing '[' after '%f' in pattern");
            const auto after = class_end(in);
            if (!is_frontier(*end, in, after)) end.reset();
            in = after;
            goes_on = end.has_value();
        } else if (first == '%' && std::isdigit(static_cast<unsigned char>(second)) != 0) {
            end = captured_again(*end, second);
            in += 2;
            goes_on = end.has_value();
        } else {
            const auto after = class_end(in);
            const bool has_quantifier = after < pattern_.size() && std::strchr("?+*-", pattern_[after]) != nullptr;
            end = match_item(*end, in, after, goes_on);
            in = after + (has_quantifier ? 1 : 0);
        }
    }
    --depth_;
    return end;
}

// A character with its quantifier. When several ways are open the rest has been matched, too, and nothing goes on.
Pattern::End Pattern::match_item(std::size_t at, std::size_t in, std::size_t after, bool& goes_on)
{
    const char quantifier = after < pattern_.size() ? pattern_[after] : '\0';
    goes_on = false;
    switch (quantifier) {
    case '?':
        if (is_single(at, in, after)) {
            if (const auto end = match_here(at + 1, after + 1)) return end;
        }
        goes_on = true;
        return at;
    case '+': return is_single(at, in, after) ? most(at + 1, in, after) : End{};
    case '*': return most(at, in, after);
    case '-': return fewest(at, in, after);
    default:
        goes_on = is_single(at, in, after);
        return goes_on ? End{at + 1} : End{};
    }
}

Pattern::End Pattern::most(std::size_t at, std::size_t in, std::size_t after)
{
    std::size_t count = 0;
    while (is_single(at + count, in, after)) ++count;
    for (;; --count) {
        if (const auto end = match_here(at + count, after + 1)) return end;
        if (count == 0) return {};
    }
}

Pattern::End Pattern::fewest(std::size_t at, std::size_t in, std::size_t after)
{
    for (;; ++at) {
        if (const auto end = match_here(at, after + 1)) return end;
        if (!is_single(at, in, after)) return {};
    }
}

Pattern::End Pattern::balanced(std::size_t at, std::size_t in)
{
    if (in + 1 >= pattern_.size()) throw PatternError("malformed pattern (missing arguments to '%b')");
    if (at >= subject_.size() || subject_[at] != pattern_[in]) return {};
    std::size_t open = 1;
    for (++at; at < subject_.size(); ++at) {
        step();
        if (subject_[at] == pattern_[in + 1]) {
            if (--open == 0) return at + 1;
        } else if (subject_[at] == pattern_[in]) {
            ++open;
        }
    }
    return {};
}

bool Pattern::is_frontier(std::size_t at, std::size_t in, std::size_t after)
{
    step();
    const auto before = at == 0 ? '\0' : subject_[at - 1];
    const auto here = at < subject_.size() ? subject_[at] : '\0';
    return !is_in_set(static_cast<unsigned char>(before), in, after - 1) && is_in_set(static_cast<unsigned char>(here), in, after - 1);
}

Pattern::End Pattern::captured_again(std::size_t at, char digit)
{
    const auto number = static_cast<std::size_t>(digit - '1');
    if (digit == '0' || number >= captures_.size() || captures_[number].length < 0) {
        throw PatternError(std::string("invalid capture index %") + digit + " in pattern");
    }
    const auto text = subject_.substr(captures_[number].begin, static_cast<std::size_t>(captures_[number].length));
    steps_(static_cast<std::int64_t>(text.size() / 16));
    if (subject_.substr(at, text.size()) != text) return {};
    return at + text.size();
}

Pattern::End Pattern::open_capture(std::size_t at, std::size_t in, std::ptrdiff_t length)
{
    if (captures_.size() == most_captures) throw PatternError("too many captures");
    captures_.push_back({at, length});
    const auto known = captures_.size();
    const auto end = match_here(at, in);
    if (!end) captures_.resize(known - 1);
    return end;
}

Pattern::End Pattern::close_capture(std::size_t at, std::size_t in)
{
    auto number = captures_.size();
    while (number > 0 && captures_[number - 1].length != Capture::open) --number;
    if (number == 0) throw PatternError("invalid pattern capture");
    captures_[number - 1].length = static_cast<std::ptrdiff_t>(at - captures_[number - 1].begin);
    const auto end = match_here(at, in);
    if (!end) captures_[number - 1].length = Capture::open;
    return end;
}

} // namespace shoal::sandbox
