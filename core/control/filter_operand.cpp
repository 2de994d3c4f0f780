#include "control/filter_operand.hpp"

#include <shoal/hex.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <compare>
#include <utility>

namespace shoal::control {

namespace {

using Number = FilterOperand::Number;

struct OperandUnit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array<OperandUnit, 21> operand_units{{
    {"k", 1'000},       {"M", 1'000'000},   {"G", 1'000'000'000},  {"T", 1'000'000'000'000},
    {"Ki", 1LL << 10},  {"Mi", 1LL << 20},  {"Gi", 1LL << 30},     {"Ti", 1LL << 40},
    {"kB", 1'000},      {"MB", 1'000'000},  {"GB", 1'000'000'000}, {"TB", 1'000'000'000'000},
    {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30},    {"TiB", 1LL << 40},
    {"s", 1},           {"m", 60},          {"h", 3'600},          {"d", 86'400},
    {"w", 604'800},
}};

std::optional<std::int64_t> factor_of(std::string_view unit)
{
    if (unit.empty()) return 1;
    const auto known = std::ranges::find(operand_units, unit, &OperandUnit::name);
    return known == operand_units.end() ? std::nullopt : std::optional(known->factor);
}

std::optional<Number> number_in(std::string_view text)
{
    const auto digits = text.substr(0, text.find_first_not_of("+-.0123456789"));
    const auto factor = factor_of(text.substr(digits.size()));
    if (!factor || digits.empty()) return std::nullopt;
    const auto* begin = digits.data() + (digits.front() == '+' ? 1 : 0);
    const auto* end = digits.data() + digits.size();
    std::int64_t whole = 0;
    std::int64_t product = 0;
    if (const auto read = std::from_chars(begin, end, whole);
        read.ec == std::errc{} && read.ptr == end && !__builtin_mul_overflow(whole, *factor, &product)) {
        return product;
    }
    double real = 0;
    const auto read = std::from_chars(begin, end, real, std::chars_format::fixed);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return real * static_cast<double>(*factor);
}

std::optional<bool> flag_in(std::string_view text)
{
    if (text == "true" || text == "yes") return true;
    if (text == "false" || text == "no") return false;
    return std::nullopt;
}

bool fulfils(std::partial_ordering order, Comparison comparison)
{
    switch (comparison) {
    case Comparison::equal: return order == 0;
    case Comparison::less: return order < 0;
    case Comparison::at_most: return order <= 0;
    case Comparison::greater: return order > 0;
    case Comparison::at_least: return order >= 0;
    case Comparison::unequal:
    case Comparison::alike: break;
    }
    return false;
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::size_t character(std::string_view text, std::size_t at)
{
    do ++at;
    while (at < text.size() && (text[at] & 0xc0) == 0x80);
    return at;
}

// With one point of return, at the latest star: quadratic at worst, whatever the pattern.
bool matches_whole(std::string_view glob, std::string_view text)
{
    std::size_t g = 0;
    std::size_t t = 0;
    std::size_t star = glob.npos;
    std::size_t taken = 0;
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            star = ++g;
            taken = t;
        } else if (g < glob.size() && glob[g] == '?') {
            ++g;
            t = character(text, t);
        } else if (g < glob.size() && lower(glob[g]) == lower(text[t])) {
            ++g;
            ++t;
        } else if (star != glob.npos) {
            g = star;
            t = taken = character(text, taken);
        } else {
            return false;
        }
    }
    return glob.find_first_not_of('*', g) == glob.npos;
}

bool is_alike(std::string_view text, std::string_view glob)
{
    if (glob.find_first_of("*?") != glob.npos) return matches_whole(glob, text);
    const auto is_same = [](char a, char b) { return lower(a) == lower(b); };
    return glob.empty() || std::search(text.begin(), text.end(), glob.begin(), glob.end(), is_same) != text.end();
}

bool text_holds(std::string_view text, Comparison comparison, const FilterOperand& operand)
{
    if (comparison == Comparison::alike) return is_alike(text, operand.text());
    return fulfils(text <=> std::string_view(operand.text()), comparison);
}

template <class Given>
bool number_holds(Given given, Comparison comparison, const FilterOperand& operand)
{
    if (!operand.number()) return false;
    return std::visit(
        [&](auto number) {
            if constexpr (std::is_same_v<Given, decltype(number)>) return fulfils(given <=> number, comparison);
            else return fulfils(static_cast<double>(given) <=> static_cast<double>(number), comparison);
        },
        *operand.number());
}

}  // namespace

FilterOperand::FilterOperand(std::string text, bool is_quoted) : text_(std::move(text))
{
    if (is_quoted) return;
    number_ = number_in(text_);
    flag_ = flag_in(text_);
}

bool holds(const Value* field, Comparison comparison, const FilterOperand& operand)
{
    if (comparison == Comparison::unequal) return !holds(field, Comparison::equal, operand);
    if (field == nullptr) return false;
    if (const auto* text = field->as_text()) return text_holds(*text, comparison, operand);
    if (const auto* integer = field->as_integer()) return number_holds(*integer, comparison, operand);
    if (const auto* real = field->as_real()) return number_holds(*real, comparison, operand);
    if (const auto* flag = field->as_bool()) return comparison == Comparison::equal && operand.flag() == *flag;
    if (const auto* bytes = field->as_bytes()) return text_holds(to_hex(*bytes), comparison, operand);
    if (const auto* list = field->as_list()) {
        return std::ranges::any_of(*list, [&](const Value& each) { return each.as_list() == nullptr && holds(&each, comparison, operand); });
    }
    return false;
}

bool is_truthy(const Value* field)
{
    if (field == nullptr) return false;
    if (const auto* flag = field->as_bool()) return *flag;
    if (const auto* integer = field->as_integer()) return *integer != 0;
    if (const auto* real = field->as_real()) return *real != 0;
    if (const auto* text = field->as_text()) return !text->empty();
    if (const auto* bytes = field->as_bytes()) return !bytes->empty();
    if (const auto* list = field->as_list()) return !list->empty();
    if (const auto* map = field->as_map()) return map->size() != 0;
    return false;
}

}  // namespace shoal::control
