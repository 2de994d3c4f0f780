#include "session/session.hpp"

#include "session/glob.hpp"
#include "session/resolving.hpp"


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

}  // namespace

Session::Session(Parts parts, SessionSettings settings)
    : parts_(std::move(parts)), settings_(std::move(settings)), service_events_(parts_.events),
      identity_{make_peer_id(parts_.environment.random.fork(0x706565)), 0}, buffers_(settings_.memory_ceiling),
      rates_(parts_.environment.loop, {settings_.down_rate, settings_.up_rate}, settings_.classes),
      trackers_(parts_.environment, identity_,
                [this](const std::string& scheme, host::TrackerSink& sink) { return make_tracker(scheme, sink); },
                [this](bool v6) { return discoveries_.external(v6); }),
      discoveries_(parts_.environment, identity_, settings_.discoveries, parts_.log,
                   {.make = [this](const std::string& name,
                                   host::DiscoverySink& sink) { return make_discovery(name, sink); },
                    .spotted = [this](const Hash20& info_hash, const Endpoint& peer,
                                      std::string_view plugin) { return on_spotted(info_hash, peer, plugin); },
                    .listening = [this] { return listening(); }}),
      sources_(parts_.environment, settings_.sources, parts_.log,
               [this](const std::string& name, host::SourceSink& sink) { return make_source(name, sink); }),
      doorway_(parts_.environment.loop, settings_.doorway,
               [this](const peer::Handshake& theirs, std::unique_ptr<peer::Link> link) {
                   on_arrival(theirs, std::move(link));
               }),
      anteroom_(parts_.environment.loop, settings_.anteroom)
{
}

Session::~Session() = default;

Result<void> Session::listen()
{
    for (const Endpoint& local : settings_.listen) {
        if (auto listening = listen_on(local); !listening) {
            return make_error(listening.error().code, fmt::format("cannot listen on {}: {}", local.to_string(),
                                                                  listening.error().text));
        }
    }
    for (Endpoint local : settings_.listen_if_possible) {
        if (local.port == 0) local.port = identity_.listen_port;
        if (const auto listening = listen_on(local); !listening) {
            parts_.log.info("not listening on {}: {}", local.to_string(), listening.error().text);
        }
    }
    return {};
}

Result<void> Session::listen_on(const Endpoint& local)
{
    auto listener = parts_.transport.listen(
        local, [this](std::unique_ptr<peer::Link> link) { doorway_.receive(std::move(link)); });
    if (!listener) return listener.error();
    if (identity_.listen_port == 0) identity_.listen_port = (*listener)->local().port;
    listeners_.push_back(std::move(*listener));
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
    const TorrentHandle handle = handle_of(theirs.info_hash);
    torrent::Introduction introduction{std::move(link), theirs, torrent::PeerSource::incoming, std::nullopt};
    if (auto* resolution = find_resolution(handle)) return resolution->welcome(std::move(introduction));
    if (auto* torrent = find(handle); torrent != nullptr && torrent->welcome(introduction)) return;
    const auto from = introduction.link->remote().address;
    Anteroom::Caller caller(std::move(introduction));
    if (let_wait(theirs.info_hash, caller, from)) return;
    // A link that nobody took is inside its own event: let it fall in a later turn.
    parts_.environment.loop.post([refused = std::move(caller)]() mutable { auto gone = std::move(refused); });
}

bool Session::let_wait(const Hash20& info_hash, Anteroom::Caller& caller, const Address& from)
{
    const auto call = std::holds_alternative<Anteroom::Spotted>(caller) ? Sleepers::Call::spotted : Sleepers::Call::knock;
    if (parts_.sleepers == nullptr || !anteroom_.has_room_for(from) || !parts_.sleepers->wake(info_hash, call)) return false;
    anteroom_.receive(info_hash, std::move(caller));
    return true;
}

// Whoever waited for a torrent that is live now.
void Session::let_in(TorrentHandle handle)
{
    auto* torrent = find(handle);
    if (torrent == nullptr || !torrent->is_live()) return;
    for (auto& caller : anteroom_.take(torrent->metainfo().info_hash.wire())) {
        if (auto* introduction = std::get_if<torrent::Introduction>(&caller)) torrent->welcome(*introduction);
        if (const auto* spotted = std::get_if<Anteroom::Spotted>(&caller)) torrent->spot(spotted->peer, spotted->plugin);
    }
}

TorrentHandle Session::handle_of(const Hash20& info_hash) const
{
    const auto at = by_info_hash_.find(info_hash);
    return at == by_info_hash_.end() ? TorrentHandle{0} : at->second;
}

Result<void> Session::check_new(const InfoHash& info_hash, const std::string& name) const
{
    if (!by_info_hash_.contains(info_hash.wire())) return {};
    return make_error(Errc::invalid_argument, fmt::format("{} is here already", name));
}

Result<TorrentHandle> Session::add(metainfo::TorrentFile metainfo, AddOptions options)
{
    make_way(metainfo.info_hash);
    if (const auto is_new = check_new(metainfo.info_hash, metainfo.name); !is_new) return is_new.error();
    const auto skip = skipped(metainfo, options.select);
    if (!skip) return skip.error();
    if (const auto known = check_plugins(options); !known) return known.error();
    const auto shared = std::make_shared<const metainfo::TorrentFile>(std::move(metainfo));
    auto store = take_store(shared, options);
    if (!store) return store.error();
    auto finder = make_finder(shared->info_hash.wire(), {.trackers = shared->trackers,
                                                         .nodes = shared->nodes,
                                                         .peers = {},
                                                         .is_private = shared->is_private,
                                                         .memory = std::move(options.memory)});
    const TorrentHandle handle{next_handle_++};
    begin(handle, {shared, std::move(*store), std::move(finder), *skip, std::move(options)});
    return handle;
}

