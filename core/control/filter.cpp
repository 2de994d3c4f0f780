#include "control/filter.hpp"

#include "control/alike.hpp"
#include "control/filter_operand.hpp"
#include "control/filter_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

// or    = and { "or" and }                 and = not { "and" not }               not = "not" not | term
// term  = "(" or ")" | field [ comparison value | "in" "(" value { "," value } ")" ]
namespace shoal::control {

struct Filter::Node {
    virtual ~Node() = default;
    virtual bool matches(const Value::Map& fields) const = 0;
};

namespace {

using Node = Filter::Node;
using NodePointer = std::unique_ptr<const Node>;
using Path = std::vector<std::string>;

constexpr std::size_t deepest = 64;

const Value* at_path(const Value::Map& fields, const Path& path)
{
    const Value::Map* map = &fields;
    const Value* found = nullptr;
    for (const auto& name : path) {
        found = map != nullptr ? map->find(name) : nullptr;
        if (found == nullptr) return nullptr;
        map = found->as_map();
    }
    return found;
}

// All of them, or any.
struct Several final : Node {
    Several(bool needs_all, std::vector<NodePointer> nodes) : all(needs_all), parts(std::move(nodes)) {}
    bool matches(const Value::Map& fields) const override
    {
        const auto is_true = [&](const NodePointer& part) { return part->matches(fields); };
        return all ? std::ranges::all_of(parts, is_true) : std::ranges::any_of(parts, is_true);
    }

    bool all;
    std::vector<NodePointer> parts;
};

struct Negation final : Node {
    explicit Negation(NodePointer node) : part(std::move(node)) {}
    bool matches(const Value::Map& fields) const override { return !part->matches(fields); }

    NodePointer part;
};

struct Truth final : Node {
    explicit Truth(Path where) : path(std::move(where)) {}
    bool matches(const Value::Map& fields) const override { return is_truthy(at_path(fields, path)); }

    Path path;
};

// Holds when it does for any of the operands.
struct Compared final : Node {
    Compared(Path where, Comparison how, std::vector<FilterOperand> with)
        : path(std::move(where)), comparison(how), operands(std::move(with))
    {}
    bool matches(const Value::Map& fields) const override
    {
        const auto* field = at_path(fields, path);
        return std::ranges::any_of(operands, [&](const FilterOperand& each) { return holds(field, comparison, each); });
    }

    Path path;
    Comparison comparison;
    std::vector<FilterOperand> operands;
};

std::optional<Comparison> comparison_of(const FilterToken& token)
{
    constexpr std::array<std::pair<std::string_view, Comparison>, 7> all{{{"=", Comparison::equal},
                                                                          {"!=", Comparison::unequal},
                                                                          {"<", Comparison::less},
                                                                          {"<=", Comparison::at_most},
                                                                          {">", Comparison::greater},
                                                                          {">=", Comparison::at_least},
                                                                          {"~", Comparison::alike}}};
    const auto known = std::ranges::find_if(all, [&](const auto& each) { return token.is(each.first); });
    return known == all.end() ? std::nullopt : std::optional(known->second);
}

// "limits.down"; nothing if it is no name.
std::optional<Path> path_of(std::string_view text)
{
    Path path;
    for (bool is_over = false; !is_over;) {
        const auto dot = text.find('.');
        const auto name = text.substr(0, dot);
        const bool is_name = !name.empty() && std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        });
        if (!is_name) return std::nullopt;
        path.emplace_back(name);
        is_over = dot == text.npos;
        if (!is_over) text.remove_prefix(dot + 1);
    }
    return path;
}

class FilterParser {
public:
    explicit FilterParser(std::vector<FilterToken> tokens) : tokens_(std::move(tokens)) {}

    Result<NodePointer> parse()
    {
        if (token().kind == FilterToken::Kind::end) return NodePointer(std::make_unique<Several>(true, std::vector<NodePointer>{}));
        auto root = alternatives();
        if (root && token().kind != FilterToken::Kind::end) return expected("'and', 'or' or the end");
        return root;
    }

