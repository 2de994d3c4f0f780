#pragma once

#include <shoal/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::control {

// A word of a filter, or one of its signs.
struct FilterToken {
    enum class Kind { word, quoted, sign, end };

    Kind kind = Kind::end;
    std::string text{};     // of a quoted one what is between the quotes, unescaped
    std::size_t place = 1;  // of its first character, counted from 1

    bool is(std::string_view sign) const { return kind == Kind::sign && text == sign; }
    // and, or, not, in; in any case.
    bool is_keyword(std::string_view keyword) const;
    bool is_keyword() const;
};

// Ends with an `end`. Signs are ( ) , = != < <= > >= ~; what is none of them, no space and no quote is part of a word.
// Errors: bad_input, with the place; limit_exceeded.
Result<std::vector<FilterToken>> filter_tokens(std::string_view text);

// Of a text that cannot be read.
Error filter_error(std::size_t place, std::string_view what);

}  // namespace shoal::control
