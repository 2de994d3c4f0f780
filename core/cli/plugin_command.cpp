#include "cli/plugin_command.hpp"

#include "control/json.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace shoal::cli {

namespace {

using control::Value;
using host::Manifest;
using host::Plugin;
using host::Registry;
using host::SettingSchema;

Value list_of(const std::vector<std::string>& texts)
{
    return Value(Value::List(texts.begin(), texts.end()));
}

Value setting_value(const SettingSchema& setting)
{
    Value::Map out;
    out.set("name", setting.name).set("type", host::type_name(setting.type)).set("default", setting.fallback);
    if (setting.min) out.set("min", *setting.min);
    if (setting.max) out.set("max", *setting.max);
    if (!setting.choices.empty()) out.set("choices", list_of(setting.choices));
    if (!setting.unit.empty()) out.set("unit", setting.unit);
    out.set("scope", host::scope_name(setting.scope)).set("live", setting.live).set("help", setting.help);
    return out;
}

void add_manifest(const Manifest& manifest, Value::Map& out)
{
    Value::List provides;
    for (const auto& offer : manifest.provides) {
        provides.push_back(Value::Map{}
                               .set("kind", offer.kind)
                               .set("name", offer.name)
                               .set("scope", host::scope_name(offer.scope)));
    }
    Value::List settings;
    for (const auto& setting : manifest.settings) settings.push_back(setting_value(setting));
    out.set("id", manifest.id).set("version", manifest.version).set("license", manifest.license);
    out.set("summary", manifest.summary);
    out.set("abi", fmt::format("{}.{}", manifest.abi_major, manifest.abi_minor));
    out.set("provides", std::move(provides)).set("requires", list_of(manifest.required));
    out.set("optional", list_of(manifest.optional)).set("permissions", list_of(manifest.permissions));
    out.set("schemes", list_of(manifest.schemes))
        .set("settings", std::move(settings))
        .set("sim_safe", manifest.sim_safe);
}

Value plugin_value(const Plugin& plugin)
{
    Value::Map out;
    out.set("path", plugin.path.string()).set("state", host::state_name(plugin.state));
    if (!plugin.reason.empty()) out.set("reason", plugin.reason);
    if (!plugin.hidden_by.empty()) out.set("hidden_by", plugin.hidden_by.string());
    if (plugin.manifest) add_manifest(*plugin.manifest, out);
    return out;
}

struct Row {
    std::string kind;
    std::string name;
    std::string version;
    std::string state;
    std::string summary;
};

std::vector<Row> rows(const Registry& registry)
{
    std::vector<Row> out;
    for (const auto& plugin : registry.list()) {
        if (!plugin->manifest || !plugin->is_usable() || !plugin->hidden_by.empty()) continue;
        for (const auto& offer : plugin->manifest->provides) {
            out.push_back({std::string(host::kind_noun(offer.kind)), offer.name,
                           printable(plugin->manifest->version), std::string(host::state_name(plugin->state)),
                           printable(plugin->manifest->summary)});
        }
    }
    std::ranges::sort(out, {}, [](const Row& row) { return std::pair(row.kind, row.name); });
    return out;
}

void print_table(const std::vector<Row>& rows, std::ostream& out)
{
    std::size_t kind = 4;
    std::size_t name = 4;
    std::size_t version = 7;
    for (const auto& row : rows) {
        kind = std::max(kind, row.kind.size());
        name = std::max(name, row.name.size());
        version = std::max(version, row.version.size());
    }
    const auto line = [&](const Row& row) {
        out << fmt::format("{:{}}  {:{}}  {:{}}  {:9}  {}\n", row.kind, kind, row.name, name, row.version,
                           version, row.state, row.summary);
    };
    line({"KIND", "NAME", "VERSION", "STATE", "WHAT IT DOES"});
    for (const auto& row : rows) line(row);
}

void print_unusable(const Registry& registry, std::ostream& out)
{
    for (const auto& plugin : registry.list()) {
        const auto path = printable(plugin->path.string());
        if (!plugin->is_usable()) {
            out << fmt::format("{}: {}: {}\n", path, host::state_name(plugin->state),
                               printable(plugin->reason));
        } else if (!plugin->hidden_by.empty()) {
            out << fmt::format("{}: hidden: {} has the same id\n", path,
                               printable(plugin->hidden_by.string()));
        }
    }
}

void print_setting(const SettingSchema& setting, std::ostream& out)
{
    std::string limits;
    if (setting.min) limits += fmt::format(", at least {}", *setting.min);
    if (setting.max) limits += fmt::format(", at most {}", *setting.max);
    if (!setting.choices.empty()) limits += fmt::format(", one of {}", fmt::join(setting.choices, " "));
    if (!setting.unit.empty()) limits += ", in " + setting.unit;
    if (setting.live) limits += ", may change while running";
    out << fmt::format("  {} ({}, default {}{})\n      {}\n", setting.name, host::type_name(setting.type),
                       control::to_json(setting.fallback), printable(limits), printable(setting.help));
}

void print_plugin(const Plugin& plugin, std::ostream& out)
{
    const auto line = [&out](std::string_view what, std::string_view value) {
        if (!value.empty()) out << fmt::format("{:12} {}\n", what, printable(value));
    };
    if (const auto* manifest = plugin.manifest.get()) {
        line("id", manifest->id);
        line("version", manifest->version);
        line("licence", manifest->license);
        line("summary", manifest->summary);
        for (const auto& offer : manifest->provides) {
            line("provides",
                 fmt::format("{} '{}' for each {}", offer.kind, offer.name, host::scope_name(offer.scope)));
        }
        line("schemes", fmt::format("{}", fmt::join(manifest->schemes, ", ")));
        line("requires", fmt::format("{}", fmt::join(manifest->required, ", ")));
        line("can use", fmt::format("{}", fmt::join(manifest->optional, ", ")));
        line("permissions", manifest->permissions.empty()
                                ? "none"
                                : fmt::format("{}", fmt::join(manifest->permissions, ", ")));
        line("ABI", fmt::format("{}.{}", manifest->abi_major, manifest->abi_minor));
        line("in the lab", manifest->sim_safe ? "yes" : "no");
    }
    line("file", plugin.path.string());
    line("state", host::state_name(plugin.state));
    line("because", plugin.reason);
    line("hidden by", plugin.hidden_by.string());
    if (!plugin.manifest || plugin.manifest->settings.empty()) return;
    out << "settings\n";
    for (const auto& setting : plugin.manifest->settings) print_setting(setting, out);
}

bool is_called(const Plugin& plugin, std::string_view name)
{
    // A file without a readable manifest has no other name.
    if (!plugin.manifest) return plugin.path.stem() == name;
    return plugin.manifest->id == name
           || std::ranges::any_of(plugin.manifest->provides,
                                  [&](const auto& offer) { return offer.name == name; });
}

// The registry reads a file it has not met, and knows one it has by whatever path.
std::vector<const Plugin*> plugins_called(Registry& registry, std::string_view name)
{
    std::vector<const Plugin*> called;
    std::error_code problem;
    const bool is_path = name.find('/') != name.npos || name.ends_with(".so");
    if (is_path && std::filesystem::exists(name, problem)) called.push_back(&registry.add(name));
    if (is_path) return called;
    for (const auto& plugin : registry.list()) {
        if (is_called(*plugin, name)) called.push_back(plugin.get());
    }
    return called;
}

std::string absence(const Registry& registry, std::string_view name)
{
    if (name.find('/') != name.npos || name.ends_with(".so")) {
        return fmt::format("there is no plug-in file {}", printable(name));
    }
    std::string there;
    for (const auto& row : rows(registry)) there += (there.empty() ? "" : ", ") + row.name;
    return fmt::format("no plug-in named '{}'; {}", printable(name),
                       there.empty() ? "there are none" : "there are: " + there);
}

}  // namespace

