#include "daemon/daemon_settings.hpp"

#include "control/quantity.hpp"
#include "host/script_file.hpp"
#include "host/script_trial.hpp"
#include "session/plugin_list.hpp"

#include <shoal/abi/choker.h>
#include <shoal/abi/discovery.h>
#include <shoal/abi/extension.h>
#include <shoal/abi/picker.h>
#include <shoal/abi/service.h>
#include <shoal/abi/source.h>
#include <shoal/abi/storage.h>

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

// From settings to what a session and its plug-ins are made with.
namespace shoal::daemon {

namespace {

constexpr std::string_view plugins = "plugins.";

control::SettingSchema plugin_schema(const std::string& name, const host::SettingSchema& declared)
{
    return {.name = name,
            .fallback = declared.fallback,
            .help = declared.help,
            .is_live = declared.live,
            .least = declared.min,
            .most = declared.max,
            .unit = declared.unit,
            .choices = declared.choices};
}

void listen_where(session::SessionSettings& session, const control::Settings& settings)
{
    if (!settings.flag("peers.incoming")) return;
    for (const auto& text : settings.texts("listen")) session.listen.push_back(*control::parse_listen(text));
    if (!session.listen.empty()) return;
    session.listen = {*Endpoint::parse("0.0.0.0:0")};
    session.listen_if_possible = {*Endpoint::parse("[::]:0")};
}

void limit_peers(session::SessionSettings& session, const control::Settings& settings)
{
    const auto count = [&](std::string_view name) { return static_cast<std::uint32_t>(settings.integer(name)); };
    const auto time = [&](std::string_view name) { return std::chrono::seconds{settings.integer(name)}; };
    session.swarm.most_peers = count("peers.per_torrent");
    session.swarm.most_peers_per_address = count("peers.per_address");
    session.swarm.most_connecting = count("peers.connecting");
    session.swarm.upload_slots = count("peers.upload_slots");
    session.swarm.connect_timeout = time("peers.connect_timeout");
    session.swarm.handshake_timeout = time("peers.handshake_timeout");
    session.swarm.calls_privileged_ports = settings.flag("peers.privileged_ports");
    session.doorway.most_half_open = count("peers.half_open");
    session.doorway.patience = time("peers.handshake_timeout");
}

// A daemon that begins again may do so in another folder.
Result<void> find_for_good(host::Registry& registry, std::string_view kind, const std::string& name)
{
    if (host::is_script(name) && !name.starts_with('/')) {
        return make_error(Errc::invalid_argument, fmt::format("{}: name a script by its absolute path", printable(name)));
    }
    const auto found = registry.find(kind, name);
    return found ? Result<void>{} : found.error();
}

}  // namespace

void declare_plugin_settings(control::Settings& settings, const host::Registry& registry)
{
    for (const auto& plugin : registry.list()) {
        if (!plugin->manifest || !plugin->is_usable()) continue;
        for (const auto& offer : plugin->manifest->provides) {
            for (const auto& declared : plugin->manifest->settings) {
                auto schema = plugin_schema(std::string(plugins) + offer.name + "." + declared.name, declared);
                if (settings.find(schema.name) == nullptr && checked(schema, schema.fallback)) settings.declare(std::move(schema));
            }
        }
    }
}

std::vector<const control::SettingSchema*> plugin_schemas(const control::Settings& settings)
{
    auto all = settings.schemas();
    std::erase_if(all, [](const control::SettingSchema* schema) { return !schema->name.starts_with(plugins); });
    std::ranges::sort(all, {}, &control::SettingSchema::name);
    return all;
}

session::PluginSettings plugin_settings(const control::Settings& settings)
{
    session::PluginSettings all;
    for (const auto* schema : settings.schemas()) {
        if (!schema->name.starts_with(plugins) || settings.is_default(schema->name)) continue;
        const auto dot = schema->name.rfind('.');
        const auto plugin = schema->name.substr(plugins.size(), dot - plugins.size());
        all[plugin].insert_or_assign(schema->name.substr(dot + 1), settings.value(schema->name));
    }
    return all;
}

Result<session::SessionSettings> session_settings(const control::Settings& settings, host::Registry& registry)
{
    const auto found = [&](std::string_view name, std::string_view kind) {
        return session::PluginList{settings.texts(name), settings.is_default(name)}.found_in(registry, kind);
    };
    auto discoveries = found("discoveries", SHOAL_KIND_DISCOVERY);
    if (!discoveries) return discoveries.error();
    auto extensions = found("extensions", SHOAL_KIND_EXTENSION);
    if (!extensions) return extensions.error();
    auto sources = found("sources", SHOAL_KIND_SOURCE);
    if (!sources) return sources.error();
    session::SessionSettings session;
    listen_where(session, settings);
    limit_peers(session, settings);
    session.memory_ceiling = static_cast<std::uint64_t>(settings.integer("memory.ceiling"));
    session.down_rate = static_cast<std::uint64_t>(settings.integer("rates.down"));
    session.up_rate = static_cast<std::uint64_t>(settings.integer("rates.up"));
    session.discoveries = std::move(*discoveries);
    session.extensions = std::move(*extensions);
    session.sources = std::move(*sources);
    session.plugins = plugin_settings(settings);
    return session;
}

std::vector<std::string> service_names(const control::Settings& settings, host::Registry& registry)
{
    auto names = settings.texts("services");
    if (!settings.is_default("services")) return names;  // one that is not there is said when it is to begin
    std::erase_if(names, [&](const auto& name) { return !registry.find(SHOAL_KIND_SERVICE, name); });
    return names;
}

void require_plugins(control::Settings& settings, host::Registry& registry)
{
    const auto require = [&](std::string_view setting, std::string_view kind) {
        settings.check_also(setting, [&registry, kind](std::string_view name) { return find_for_good(registry, kind, std::string(name)); });
    };
    require("storage", SHOAL_KIND_STORAGE);
    require("pickers", SHOAL_KIND_PICKER);
    require("choker", SHOAL_KIND_CHOKER);
    require("discoveries", SHOAL_KIND_DISCOVERY);
    require("extensions", SHOAL_KIND_EXTENSION);
    require("services", SHOAL_KIND_SERVICE);
    require("sources", SHOAL_KIND_SOURCE);
}

void require_whole_scripts(control::Settings& settings, host::Registry& registry)
{
    const auto require = [&](std::string_view setting, std::string_view kind) {
        settings.check_also(setting, [&registry, kind](std::string_view name) -> Result<void> {
            if (!host::is_script(name)) return {};
            const auto factory = registry.find(kind, std::string(name));
            if (!factory) return factory.error();
            const auto script = host::read_script(name);
            return script ? host::try_script(**factory, *script) : script.error();
        });
    };
    require("pickers", SHOAL_KIND_PICKER);
    require("choker", SHOAL_KIND_CHOKER);
}

session::AddOptions add_options(const control::Settings& settings)
{
    return {.folder = settings.text("folders.download"),
            .storage = settings.text("storage"),
            .pickers = settings.texts("pickers"),
            .choker = settings.text("choker")};
}

}  // namespace shoal::daemon
