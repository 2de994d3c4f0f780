#include "cli/search_text.hpp"

#include "cli/ctl_table.hpp"
#include "cli/quantity.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace shoal::cli {

using control::Value;

namespace {

const Value::List& found_list(const Value& answer, std::string_view name)
{
    static const Value::List none;
    const auto* map = answer.as_map();
    const auto* value = map != nullptr ? map->find(name) : nullptr;
    return value != nullptr && value->as_list() != nullptr ? *value->as_list() : none;
}

std::string found_text(const Value& item, std::string_view name)
{
    const auto* map = item.as_map();
    const auto* value = map != nullptr ? map->find(name) : nullptr;
    return value != nullptr && value->as_text() != nullptr ? *value->as_text() : std::string();
}

std::optional<std::int64_t> found_number(const Value& item, std::string_view name)
{
    const auto* map = item.as_map();
    const auto* value = map != nullptr ? map->find(name) : nullptr;
    return value != nullptr && value->as_integer() != nullptr && *value->as_integer() >= 0 ? std::optional(*value->as_integer()) : std::nullopt;
}

std::string found_age(const Value& item, std::int64_t now)
{
    const auto published = found_number(item, "published");
    return published ? duration_text(std::chrono::seconds(std::max<std::int64_t>(now - *published, 0))) : "?";
}

std::string found_size(const Value& item)
{
    const auto size = found_number(item, "size");
    return size ? size_text(static_cast<std::uint64_t>(*size)) : "?";
}

std::string found_table(const Value::List& items, std::optional<unsigned> width, std::int64_t now)
{
    Table table;
    for (const auto* heading : {"#", "title", "size", "seeders", "age", "feed"}) table.add_column(heading);
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& item = items[i];
        const auto seeders = found_number(item, "seeders");
        table.add_row({{.text = std::to_string(i + 1), .is_number = true},
                       {.text = printable(found_text(item, "title"))},
                       {.text = found_size(item), .is_number = true},
                       {.text = seeders ? std::to_string(*seeders) : "?", .is_number = true},
                       {.text = found_age(item, now), .is_number = true},
                       {.text = printable(found_text(item, "feed"))}});
    }
    return table.text(width);
}

}  // namespace

std::string search_text(const Value& answer, std::optional<unsigned> width, bool has_urls, std::int64_t now)
{
    const auto& items = found_list(answer, "items");
    std::string text = items.empty() ? "nothing found\n" : found_table(items, width, now);
    for (const auto& problem : found_list(answer, "problems")) {
        text += fmt::format("{} did not answer: {}\n", printable(found_text(problem, "feed")), printable(found_text(problem, "why")));
    }
    for (std::size_t i = 0; has_urls && i < items.size(); ++i) {
        text += fmt::format("{}  {}\n", i + 1, printable(found_text(items[i], "url")));
    }
    return text;
}

std::optional<std::string> found_source(const Value& answer, std::size_t number)
{
    const auto& items = found_list(answer, "items");
    if (number < 1 || number > items.size()) return std::nullopt;
    auto url = found_text(items[number - 1], "url");
    return url.empty() ? std::nullopt : std::optional(std::move(url));
}

}  // namespace shoal::cli
