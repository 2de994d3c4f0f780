#include "daemon/settings_sources.hpp"

#include "control/alike.hpp"
#include "daemon/folders.hpp"
#include "daemon/settings_file.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <utility>

namespace shoal::daemon {

namespace {

using control::Settings;
using control::Value;
using Layer = Settings::Layer;

constexpr std::string_view prefix = "SHOAL_";

struct FromVariables {
    std::vector<Settings::Given> given;
    std::vector<std::string> warnings;
};

// Others may have variables that begin like ours: what we do not know is no error.
FromVariables from_variables(const Settings& settings, const Variables& variables)
{
    std::map<std::string, std::string, std::less<>> known;
    for (const auto* schema : settings.schemas()) known.emplace(control::environment_name(schema->name), schema->name);
    std::vector<std::string_view> names;
    for (const auto& [variable, name] : known) names.push_back(variable);
    FromVariables found;
    for (const auto& [variable, text] : variables) {
        if (!variable.starts_with(prefix)) continue;
        if (const auto at = known.find(variable); at != known.end()) {
            found.given.push_back({at->second, Value(text), "environment " + variable});
        } else if (const auto meant = suggestion(variable, names); !meant.empty()) {
            found.warnings.push_back(fmt::format("environment {}: no setting is called so{}", printable(variable, 100), meant));
        }
    }
    return found;
}

Result<void> lay_file(Settings& settings, const SettingsPath& file)
{
    auto given = read_settings_file(file.path);
    if (given) {
        // A table that is begun and says nothing is not worth an error.
        std::erase_if(*given, [&](const auto& one) { return one.value.as_map() != nullptr && settings.is_group(one.name); });
        return settings.lay(Layer::file, *given);
    }
    if (file.is_named || given.error().code != Errc::not_found) return given.error();
    return settings.lay(Layer::file, {});
}

}  // namespace

Result<std::vector<std::string>> load_settings(Settings& settings, const SettingsSources& sources)
{
    auto found = from_variables(settings, sources.variables);
    const auto file = lay_file(settings, sources.file);
    if (!file && file.error().code != Errc::invalid_argument) return file.error();  // it says nothing at all
    std::string wrong;
    for (const auto& laid : {file, settings.lay(Layer::environment, found.given),
                             settings.lay(Layer::flag, sources.flags)}) {
        if (!laid) wrong += (wrong.empty() ? "" : "\n") + laid.error().text;
    }
    if (!wrong.empty()) return make_error(Errc::invalid_argument, std::move(wrong));
    return std::move(found.warnings);
}

Result<Reloaded> reload(Settings& settings, const SettingsPath& file)
{
    Reloaded reloaded;
    const auto changes = settings.on_change([&](const Settings::Change& change) {
        (change.is_waiting ? reloaded.waiting : reloaded.changed).push_back(change.name);
    });
    if (const auto laid = lay_file(settings, file); !laid) return laid.error();
    return reloaded;
}

std::string socket_of(const Variables& variables)
{
    const auto known = folders(variables);
    if (const auto* said = find(variables, control::environment_name("socket"))) return *said;
    const auto file = read_settings_file(known.settings_file);
    if (!file) return known.socket;
    for (const auto& given : *file) {
        if (given.name == "socket" && given.value.as_text() != nullptr) return *given.value.as_text();
    }
    return known.socket;
}

Result<Settings::Given> typed_setting(const std::string& text)
{
    const auto equals = text.find('=');
    if (equals != text.npos && equals > 0) {
        const auto name = text.substr(0, equals);
        return Settings::Given{name, Value(text.substr(equals + 1)), "--set " + printable(name, 100)};
    }
    return make_error(Errc::invalid_argument, fmt::format("--set {}: write NAME=VALUE", printable(text, 100)));
}

}  // namespace shoal::daemon
