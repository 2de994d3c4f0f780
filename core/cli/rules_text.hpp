#pragma once

#include "control/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What the rules answer, for people. What strangers put into titles is shown, never obeyed.
namespace shoal::cli {

// Of an answer that is a map; empty when it is not there.
const control::Value::List& list_in_answer(const control::Value& answer, std::string_view key);
std::string text_in_answer(const control::Value& answer, std::string_view key);
// Of a list of maps one of which is to have that text: nothing, it does, or there is no list. Otherwise who was meant, "; did you mean …?" or empty.
std::optional<std::string> missing_in_answer(const control::Value& list, std::string_view key, const std::string& text);
std::int64_t integer_in_answer(const control::Value& answer, std::string_view key);

// Several lines, each printable.
std::string printable_lines(std::string_view text);

// A table of what would be done, or with traces each item and below it every rule's tests.
std::string decisions_text(const control::Value& answer, bool is_explained, std::optional<unsigned> width);
// Line by line what was expected ("-") and what came ("+"); empty: the same. `expected`: an earlier answer.
std::string decisions_difference(const control::Value& expected, const control::Value& answer);
std::string why_text(const control::Value& answer);
std::string comparison_text(const control::Value& answer);

}  // namespace shoal::cli