std::unique_ptr<torrent::Finder> Session::make_finder(const Hash20& info_hash, torrent::Finder::Sources sources)
{
    sources.calls_privileged_ports = settings_.swarm.calls_privileged_ports;
    return std::make_unique<torrent::Finder>(
        torrent::Finder::Parts{.environment = parts_.environment, .trackers = trackers_, .discovery = discoveries_},
        info_hash, std::move(sources));
}

Result<std::unique_ptr<disk::Store>> Session::take_store(const std::shared_ptr<const metainfo::TorrentFile>& metainfo,
                                                         AddOptions& options)
{
    if (options.store) return std::move(options.store);
    if (options.make_store) return options.make_store(metainfo);
    return make_store(metainfo, options);
}

void Session::begin(TorrentHandle handle, Beginning beginning)
{
    const auto& options = beginning.options;
    auto made = std::make_unique<torrent::Torrent>(
        handle, beginning.metainfo, std::move(beginning.store), std::move(beginning.finder),
        torrent::Torrent::Parts{.environment = parts_.environment,
                                .transport = parts_.transport,
                                .buffers = buffers_,
                                .rates = rates_,
                                .plugins = *this,
                                .events = *this,
                                .identity = identity_,
                                .settings = settings_.swarm,
                                .log = log_for(beginning.metainfo->info_hash)},
        torrent::TorrentOptions{.pickers = options.pickers,
                                .choker = options.choker,
                                .extensions = settings_.extensions,
                                .rates = options.rates,
                                .is_data_trusted = options.is_data_trusted,
                                .resume = options.resume,
                                .renamed = options.renamed});
    made->set_priority(beginning.skip, torrent::Priority::skip);
    for (const Endpoint& peer : options.peers) made->add_peer(peer);
    by_info_hash_.insert_or_assign(beginning.metainfo->info_hash.wire(), handle);
    auto& torrent = *torrents_.emplace(handle, std::move(made)).first->second;
    if (!options.is_paused) torrent.start();
}

host::Log Session::log_for(const InfoHash& info_hash) const
{
    return parts_.log.with_prefix(fmt::format("torrent {}", info_hash.hex().substr(0, 8)));
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

void Session::remove(TorrentHandle handle, LastLook last)
{
    failures_.erase(handle);
    if (const auto at = resolutions_.find(handle); at != resolutions_.end()) {
        auto resolving = std::move(at->second);
        resolutions_.erase(at);
        by_info_hash_.erase(resolving->magnet.info_hash.wire());
        resolving->done = [last = std::move(last)](const Result<metainfo::TorrentFile>&) mutable { last(nullptr, {}); };
        return end(std::move(resolving), make_error(Errc::cancelled, "it was removed"));
    }
    auto forget = [this, handle, alive = std::weak_ptr(alive_), last = std::move(last)]() mutable {
        if (alive.expired()) return;
        auto* torrent = find(handle);
        if (torrent == nullptr) return last(nullptr, {});
        torrent->checkpoint([this, torrent, last = std::move(last)](Result<torrent::Resume> reached) mutable {
            last(torrent, reached ? std::move(*reached) : torrent::Resume{});
            by_info_hash_.erase(torrent->metainfo().info_hash.wire());
            bury(torrent->handle());
        });
    };
    auto* torrent = find(handle);
    if (torrent == nullptr) return parts_.environment.loop.post(std::move(forget));
    torrent->stop([&loop = parts_.environment.loop, forget = std::move(forget)]() mutable { loop.post(std::move(forget)); });
}

// Not from inside a call of its own.
void Session::bury(TorrentHandle handle)
{
    parts_.environment.loop.post([this, handle, alive = std::weak_ptr(alive_)] {
        if (!alive.expired()) torrents_.erase(handle);
    });
}

void Session::stop(environment::Task done)
{
    listeners_.clear();
    anteroom_.clear();
    auto left = std::make_shared<std::size_t>(torrents_.size() + resolutions_.size());
    auto last = std::make_shared<environment::Task>([this, alive = std::weak_ptr(alive_), done = std::move(done)]() mutable {
        if (alive.expired()) return;
        sources_.stop();
        discoveries_.stop();
        done();
    });
    if (*left == 0) return parts_.environment.loop.post(std::move(*last));
    const auto one_ended = [left, last] {
        if (--*left == 0) (*last)();
    };
    stop_resolutions(one_ended);
    for (auto& [handle, torrent] : torrents_) torrent->stop(one_ended);
}

void Session::on_event(TorrentHandle torrent, std::string_view name, control::Value payload)
{
    if (name == "torrent.state" && !anteroom_.is_empty()) {
        // In a turn of its own: the torrent is still inside the change.
        parts_.environment.loop.post([this, torrent, alive = std::weak_ptr(alive_)] {
            if (!alive.expired()) let_in(torrent);
        });
    }
    parts_.events.on_event(torrent, name, std::move(payload));
}

void Session::before_writing(TorrentHandle torrent, UniqueFunction<void(Result<void>)> allowed)
{
    parts_.events.before_writing(torrent, std::move(allowed));
}

}  // namespace shoal::session
