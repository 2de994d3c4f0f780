#include "session/session.hpp"

#include "disk/storage_store.hpp"
#include "session/glob.hpp"

#include <shoal/abi/choker.h>
#include <shoal/abi/picker.h>
#include <shoal/abi/service.h>
#include <shoal/abi/storage.h>
#include <shoal/abi/tracker.h>

#include <fmt/format.h>

#include <algorithm>

namespace shoal::session {

namespace {

// BEP 20, Azureus style: client and version, then letters and digits at random.
WirePeerId make_peer_id(RandomStream random)
{
    constexpr std::string_view head = "-SH0100-";
    constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    WirePeerId id;
    std::ranges::copy(as_bytes(head), id.bytes.begin());
    for (std::size_t i = head.size(); i < id.bytes.size(); ++i) {
        id.bytes[i] = static_cast<std::byte>(letters[random.below(letters.size())]);
    }
    return id;
}

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

Result<host::SettingValues> typed_settings(const host::Factory& factory, const PluginSettings& all)
{
    host::SettingValues values;
    if (const auto given = all.find(factory.name()); given != all.end()) values = given->second;
    if (const auto given = all.find(factory.manifest().id); given != all.end()) {
        for (const auto& [name, value] : given->second) values.insert_or_assign(name, value);
    }
    return typed_settings(factory.manifest(), std::move(values));
}

bool answers_to(const host::Manifest& manifest, const std::string& name)
{
    return manifest.id == name ||
           std::ranges::any_of(manifest.provides, [&](const auto& offer) { return offer.name == name; });
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

Session::Session(Parts parts, SessionSettings settings)
    : parts_(std::move(parts)), settings_(std::move(settings)),
      identity_{make_peer_id(parts_.environment.random.fork(0x706565)), 0}, buffers_(settings_.memory_ceiling),
      down_(settings_.down_rate), up_(settings_.up_rate),
      trackers_(parts_.environment, identity_,
                [this](const std::string& scheme, host::TrackerSink& sink) { return make_tracker(scheme, sink); }),
      doorway_(parts_.environment.loop, settings_.doorway,
               [this](const peer::Handshake& theirs, std::unique_ptr<peer::Link> link) {
                   on_arrival(theirs, std::move(link));
               })
{
}

Session::~Session() = default;

Result<void> Session::listen()
{
    for (const Endpoint& local : settings_.listen) {
        auto listener = parts_.transport.listen(
            local, [this](std::unique_ptr<peer::Link> link) { doorway_.receive(std::move(link)); });
        if (!listener) {
            return make_error(listener.error().code,
                              fmt::format("cannot listen on {}: {}", local.to_string(), listener.error().text));
        }
        if (identity_.listen_port == 0) identity_.listen_port = (*listener)->local().port;
        listeners_.push_back(std::move(*listener));
    }
    return {};
}

std::vector<Endpoint> Session::listening() const
{
    std::vector<Endpoint> all;
    for (const auto& listener : listeners_) all.push_back(listener->local());
    return all;
}

void Session::on_arrival(const peer::Handshake& theirs, std::unique_ptr<peer::Link> link)
{
    for (const auto& [handle, torrent] : torrents_) {
        if (torrent->metainfo().info_hash.wire() != theirs.info_hash) continue;
        torrent::Introduction introduction{std::move(link), theirs, torrent::PeerSource::incoming, std::nullopt};
        if (!torrent->welcome(introduction)) link = std::move(introduction.link);
        break;
    }
    // A link that nobody took is inside its own event: let it fall in a later turn.
    if (link) parts_.environment.loop.post([link = std::move(link)]() mutable { link.reset(); });
}

Result<TorrentHandle> Session::add(metainfo::TorrentFile metainfo, AddOptions options)
{
    for (const auto& [handle, torrent] : torrents_) {
        if (torrent->metainfo().info_hash == metainfo.info_hash) {
            return make_error(Errc::invalid_argument, fmt::format("{} is here already", metainfo.name));
        }
    }
    const auto skip = skipped(metainfo, options.select);
    if (!skip) return skip.error();
    if (const auto known = check_plugins(options); !known) return known.error();
    const auto shared = std::make_shared<const metainfo::TorrentFile>(std::move(metainfo));
    auto store = std::move(options.store);
    if (!store) {
        auto made = make_store(shared, options);
        if (!made) return made.error();
        store = std::move(*made);
    }
    const TorrentHandle handle{next_handle_++};
    auto made = std::make_unique<torrent::Torrent>(
        handle, shared, std::move(store),
        torrent::Torrent::Parts{.environment = parts_.environment,
                                .transport = parts_.transport,
                                .buffers = buffers_,
                                .down = down_,
                                .up = up_,
                                .trackers = trackers_,
                                .plugins = *this,
                                .events = *this,
                                .identity = identity_,
                                .settings = settings_.swarm,
                                .log = parts_.log.with_prefix(fmt::format("torrent {}", shared->info_hash.hex().substr(0, 8)))},
        torrent::TorrentOptions{.pickers = options.pickers,
                                .choker = options.choker,
                                .is_data_trusted = options.is_data_trusted});
    made->set_priority(*skip, torrent::Priority::skip);
    for (const Endpoint& peer : options.peers) made->add_peer(peer);
    torrents_.emplace(handle, std::move(made)).first->second->start();
    return handle;
}

Result<std::vector<FileIndex>> Session::skipped(const metainfo::TorrentFile& metainfo,
                                                const std::vector<std::string>& select)
{
    std::vector<FileIndex> skip;
    if (select.empty()) return skip;
    for (const FileIndex file : metainfo.geometry.files()) {
        // Inside the torrent, or as it will lie on the disk: people see both.
        const std::string& path = metainfo.file(file).path;
        const std::string disk_path = metainfo.disk_path(file);
        const bool wanted = std::ranges::any_of(
            select, [&](const auto& glob) { return matches_glob(glob, path) || matches_glob(glob, disk_path); });
        if (!wanted) skip.push_back(file);
    }
    if (skip.size() == metainfo.geometry.file_count()) {
        return make_error(Errc::invalid_argument, fmt::format("no file of {} matches {}", metainfo.name,
                                                              fmt::join(select, ", ")));
    }
    return skip;
}

torrent::Torrent* Session::find(TorrentHandle handle)
{
    const auto at = torrents_.find(handle);
    return at == torrents_.end() ? nullptr : at->second.get();
}

void Session::stop(environment::Task done)
{
    listeners_.clear();
    if (torrents_.empty()) return parts_.environment.loop.post(std::move(done));
    auto left = std::make_shared<std::size_t>(torrents_.size());
    auto last = std::make_shared<environment::Task>(std::move(done));
    for (auto& [handle, torrent] : torrents_) {
        torrent->stop([left, last] {
            if (--*left == 0) (*last)();
        });
    }
}

// ---- plug-ins ---------------------------------------------------------------------------------------------------

Result<std::unique_ptr<host::Instance>> Session::make(const host::Factory& factory, const Place& place)
{
    auto values = typed_settings(factory, settings_.plugins);
    if (!values) return values.error();
    host::InstanceContext context{.environment = parts_.environment,
                                  .settings = std::move(*values),
                                  .log = parts_.log,
                                  .torrent = place.torrent,
                                  .events = place.events,
                                  .tracker = place.tracker,
                                  .label = place.label,
                                  .random = parts_.environment.random.fork(0x1000 + next_instance_++),
                                  .checked = settings_.checked};
    return host::Instance::create(factory, std::move(context));
}

Result<std::unique_ptr<host::Instance>> Session::make(std::string_view kind, const std::string& name,
                                                      const Place& place)
{
    const auto factory = parts_.registry.find(kind, name);
    if (!factory) return factory.error();
    return make(**factory, place);
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

Result<std::unique_ptr<disk::Store>> Session::make_store(std::shared_ptr<const metainfo::TorrentFile> metainfo,
                                                         const AddOptions& options)
{
    auto storage = make(SHOAL_KIND_STORAGE, options.storage, {.label = "storage"});
    if (!storage) return storage.error();
    return std::unique_ptr<disk::Store>(std::make_unique<disk::StorageStore>(
        parts_.environment, std::move(*storage), std::move(metainfo),
        disk::StorageSettings{.folder = options.folder, .is_read_only = options.is_read_only}));
}

Result<std::unique_ptr<host::Instance>> Session::make_service(const std::string& name)
{
    return make(SHOAL_KIND_SERVICE, name, {.label = "service"});
}

void Session::on_event(TorrentHandle torrent, std::string_view name, control::Value payload)
{
    parts_.events.on_event(torrent, name, std::move(payload));
}

}  // namespace shoal::session
