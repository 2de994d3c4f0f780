#include "cli/rules_text.hpp"

#include "cli/ctl_text.hpp"

#include <shoal/alike.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace shoal::cli {

using control::Value;

namespace {

const Value* value_in(const Value& answer, std::string_view key)
{
    const auto* map = answer.as_map();
    return map == nullptr ? nullptr : map->find(key);
}

bool flag_of(const Value& answer, std::string_view key)
{
    const auto* value = value_in(answer, key);
    return value != nullptr && value->as_bool() != nullptr && *value->as_bool();
}

std::string shown(const Value& answer, std::string_view key) { return printable(text_in_answer(answer, key)); }

std::string_view mark_of(const Value& finding)
{
    const auto got = text_in_answer(finding, "got");
    if (got == "not asked" || got == "not peeked") return "?";
    return flag_of(finding, "ok") ? "ok" : "FAIL";
}

std::string trace_text(const Value::List& trace, std::string_view indent)
{
    std::string out;
    for (const auto& finding : trace) {
        out += fmt::format("{}{:4} {:11} got {}, wanted {}\n", indent, mark_of(finding), shown(finding, "test"), shown(finding, "got"),
                           shown(finding, "wanted"));
    }
    return out;
}

std::string_view verdict_of(const Value& rule)
{
    if (!flag_of(rule, "matches")) return "";
    return flag_of(rule, "has_where") ? " takes it, if its where does" : " takes it";
}

// What of a decision must stay as it is.
std::string decision_line(const Value& decision)
{
    const auto why = shown(decision, "why");
    return fmt::format("{}: {}{}{}", shown(decision, "title"), shown(decision, "decision"),
                       shown(decision, "rule").empty() ? "" : " by " + shown(decision, "rule"), why.empty() ? "" : " (" + why + ")");
}

std::vector<std::string> decision_lines(const Value& answer)
{
    std::vector<std::string> lines;
    for (const auto& decision : list_in_answer(answer, "decisions")) lines.push_back(decision_line(decision));
    return lines;
}

}  // namespace

const Value::List& list_in_answer(const Value& answer, std::string_view key)
{
    static const Value::List none;
    const auto* value = value_in(answer, key);
    return value != nullptr && value->as_list() != nullptr ? *value->as_list() : none;
}

std::string text_in_answer(const Value& answer, std::string_view key)
{
    const auto* value = value_in(answer, key);
    return value != nullptr && value->as_text() != nullptr ? *value->as_text() : std::string();
}

std::int64_t integer_in_answer(const Value& answer, std::string_view key)
{
    const auto* value = value_in(answer, key);
    return value != nullptr && value->as_integer() != nullptr ? *value->as_integer() : 0;
}

std::optional<std::string> missing_in_answer(const Value& list, std::string_view key, const std::string& text)
{
    if (list.as_list() == nullptr) return std::nullopt;
    std::vector<std::string> there;
    for (const auto& one : *list.as_list()) there.push_back(text_in_answer(one, key));
    if (std::ranges::find(there, text) != there.end()) return std::nullopt;
    const std::vector<std::string_view> names(there.begin(), there.end());
    return printable(suggestion(text, names));
}

std::string printable_lines(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        std::string line(text.substr(at, end - at));
        for (auto tab = line.find('\t'); tab != line.npos; tab = line.find('\t', tab)) line.replace(tab, 1, "    ");
        out += (at == 0 ? "" : "\n") + printable(line);
        at = end + 1;
    }
    return out;
}

std::string decisions_text(const Value& answer, bool is_explained, std::optional<unsigned> width)
{
    const auto& decisions = list_in_answer(answer, "decisions");
    if (decisions.empty()) return "no items\n";
    if (!is_explained) return table_text(decisions, {"decision", "rule", "title", "why"}, width);
    std::string out;
    for (const auto& decision : decisions) {
        out += decision_line(decision) + "\n";
        for (const auto& one : list_in_answer(decision, "traces")) {
            out += fmt::format("  rule {}\n{}", shown(one, "rule"), trace_text(list_in_answer(one, "trace"), "    "));
        }
    }
    return out;
}

std::string decisions_difference(const Value& expected, const Value& answer)
{
    const auto wanted = decision_lines(expected);
    const auto got = decision_lines(answer);
    std::string out;
    for (std::size_t i = 0; i < std::max(wanted.size(), got.size()); ++i) {
        const bool is_same = i < wanted.size() && i < got.size() && wanted[i] == got[i];
        if (is_same) continue;
        if (i < wanted.size()) out += "- " + wanted[i] + "\n";
        if (i < got.size()) out += "+ " + got[i] + "\n";
    }
    return out;
}

std::string why_text(const Value& answer)
{
    std::string out;
    if (const auto* release = value_in(answer, "release")) {
        out += fmt::format("taken for {}, {}\n", shown(*release, "key"), shown(*release, "quality"));
    }
    const auto& rules = list_in_answer(answer, "rules");
    if (rules.empty()) out += "there are no rules\n";
    for (const auto& one : rules) {
        out += fmt::format("\nrule {}{}\n", shown(one, "rule"), verdict_of(one));
        out += trace_text(list_in_answer(one, "trace"), "  ");
        if (const auto change = shown(one, "change"); !change.empty()) out += "  to change that: " + change + "\n";
    }
    return out;
}

std::string comparison_text(const Value& answer)
{
    const auto& more = list_in_answer(answer, "more");
    const auto& fewer = list_in_answer(answer, "fewer");
    const auto same = integer_in_answer(answer, "same");
    const auto items = integer_in_answer(answer, "items");
    const auto others = items - same - static_cast<std::int64_t>(more.size() + fewer.size());
    auto out = fmt::format("{} more, {} fewer, {} as before, {} taken by neither, of {} items\n", more.size(), fewer.size(), same, others, items);
    for (const auto& one : more) out += "+ " + decision_line(one) + "\n";
    for (const auto& one : fewer) out += "- " + decision_line(one) + "\n";
    return out;
}

}  // namespace shoal::cli
