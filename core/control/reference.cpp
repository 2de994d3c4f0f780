#include "control/reference.hpp"

#include "control/json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

namespace shoal::control {

namespace {

// Texts of plug-ins stay text: no links, no HTML, no columns of their own.
std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (std::string_view("\\`*[]<>|").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

std::string code(std::string_view text)
{
    return text.find_first_of("`|\\") == text.npos ? fmt::format("`{}`", text) : escaped(text);
}

std::string type_of(const Field& field)
{
    std::string type(field_type_name(field.type));
    if (field.choices.empty()) return type;
    std::vector<std::string> choices;
    for (const auto& choice : field.choices) choices.push_back(code(choice));
    return fmt::format("{}: {}", type, fmt::join(choices, ", "));
}

std::string default_of(const Field& field)
{
    if (field.is_required) return "required";
    return field.fallback.is_null() ? std::string() : code(to_json(field.fallback));
}

std::string argument_table(const MethodSchema& method)
{
    if (method.arguments.empty()) return "No arguments.\n\n";
    std::string out = "| argument | type | default | |\n|---|---|---|---|\n";
    for (const auto& field : method.arguments) {
        out += fmt::format("| `{}` | {} | {} | {} |\n", field.name, type_of(field), default_of(field), escaped(field.help));
    }
    return out + "\n";
}

// What is in the maps of an answer, or of an event.
std::string field_table(const std::vector<Field>& fields)
{
    std::string out = "| field | type | |\n|---|---|---|\n";
    for (const auto& field : fields) out += fmt::format("| `{}` | {} | {} |\n", field.name, type_of(field), escaped(field.help));
    return out + "\n";
}

std::string row_table(const std::vector<Field>& rows)
{
    if (rows.empty()) return {};
    std::string out = "| field | type | there | |\n|---|---|---|---|\n";
    for (const auto& field : rows) {
        out += fmt::format("| `{}` | {} | {} | {} |\n", field.name, type_of(field), field.is_required ? "always" : "perhaps", escaped(field.help));
    }
    return out + "\n";
}

std::string head(std::string_view name, std::string_view help, std::string_view plugin)
{
    const auto whose = plugin.empty() ? std::string() : fmt::format("Of the plug-in {}.\n\n", code(plugin));
    return fmt::format("### {}\n\n{}.\n\n{}", name, escaped(help), whose);
}

std::string section(const MethodSchema& method, const About& about)
{
    auto out = head(method.name, method.help, about.plugin) + argument_table(method);
    if (!method.answer.empty()) out += fmt::format("Answer: {}.\n\n", escaped(method.answer));
    out += row_table(about.rows);
    std::vector<std::string> errors;
    for (const auto code : method.errors) errors.push_back(fmt::format("`{}`", errc_name(code)));
    if (!errors.empty()) out += fmt::format("Errors: {}.\n\n", fmt::join(errors, ", "));
    return out;
}

std::string section(const EventSchema& event, std::string_view plugin = {})
{
    const auto out = head(event.name, event.help, plugin);
    return event.fields.empty() ? out : out + field_table(event.fields);
}

std::string setting_table(const std::vector<const SettingSchema*>& settings)
{
    if (settings.empty()) return {};
    std::string out = "## Settings of plug-ins\n\n"
                      "`plugins.NAME.SETTING` is of the plug-in NAME.\n\n"
                      "| setting | is | default | live | |\n|---|---|---|---|---|\n";
    for (const auto* setting : settings) {
        out += fmt::format("| `{}` | {} | {} | {} | {} |\n", setting->name, escaped(expectation(*setting)), code(to_json(setting->fallback)),
                           setting->is_live ? "yes" : "", escaped(setting->help));
    }
    return out + "\n";
}

}  // namespace

std::string reference_page(const Registry& registry, const std::vector<const SettingSchema*>& settings)
{
    std::string out = "# Methods and events\n\n"
                      "Generated. Arguments are checked before a method sees them: any call may fail with `invalid_argument`, with `not_found` when there is\n"
                      "no such method, and with `cancelled` when what should answer ends.\n\n## Methods\n\n";
    for (const auto* method : registry.methods()) out += section(*method, registry.about(method->name));
    out += "## Events\n\nBeside its own fields each has `seq` (int: 1, 2, 3 … since the start), `time` (int: unix seconds) and `cause` (text: who made it\n"
           "happen): `core`, nobody asked for it; `user`, `shoal ctl` and the like; `rpc` or `rpc:NAME`, another program at the socket; `plugin:NAME`;\n"
           "`script:NAME`; `rule:NAME`.\n\n";
    for (const auto* event : registry.events()) out += section(*event, registry.plugin_of(event->name));
    const auto hooks = registry.hooks().declared();
    if (!hooks.empty()) {
        out += "## Hooks\n\nWhat plug-ins and scripts are asked before it happens; they may forbid it, or change it. Each question has `cause`, as events have.\n\n";
    }
    for (const auto* hook : hooks) out += section(*hook);
    out += setting_table(settings);
    out.pop_back();
    return out;
}

}  // namespace shoal::control
