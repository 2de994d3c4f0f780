#include "control/description.hpp"

#include <utility>
#include <vector>

namespace shoal::control {

namespace {

Value field_description(const Field& field)
{
    Value::Map map;
    map.append("name", field.name);
    map.append("type", field_type_name(field.type));
    map.append("help", field.help);
    map.append("required", field.is_required);
    if (!field.fallback.is_null()) map.append("default", field.fallback);
    if (!field.choices.empty()) map.append("choices", Value::List(field.choices.begin(), field.choices.end()));
    return map;
}

Value descriptions_of(const std::vector<Field>& fields)
{
    Value::List list;
    for (const auto& field : fields) list.push_back(field_description(field));
    return list;
}

}  // namespace

Value description_of(const MethodSchema& method, const About& about)
{
    Value::List errors;
    for (const auto code : method.errors) errors.emplace_back(errc_name(code));
    Value::Map map;
    map.append("name", method.name);
    map.append("help", method.help);
    map.append("arguments", descriptions_of(method.arguments));
    map.append("answer", method.answer);
    map.append("errors", std::move(errors));
    if (!about.rows.empty()) map.append("rows", descriptions_of(about.rows));
    if (!about.plugin.empty()) map.append("plugin", about.plugin);
    return map;
}

Value description_of(const EventSchema& event, std::string_view plugin)
{
    Value::Map map;
    map.append("name", event.name);
    map.append("help", event.help);
    map.append("fields", descriptions_of(event.fields));
    if (!plugin.empty()) map.append("plugin", plugin);
    return map;
}

}  // namespace shoal::control
