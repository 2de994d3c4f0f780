#include "host/registry.hpp"

#include "host/manifest_reader.hpp"
#include "host/script_file.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>

namespace shoal::host {

namespace {

namespace fs = std::filesystem;

// Links to folders are not followed, so the walk ends.
std::vector<fs::path> libraries_below(const fs::path& folder)
{
    std::vector<fs::path> out;
    std::error_code failure;
    fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied, failure);
    while (!failure && walk != fs::recursive_directory_iterator{}) {
        if (walk->path().extension() == ".so") out.push_back(walk->path());
        walk.increment(failure);
    }
    std::ranges::sort(out);
    return out;
}

bool is_path(std::string_view name)
{
    return name.find('/') != name.npos || name.ends_with(".so");
}

bool is_of_kind(const Provision& provision, std::string_view kind)
{
    return provision.kind == kind || kind_noun(provision.kind) == kind;
}

// Reading it here is for whoever only asks whether the name is right.
Result<const Factory*> of_script(Registry& registry, std::string_view kind, std::string_view path)
{
    if (const auto script = read_script(path); !script) return script.error();
    auto factory = registry.find(kind, script_plugin);
    if (factory) return factory;
    return make_error(factory.error().code, fmt::format("{} needs the {} plug-in that runs scripts: {}", printable(path),
                                                        kind_noun(kind), factory.error().text));
}

}  // namespace

std::string_view state_name(PluginState state)
{
    switch (state) {
    case PluginState::available: return "available";
    case PluginState::loaded: return "loaded";
    case PluginState::incompatible: return "incompatible";
    case PluginState::failed: return "failed";
    }
    return "failed";
}

void Registry::scan(const fs::path& folder)
{
    folders_.push_back(folder);
    for (const auto& path : libraries_below(folder)) take_in(path);
}

Plugin& Registry::take_in(const fs::path& path)
{
    std::error_code failure;
    for (const auto& known : plugins_) {
        if (known->path == path || fs::equivalent(known->path, path, failure)) return *known;
    }
    auto& plugin = *plugins_.emplace_back(std::make_unique<Plugin>());
    plugin.path = path;
    auto text = read_manifest(path);
    if (!text) {
        reject(plugin, text.error());
        return plugin;
    }
    auto manifest = parse_manifest(*text);
    if (!manifest) {
        reject(plugin, manifest.error());
        return plugin;
    }
    for (const auto& known : plugins_) {
        if (!known->manifest || !known->is_usable() || known->manifest->id != manifest->id) continue;
        plugin.hidden_by = known->path;
        log_.warning("plug-in {} is hidden: {} has the same id, {}", path.string(), known->path.string(),
                     manifest->id);
        break;
    }
    plugin.manifest = std::make_unique<Manifest>(std::move(*manifest));
    return plugin;
}

void Registry::reject(Plugin& plugin, const Error& why)
{
    plugin.state = why.code == Errc::unsupported ? PluginState::incompatible : PluginState::failed;
    plugin.reason = why.text;
    log_.warning("plug-in {} is {}: {}", plugin.path.string(), state_name(plugin.state), plugin.reason);
}

Result<void> Registry::load(Plugin& plugin)
{
    if (plugin.state == PluginState::loaded) return {};
    if (plugin.state == PluginState::available) {
        auto library = Library::open(plugin.path, *plugin.manifest);
        if (library) {
            plugin.library = std::move(*library);
            plugin.state = PluginState::loaded;
            log_.info("plug-in {} {} loaded from {}", plugin.manifest->id, plugin.manifest->version,
                      plugin.path.string());
            return {};
        }
        reject(plugin, library.error());
    }
    const auto code = plugin.state == PluginState::incompatible ? Errc::unsupported : Errc::plugin_broken;
    return make_error(
        code, fmt::format("plug-in {} cannot be used: {}", printable(plugin.path.string()), plugin.reason));
}

void Registry::add_offers(Plugin& plugin, std::string_view kind, std::vector<Match>& out)
{
    if (!plugin.manifest || !plugin.is_usable()) return;
    for (const auto& provision : plugin.manifest->provides) {
        if (is_of_kind(provision, kind)) out.push_back({&plugin, &provision});
    }
}

std::vector<Registry::Match> Registry::offers(std::string_view kind) const
{
    std::vector<Match> out;
    for (const auto& plugin : plugins_) {
        if (plugin->hidden_by.empty()) add_offers(*plugin, kind, out);
    }
    return out;
}

