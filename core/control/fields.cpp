#include "control/fields.hpp"

#include "control/alike.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace shoal::control {

namespace {

// Of a map that nobody has told more of, anything may be asked: "limits.down" of "limits".
bool is_open_map(const Field& field, std::string_view asked, const std::vector<Field>& rows)
{
    if (field.type != Value::Type::map && field.type != Value::Type::null) return false;
    if (!asked.starts_with(field.name + '.')) return false;
    return std::ranges::none_of(rows, [&](const Field& other) { return other.name.starts_with(field.name + '.'); });
}

bool is_known(std::string_view asked, const std::vector<Field>& rows)
{
    return std::ranges::any_of(rows, [&](const Field& field) { return field.name == asked || is_open_map(field, asked, rows); });
}

}  // namespace

Result<void> check_fields(const MethodSchema& schema, const std::vector<Field>& rows, std::span<const std::string> asked)
{
    for (const auto& field : asked) {
        if (is_known(field, rows)) continue;
        std::vector<std::string_view> names;
        for (const auto& row : rows) names.push_back(row.name);
        return make_error(Errc::invalid_argument,
                          fmt::format("{}: {} is no field{} (all there are: shoal ctl call methods.list name={})", schema.name, quoted_name(field),
                                      suggestion(field, names), schema.name));
    }
    return {};
}

}  // namespace shoal::control
