#pragma once

#include "control/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace shoal::control {

// What a field is compared with: a text that, unless it was quoted, may be meant as a number or as true or false as well.
class FilterOperand {
public:
    using Number = std::variant<std::int64_t, double>;

    FilterOperand(std::string text, bool is_quoted);

    const std::string& text() const { return text_; }
    const std::optional<Number>& number() const { return number_; }
    const std::optional<bool>& flag() const { return flag_; }

private:
    std::string text_;
    std::optional<Number> number_;
    std::optional<bool> flag_;
};

enum class Comparison { equal, unequal, less, at_most, greater, at_least, alike };

// A list holds what any of its elements does; bytes are the text of their lower-case hexadecimal digits. `unequal` is the contrary
// of `equal`.
bool holds(const Value* field, Comparison comparison, const FilterOperand& operand);

// Neither absent, null, false, 0 nor empty.
bool is_truthy(const Value* field);

}  // namespace shoal::control