std::vector<std::string> Registry::names(std::string_view kind) const
{
    std::vector<std::string> out;
    for (const auto& offer : offers(kind)) out.push_back(offer.provision->name);
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

Result<const Factory*> Registry::factory_of(const Match& match)
{
    if (auto done = load(*match.plugin); !done) return done.error();
    for (const auto& factory : match.plugin->library->factories()) {
        if (factory->kind() == match.provision->kind && factory->name() == match.provision->name)
            return factory.get();
    }
    return make_error(
        Errc::unsupported,
        fmt::format("this version of Shoal does not know plug-ins of the kind {}", match.provision->kind));
}

Result<Registry::Match> Registry::choose(const std::vector<Match>& matches, std::string_view kind,
                                         std::string_view name) const
{
    if (matches.empty()) return absent(kind, name);
    if (matches.size() == 1) return matches.front();
    std::string choice;
    for (const auto& match : matches) {
        choice += fmt::format("{}{} ({})", choice.empty() ? "" : ", ", match.plugin->manifest->id,
                              match.provision->name);
    }
    return make_error(Errc::invalid_argument, fmt::format("more than one {} answers to '{}': {}",
                                                          kind_noun(kind), printable(name), choice));
}

Result<const Factory*> Registry::find(std::string_view kind, std::string_view name_or_path)
{
    if (is_script(name_or_path)) return of_script(*this, kind, name_or_path);
    if (is_path(name_or_path)) return in_file(kind, fs::path(name_or_path));
    std::vector<Match> matches;
    const auto all = offers(kind);
    std::ranges::copy_if(all, std::back_inserter(matches), [&](const Match& offer) {
        return offer.provision->name == name_or_path || offer.plugin->manifest->id == name_or_path;
    });
    auto match = choose(matches, kind, name_or_path);
    if (!match) return match.error();
    return factory_of(*match);
}

Result<const Factory*> Registry::in_file(std::string_view kind, const fs::path& path)
{
    std::error_code failure;
    if (!fs::exists(path, failure)) {
        return make_error(Errc::not_found,
                          fmt::format("there is no plug-in file {}", printable(path.string())));
    }
    auto& plugin = take_in(path);
    if (!plugin.is_usable()) return load(plugin).error();
    std::vector<Match> matches;
    add_offers(plugin, kind, matches);
    if (matches.empty()) {
        return make_error(Errc::not_found, fmt::format("the plug-in {} offers no {}",
                                                       printable(path.string()), kind_noun(kind)));
    }
    auto match = choose(matches, kind, path.string());
    if (!match) return match.error();
    return factory_of(*match);
}

const Factory* Registry::of_scheme(std::string_view kind, std::string_view scheme)
{
    for (const auto& offer : offers(kind)) {
        if (!offer.plugin->manifest->serves(scheme)) continue;
        if (auto factory = factory_of(offer)) return *factory;
    }
    return nullptr;
}

Error Registry::absent(std::string_view kind, std::string_view name) const
{
    const auto noun = kind_noun(kind);
    // Somebody who put the file there wants to hear why it does not count.
    for (const auto& plugin : plugins_) {
        const bool is_named =
            plugin->path.stem() == name
            || (plugin->manifest
                && (plugin->manifest->id == name || plugin->manifest->provision(kind, name)));
        if (!plugin->is_usable() && is_named) {
            return make_error(plugin->state == PluginState::incompatible ? Errc::unsupported
                                                                         : Errc::plugin_broken,
                              fmt::format("plug-in {} cannot be used: {}", printable(plugin->path.string()),
                                          plugin->reason));
        }
    }
    const auto there = names(kind);
    if (!there.empty()) {
        return make_error(Errc::not_found, fmt::format("no {} named '{}'; there are: {}", noun,
                                                       printable(name), fmt::join(there, ", ")));
    }
    std::vector<std::string> folders;
    for (const auto& folder : folders_) folders.push_back(printable(folder.string()));
    return make_error(Errc::not_found,
                      folders.empty()
                          ? fmt::format("no plug-in of kind {}: no plug-in folder was given", noun)
                          : fmt::format("no plug-in of kind {} in {}", noun, fmt::join(folders, ", ")));
}

}  // namespace shoal::host
