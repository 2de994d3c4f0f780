#include "control/filter_text.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace shoal::control {

namespace {

constexpr std::size_t longest_filter = 64 * 1024;  // a thousand info-hashes after `in`
constexpr std::array<std::string_view, 4> keywords{"and", "or", "not", "in"};
constexpr std::string_view spaces = " \t\r\n";
constexpr std::string_view signs = "(),=!<>~";

bool is_same_word(std::string_view a, std::string_view lower)
{
    return std::ranges::equal(a, lower, [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y; });
}

class FilterReader {
public:
    explicit FilterReader(std::string_view text) : rest_(text) {}

    Result<std::vector<FilterToken>> read()
    {
        std::vector<FilterToken> tokens;
        do {
            skip(std::min(rest_.find_first_not_of(spaces), rest_.size()));
            auto token = next();
            if (!token) return token.error();
            tokens.push_back(std::move(*token));
        } while (tokens.back().kind != FilterToken::Kind::end);
        return tokens;
    }

private:
    Result<FilterToken> next()
    {
        if (rest_.empty()) return FilterToken{.place = place_};
        if (rest_.front() == '"') return quoted();
        if (signs.find(rest_.front()) != signs.npos) return sign();
        return taken(FilterToken::Kind::word, std::min(rest_.find_first_of(" \t\r\n\"(),=!<>~"), rest_.size()));
    }

    FilterToken taken(FilterToken::Kind kind, std::size_t octets)
    {
        const auto place = place_;
        return {kind, std::string(skip(octets)), place};
    }

    Result<FilterToken> sign()
    {
        const bool is_double = rest_.size() > 1 && rest_[1] == '=' && std::string_view("!<>").find(rest_[0]) != std::string_view::npos;
        if (rest_.front() == '!' && !is_double) return filter_error(place_, "'!' is no sign alone: write 'not'");
        return taken(FilterToken::Kind::sign, is_double ? 2 : 1);
    }

    Result<FilterToken> quoted()
    {
        FilterToken token{FilterToken::Kind::quoted, {}, place_};
        skip(1);
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\') {
                if (rest_.size() < 2 || (rest_[1] != '"' && rest_[1] != '\\')) {
                    return filter_error(place_, R"(after '\' comes '"' or '\')");
                }
                skip(1);
            }
            token.text += skip(1);
        }
        if (rest_.empty()) return filter_error(token.place, "the quote has no end");
        skip(1);
        return token;
    }

    std::string_view skip(std::size_t octets)
    {
        const auto skipped = rest_.substr(0, octets);
        rest_.remove_prefix(octets);
        place_ += static_cast<std::size_t>(std::ranges::count_if(skipped, [](char c) { return (c & 0xc0) != 0x80; }));
        return skipped;
    }

    std::string_view rest_;
    std::size_t place_ = 1;
};

}  // namespace

bool FilterToken::is_keyword(std::string_view keyword) const
{
    return kind == Kind::word && is_same_word(text, keyword);
}

bool FilterToken::is_keyword() const
{
    return std::ranges::any_of(keywords, [&](std::string_view each) { return is_keyword(each); });
}

Result<std::vector<FilterToken>> filter_tokens(std::string_view text)
{
    if (text.size() > longest_filter) {
        return make_error(Errc::limit_exceeded, fmt::format("the filter has {} octets, more than {}", text.size(), longest_filter));
    }
    if (!is_valid_utf8(text)) return make_error(Errc::bad_input, "the filter is no UTF-8");
    return FilterReader(text).read();
}

Error filter_error(std::size_t place, std::string_view what)
{
    return make_error(Errc::bad_input, fmt::format("the filter cannot be read at character {}: {}", place, what));
}

}  // namespace shoal::control