    const std::set<std::string>& fields() const { return fields_; }

private:
    const FilterToken& token() const { return tokens_[next_]; }

    Error expected(std::string_view what) const
    {
        const bool is_end = token().kind == FilterToken::Kind::end;
        const auto seen = is_end ? std::string("it ends") : "there is " + quoted_name(token().text);
        return filter_error(token().place, fmt::format("{} where {} should be", seen, what));
    }

    bool skip(std::string_view sign)
    {
        if (!token().is(sign)) return false;
        ++next_;
        return true;
    }

    bool skip_keyword(std::string_view keyword)
    {
        if (!token().is_keyword(keyword)) return false;
        ++next_;
        return true;
    }

    Result<NodePointer> alternatives() { return several(false, "or", &FilterParser::conjunction); }
    Result<NodePointer> conjunction() { return several(true, "and", &FilterParser::negation); }

    Result<NodePointer> several(bool needs_all, std::string_view between, Result<NodePointer> (FilterParser::*part)())
    {
        std::vector<NodePointer> parts;
        do {
            auto node = (this->*part)();
            if (!node) return node.error();
            parts.push_back(std::move(*node));
        } while (skip_keyword(between));
        if (parts.size() == 1) return std::move(parts.front());
        return NodePointer(std::make_unique<Several>(needs_all, std::move(parts)));
    }

    Result<NodePointer> negation()
    {
        if (depth_ == deepest) return filter_error(token().place, "it is nested too deeply");
        ++depth_;
        auto node = skip_keyword("not") ? negated(negation()) : term();
        --depth_;
        return node;
    }

    static Result<NodePointer> negated(Result<NodePointer> node)
    {
        if (!node) return node;
        return NodePointer(std::make_unique<Negation>(std::move(*node)));
    }

    Result<NodePointer> term()
    {
        if (!skip("(")) return condition();
        auto inner = alternatives();
        if (inner && !skip(")")) return expected("')'");
        return inner;
    }

    Result<NodePointer> condition()
    {
        auto path = token().kind == FilterToken::Kind::word && !token().is_keyword() ? path_of(token().text) : std::nullopt;
        if (!path) return expected("the name of a field");
        ++next_;
        fields_.insert(fmt::format("{}", fmt::join(*path, ".")));
        if (skip_keyword("in")) return one_of(std::move(*path));
        const auto comparison = comparison_of(token());
        if (!comparison) return NodePointer(std::make_unique<Truth>(std::move(*path)));
        ++next_;
        std::vector<FilterOperand> operands;
        if (auto added = operand(operands); !added) return added.error();
        return NodePointer(std::make_unique<Compared>(std::move(*path), *comparison, std::move(operands)));
    }

    Result<NodePointer> one_of(Path path)
    {
        if (!skip("(")) return expected("'('");
        std::vector<FilterOperand> operands;
        do {
            if (auto added = operand(operands); !added) return added.error();
        } while (skip(","));
        if (!skip(")")) return expected("',' or ')'");
        return NodePointer(std::make_unique<Compared>(std::move(path), Comparison::equal, std::move(operands)));
    }

    Result<void> operand(std::vector<FilterOperand>& operands)
    {
        const bool is_quoted = token().kind == FilterToken::Kind::quoted;
        const bool is_word = token().kind == FilterToken::Kind::word && !token().is_keyword();
        if (!is_quoted && !is_word) return expected("a value");
        operands.emplace_back(token().text, is_quoted);
        ++next_;
        return {};
    }

    std::vector<FilterToken> tokens_;
    std::size_t next_ = 0;
    std::size_t depth_ = 0;
    std::set<std::string> fields_;
};

}  // namespace

Result<Filter> Filter::parse(std::string_view text)
{
    auto tokens = filter_tokens(text);
    if (!tokens) return tokens.error();
    FilterParser parser(std::move(*tokens));
    auto root = parser.parse();
    if (!root) return root.error();
    return Filter(std::move(*root), {parser.fields().begin(), parser.fields().end()});
}

bool Filter::matches(const Value::Map& fields) const
{
    return root_->matches(fields);
}

}  // namespace shoal::control
