#include "client/options.hpp"

#include <charconv>

namespace shoal::client {

using control::Value;

std::uint64_t number_in(const Value::Map& options, std::string_view name)
{
    const auto* value = options.find(name);
    return value != nullptr && value->as_integer() != nullptr ? static_cast<std::uint64_t>(*value->as_integer()) : 0;
}

std::vector<std::string> texts_in(const Value::Map& options, std::string_view name)
{
    std::vector<std::string> texts;
    const auto* value = options.find(name);
    if (value == nullptr || value->as_list() == nullptr) return texts;
    for (const auto& one : *value->as_list()) {
        if (const auto* text = one.as_text()) texts.push_back(*text);
    }
    return texts;
}

Value::Map map_in(const Value::Map& options, std::string_view name)
{
    const auto* value = options.find(name);
    return value != nullptr && value->as_map() != nullptr ? *value->as_map() : Value::Map{};
}

std::map<std::uint32_t, std::string> texts_by_file(const Value::Map& options, std::string_view name)
{
    const auto map = map_in(options, name);
    std::map<std::uint32_t, std::string> texts;
    for (std::size_t i = 0; i < map.size(); ++i) {
        const auto& key = map.keys()[i];
        std::uint32_t file = 0;
        const auto read = std::from_chars(key.data(), key.data() + key.size(), file);
        const auto* text = map.values()[i].as_text();
        if (read.ec == std::errc{} && text != nullptr) texts.emplace(file, *text);
    }
    return texts;
}

Value::Map map_of(const std::map<std::uint32_t, std::string>& texts)
{
    Value::Map map;
    for (const auto& [file, text] : texts) map.append(std::to_string(file), text);
    return map;
}

std::optional<Reached> reached_in(const Value::Map& options)
{
    const auto* value = options.find("reached");
    if (value == nullptr || value->as_map() == nullptr) return std::nullopt;
    const auto& map = *value->as_map();
    return Reached{number_in(map, "wanted"), number_in(map, "done"), number_in(map, "pieces")};
}

Value::Map with_reached(const Value::Map& options, const std::optional<Reached>& reached)
{
    if (!reached) return without(options, "reached");
    const auto number = [](std::uint64_t octets) { return static_cast<std::int64_t>(octets); };
    Value::Map map;
    map.append("wanted", number(reached->wanted));
    map.append("done", number(reached->done));
    map.append("pieces", number(reached->pieces));
    auto with = options;
    with.set("reached", std::move(map));
    return with;
}

Value::Map without(const Value::Map& options, std::string_view name)
{
    Value::Map others;
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (options.keys()[i] != name) others.append(options.keys()[i], options.values()[i]);
    }
    return others;
}

}  // namespace shoal::client