int plugin_list(const Registry& registry, bool json, std::ostream& out)
{
    if (json) {
        Value::List plugins;
        for (const auto& plugin : registry.list()) plugins.push_back(plugin_value(*plugin));
        out << control::to_json(plugins) << '\n';
        return 0;
    }
    const auto usable = rows(registry);
    if (!usable.empty()) {
        print_table(usable, out);
    } else if (registry.folders().empty()) {
        out << "no plug-ins: no plug-in folder was given\n";
    } else {
        std::vector<std::string> folders;
        for (const auto& folder : registry.folders()) folders.push_back(printable(folder.string()));
        out << fmt::format("no plug-ins in {}\n", fmt::join(folders, ", "));
    }
    print_unusable(registry, out);
    return 0;
}

ExitCode plugin_info(Registry& registry, std::string_view name, bool json, std::ostream& out, std::ostream& err)
{
    const auto called = plugins_called(registry, name);
    if (called.empty()) {
        err << "shoal: " << absence(registry, name) << std::endl;
        return ExitCode::bad_input;
    }
    if (json) {
        Value::List found;
        for (const auto* plugin : called) found.push_back(plugin_value(*plugin));
        out << control::to_json(found.size() == 1 ? found.front() : Value(found)) << '\n';
        return ExitCode::ok;
    }
    for (const auto* plugin : called) {
        if (plugin != called.front()) out << '\n';
        print_plugin(*plugin, out);
    }
    return ExitCode::ok;
}

}  // namespace shoal::cli
