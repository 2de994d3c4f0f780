#include "disk/storage_store.hpp"
#include "session/session.hpp"

#include <shoal/abi/choker.h>
#include <shoal/abi/discovery.h>
#include <shoal/abi/extension.h>
#include <shoal/abi/picker.h>
#include <shoal/abi/service.h>
#include <shoal/abi/source.h>
#include <shoal/abi/storage.h>
#include <shoal/abi/tracker.h>

#include <fmt/format.h>

#include <algorithm>

// The plug-in instances of a session and their settings.
namespace shoal::session {

namespace {

// What the user typed is text; the manifest says what it is meant to be. Unknown names are left for the host to refuse.
Result<host::SettingValues> typed_settings(const host::Manifest& manifest, host::SettingValues values)
{
    for (const auto& schema : manifest.settings) {
        const auto at = values.find(schema.name);
        if (at == values.end() || at->second.as_text() == nullptr) continue;
        auto value = host::parse_setting(schema, *at->second.as_text());
        if (!value) return value.error();
        at->second = std::move(*value);
    }
    return values;
}

bool answers_to(const host::Manifest& manifest, const std::string& name)
{
    return manifest.id == name ||
           std::ranges::any_of(manifest.provides, [&](const auto& offer) { return offer.name == name; });
}

// A name may be that of several plug-ins of different kinds: what is another's setting is not meant for this one.
bool is_for_another(const host::Registry& registry, const host::Factory& factory, const std::string& setting)
{
    if (factory.manifest().setting(setting) != nullptr) return false;
    return std::ranges::any_of(registry.list(), [&](const auto& plugin) {
        return plugin->manifest && answers_to(*plugin->manifest, factory.name()) && plugin->manifest->setting(setting) != nullptr;
    });
}

Result<host::SettingValues> typed_settings(const host::Registry& registry, const host::Factory& factory, const PluginSettings& all)
{
    host::SettingValues values;
    if (const auto given = all.find(factory.name()); given != all.end()) values = given->second;
    std::erase_if(values, [&](const auto& value) { return is_for_another(registry, factory, value.first); });
    if (const auto given = all.find(factory.manifest().id); given != all.end()) {
        for (const auto& [name, value] : given->second) values.insert_or_assign(name, value);
    }
    return typed_settings(factory.manifest(), std::move(values));
}

}  // namespace

// By all of that name: which of them will be used is not known here.
Result<void> check_settings(const host::Registry& registry, const PluginSettings& settings)
{
    for (const auto& [name, values] : settings) {
        bool is_known = false;
        std::optional<Error> wrong;
        for (const auto& plugin : registry.list()) {
            if (!plugin->manifest || !answers_to(*plugin->manifest, name)) continue;
            const auto typed = typed_settings(*plugin->manifest, values);
            const auto complete = typed ? host::complete_settings(*plugin->manifest, *typed) : typed;
            if (complete) wrong.reset();
            else if (!is_known) wrong = complete.error();
            is_known = true;
            if (complete) break;
        }
        if (!is_known) return make_error(Errc::invalid_argument, fmt::format("there is no plug-in '{}' to set", name));
        if (wrong) return make_error(Errc::invalid_argument, wrong->text);
    }
    return {};
}

Result<std::unique_ptr<host::Instance>> Session::make(const host::Factory& factory, const Place& place)
{
    auto values = typed_settings(parts_.registry, factory, settings_.plugins);
    if (!values) return values.error();
    if (place.script != nullptr) {
        values->insert_or_assign("file", place.script->name);
        values->insert_or_assign("script", place.script->text);
    }
    host::InstanceContext context{.environment = parts_.environment,
                                  .settings = std::move(*values),
                                  .log = parts_.log,
                                  .torrent = place.torrent,
                                  .events = place.events,
                                  .tracker = place.tracker,
                                  .discovery = place.discovery,
                                  .source = place.source,
                                  .extension = place.extension,
                                  .kept = parts_.kept,
                                  .control = parts_.control,
                                  .make_storage = place.make_storage,
                                  .label = place.script ? fmt::format("{} {}", place.label, place.script->name) : place.label,
                                  .name = place.script ? place.script->name : std::string(),
                                  .random = parts_.environment.random.fork(0x1000 + next_instance_++),
                                  .checked = settings_.checked};
    auto instance = host::Instance::create(factory, std::move(context));
    if (!instance) return instance;
    note_events(**instance, place.torrent != nullptr);
    return instance;
}

// Of ten thousand torrents with the same picker one is told of.
void Session::note_events(const host::Instance& instance, bool is_of_torrent)
{
    const auto& plugin = instance.factory().name();
    for (auto& event : instance.events()) {
        const auto known = plugin_events_.find(event.name);
        if (known != plugin_events_.end() && known->second.plugin == plugin) continue;
        const auto name = event.name;
        const auto& noted = plugin_events_.insert_or_assign(name, DeclaredEvent{plugin, std::move(event), is_of_torrent}).first->second;
        if (event_declared_) event_declared_(noted);
    }
}

void Session::on_event_declared(EventDeclared told)
{
    event_declared_ = std::move(told);
    for (const auto& [name, event] : plugin_events_) event_declared_(event);
}

Result<std::unique_ptr<host::Instance>> Session::make(std::string_view kind, const std::string& name,
                                                      const Place& place)
{
    const auto factory = parts_.registry.find(kind, name);
    if (!factory) return factory.error();
    if (!host::is_script(name)) return make(**factory, place);
    const auto script = host::read_script(name);
    if (!script) return script.error();
    Place with_script = place;
    with_script.script = &*script;
    return make(**factory, with_script);
}

Result<std::vector<std::unique_ptr<host::Instance>>> Session::make_pickers(const std::vector<std::string>& names,
                                                                           host::TorrentSource& torrent,
                                                                           host::EventSink& events)
{
    std::vector<std::unique_ptr<host::Instance>> pickers;
    for (const auto& name : names) {
        auto picker = make(SHOAL_KIND_PICKER, name, {.label = "picker", .torrent = &torrent, .events = &events});
        if (!picker) return picker.error();
        pickers.push_back(std::move(*picker));
    }
    return pickers;
}

Result<std::unique_ptr<host::Instance>> Session::make_choker(const std::string& name, host::TorrentSource& torrent,
                                                             host::EventSink& events)
{
    if (name.empty()) return std::unique_ptr<host::Instance>();
    return make(SHOAL_KIND_CHOKER, name, {.label = "choker", .torrent = &torrent, .events = &events});
}

Result<std::unique_ptr<host::Instance>> Session::make_tracker(const std::string& scheme, host::TrackerSink& sink)
{
    const auto* factory = parts_.registry.of_scheme(SHOAL_KIND_TRACKER, scheme);
    if (factory == nullptr) {
        return make_error(Errc::unsupported, fmt::format("no tracker plug-in serves {}:// URLs", scheme));
    }
    return make(*factory, {.label = fmt::format("tracker {}", scheme), .tracker = &sink});
}

Result<std::unique_ptr<host::Instance>> Session::make_discovery(const std::string& name, host::DiscoverySink& sink)
{
    return make(SHOAL_KIND_DISCOVERY, name, {.label = "discovery", .discovery = &sink});
}

Result<std::unique_ptr<host::Instance>> Session::make_source(const std::string& name, host::SourceSink& sink)
{
    return make(SHOAL_KIND_SOURCE, name, {.label = "source", .source = &sink});
}

Result<std::unique_ptr<host::Instance>> Session::make_extension(const std::string& name, bool is_private,
                                                                host::TorrentSource& torrent, host::EventSink& events,
                                                                host::ExtensionSink& peers)
{
    const auto factory = parts_.registry.find(SHOAL_KIND_EXTENSION, name);
    if (!factory) return factory.error();
    const auto flags = (*factory)->table<shoal_extension_v1>().flags;
    if (is_private && (flags & SHOAL_EXTENSION_PUBLIC_ONLY) != 0) return std::unique_ptr<host::Instance>();
    return make(**factory, {.label = "extension", .torrent = &torrent, .events = &events, .extension = &peers});
}

// They are made when the torrent goes live; nobody should wait so long to hear of a wrong name.
Result<void> Session::check_plugins(const AddOptions& options)
{
    for (const auto& name : options.pickers) {
        if (const auto picker = parts_.registry.find(SHOAL_KIND_PICKER, name); !picker) return picker.error();
    }
    if (options.choker.empty()) return {};
    if (const auto choker = parts_.registry.find(SHOAL_KIND_CHOKER, options.choker); !choker) return choker.error();
    return {};
}

// One that decorates may have itself below.
Result<std::unique_ptr<host::Instance>> Session::make_storage(const std::string& name, std::size_t above)
{
    constexpr std::size_t most_above = 4;
    if (above > most_above) {
        return make_error(Errc::limit_exceeded, fmt::format("more than {} storages lie on the storage {}", most_above, name));
    }
    return make(SHOAL_KIND_STORAGE, name,
                {.label = "storage", .make_storage = [this, above](std::string_view below) {
                     return make_storage(std::string(below), above + 1);
                 }});
}

Result<std::unique_ptr<disk::Store>> Session::make_store(std::shared_ptr<const metainfo::TorrentFile> metainfo,
                                                         const AddOptions& options)
{
    auto storage = make_storage(options.storage);
    if (!storage) return storage.error();
    return std::unique_ptr<disk::Store>(std::make_unique<disk::StorageStore>(
        parts_.environment, std::move(*storage), std::move(metainfo),
        disk::StorageSettings{
            .folder = options.folder, .is_read_only = options.is_read_only, .renamed = options.renamed}));
}

Result<std::unique_ptr<host::Instance>> Session::make_service(const std::string& name)
{
    return make(SHOAL_KIND_SERVICE, name, {.label = "service", .events = &service_events_});
}

std::vector<Session::Offers> Session::offers()
{
    std::vector<Offers> all;
    for (const auto* instance : discoveries_.instances()) all.push_back({instance->factory().name(), instance->methods()});
    return all;
}

void Session::call(std::string_view method, const control::Value::Map& arguments, host::MethodAnswered done)
{
    for (auto* instance : discoveries_.instances()) {
        const auto offered = instance->methods();
        if (std::ranges::find(offered, method, &control::MethodSchema::name) == offered.end()) continue;
        return instance->call_method(method, arguments, std::move(done));
    }
    parts_.environment.loop.post([done = std::move(done), method = std::string(method)]() mutable {
        done(make_error(Errc::not_found, fmt::format("no plug-in in use offers the method {}", method)));
    });
}

}  // namespace shoal::session
