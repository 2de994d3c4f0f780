#include "errands.hpp"

#include <shoal/utf8.hpp>

namespace shoal::script_lua {
namespace {

std::string_view level_name(LogLevel level)
{
    switch (level) {
    case LogLevel::error: return "error";
    case LogLevel::warning: return "warning";
    case LogLevel::info: return "info";
    case LogLevel::debug: return "debug";
    }
    return "info";
}

} // namespace

void Errands::begin(std::uint64_t errand, const std::vector<std::string>& handlers)
{
    open_[errand].left.insert(handlers.begin(), handlers.end());
    if (handlers.empty()) close(errand);
}

void Errands::say(std::uint64_t errand, LogLevel level, const std::string& text)
{
    const auto at = open_.find(errand);
    if (at == open_.end() || at->second.lines.size() >= most_lines) return;
    Value::Map line;
    line.append("level", level_name(level));
    line.append("text", to_valid_utf8(text));
    at->second.lines.emplace_back(std::move(line));
}

void Errands::end(std::uint64_t errand, const std::string& handler, const std::string& why)
{
    const auto at = open_.find(errand);
    if (at == open_.end()) return; // it was given up
    Value::Map one;
    one.append("handler", handler);
    if (!why.empty()) one.append("error", to_valid_utf8(why));
    at->second.handlers.emplace_back(std::move(one));
    at->second.left.erase(handler);
    if (at->second.left.empty()) close(errand);
}

void Errands::give_up(std::uint64_t errand)
{
    if (open_.contains(errand)) close(errand);
}

void Errands::close(std::uint64_t errand)
{
    auto node = open_.extract(errand);
    const auto& left = node.mapped().left;
    Value::Map answer;
    answer.append("handlers", std::move(node.mapped().handlers));
    answer.append("lines", std::move(node.mapped().lines));
    answer.append("waiting", !left.empty());
    answer.append("unfinished", Value::List(left.begin(), left.end()));
    finish(errand, Value(std::move(answer)));
}

} // namespace shoal::script_lua
