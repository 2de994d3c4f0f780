#include "session/resolving.hpp"
#include "session/session.hpp"

#include <shoal/abi/extension.h>

#include <fmt/format.h>

#include <algorithm>

// From a magnet link to a torrent: the session's torrents whose metadata is still being fetched.
namespace shoal::session {

using metainfo::FileRange;
using metainfo::Magnet;
using metainfo::TorrentFile;
using torrent::Resolution;

// Who only wanted to know what is in a torrent does not keep it from those who want it.
void Session::make_way(const InfoHash& info_hash)
{
    const auto at = resolutions_.find(handle_of(info_hash.wire()));
    if (at == resolutions_.end() || !at->second->done) return;
    auto resolving = std::move(at->second);
    resolutions_.erase(at);
    by_info_hash_.erase(info_hash.wire());
    end(std::move(resolving), make_error(Errc::cancelled, "the torrent was added meanwhile"));
}

Result<TorrentHandle> Session::add(Magnet magnet, AddOptions options)
{
    make_way(magnet.info_hash);
    if (const auto known = check_plugins(options); !known) return known.error();
    const auto peers = options.peers;
    auto resolving = std::make_unique<Resolving>(*this, magnet);
    resolving->options = std::move(options);
    return begin_resolution(magnet, peers, std::move(resolving));
}

Result<TorrentHandle> Session::resolve(Magnet magnet, std::vector<Endpoint> peers, Resolved done)
{
    auto resolving = std::make_unique<Resolving>(*this, magnet);
    resolving->done = std::move(done);
    return begin_resolution(magnet, peers, std::move(resolving));
}

Result<TorrentHandle> Session::begin_resolution(const Magnet& magnet, const std::vector<Endpoint>& peers,
                                                std::unique_ptr<Resolving> resolving)
{
    if (const auto fetchable = metainfo::check_can_be_fetched(magnet); !fetchable) return fetchable.error();
    const std::string name = magnet.name.empty() ? magnet.info_hash.hex() : magnet.name;
    if (const auto is_new = check_new(magnet.info_hash, name); !is_new) return is_new.error();
    const bool can_fetch = std::ranges::any_of(settings_.extensions, [this](const std::string& extension) {
        const auto factory = parts_.registry.find(SHOAL_KIND_EXTENSION, extension);
        return factory && ((*factory)->table<shoal_extension_v1>().flags & SHOAL_EXTENSION_METADATA) != 0;
    });
    if (!can_fetch) {
        return make_error(Errc::unsupported, "a magnet link needs an extension plug-in that fetches metadata from peers "
                                             "(shoal.extension/1, e.g. metadata), and there is none");
    }
    std::vector<std::vector<std::string>> tiers;
    for (const auto& url : magnet.trackers) tiers.push_back({url});
    auto finder = make_finder(magnet.info_hash.wire(),
                              {.trackers = std::move(tiers), .nodes = {}, .peers = magnet.peers, .is_metadata_known = false});
    const TorrentHandle handle{next_handle_++};
    resolving->handle = handle;
    resolving->resolution = std::make_unique<Resolution>(
        Resolution::Parts{parts_.environment, parts_.transport, identity_, log_for(magnet.info_hash), *resolving},
        Resolution::Settings{.most_peers_per_address = settings_.swarm.most_peers_per_address,
                             .dialer = {.most_connecting = settings_.swarm.most_connecting,
                                        .connect_timeout = settings_.swarm.connect_timeout,
                                        .handshake_timeout = settings_.swarm.handshake_timeout}},
        magnet.info_hash, name, std::move(finder));
    auto& resolution = *resolving->resolution;
    const auto make_one = [this](const std::string& extension, host::TorrentSource& torrent, host::ExtensionSink& sink) {
        return make(SHOAL_KIND_EXTENSION, extension, {.label = "extension", .torrent = &torrent, .extension = &sink});
    };
    for (const auto& failure : resolution.make_extensions(settings_.extensions, make_one)) {
        parts_.log.warning("{}", failure.text);
    }
    resolutions_.emplace(handle, std::move(resolving));
    by_info_hash_.emplace(magnet.info_hash.wire(), handle);
    for (const Endpoint& peer : peers) resolution.add_peer(peer);
    control::Value::Map event;
    event.set("state", "resolving");
    on_event(handle, "torrent.state", std::move(event));
    resolution.start();
    return handle;
}

void Session::on_resolved(TorrentHandle handle, Result<TorrentFile> metainfo)
{
    const auto at = resolutions_.find(handle);
    auto resolving = std::move(at->second);
    resolutions_.erase(at);
    by_info_hash_.erase(resolving->magnet.info_hash.wire());
    if (!metainfo) return fail_resolution(handle, std::move(resolving), metainfo.error());
    metainfo->trackers.clear();
    for (const auto& url : resolving->magnet.trackers) metainfo->trackers.push_back({url});
    metainfo->web_seeds = resolving->magnet.web_seeds;
    control::Value::Map event;
    event.set("name", metainfo->name);
    event.set("size", static_cast<std::int64_t>(metainfo->geometry.total_length()));
    event.set("private", metainfo->is_private);
    on_event(handle, "torrent.metadata", std::move(event));
    if (!resolving->done) return begin_resolved(handle, std::move(*metainfo), std::move(resolving));
    end(std::move(resolving), std::move(metainfo));
}

// Goodbyes to the trackers first; what came of it is not lost meanwhile. The session may go before any of the turns of the loop.
void Session::end(std::unique_ptr<Resolving> resolving, Result<TorrentFile> outcome)
{
    auto& ending = *ending_.emplace_back(std::move(resolving));
    auto finish = [this, alive = std::weak_ptr(alive_), &ending, outcome = std::move(outcome)]() mutable {
        if (alive.expired()) return;
        auto done = std::move(ending.done);
        std::erase_if(ending_, [&](const auto& one) { return one.get() == &ending; });
        if (done) done(std::move(outcome));
    };
    ending.resolution->stop([&loop = parts_.environment.loop, finish = std::move(finish)]() mutable {
        loop.post(std::move(finish));
    });
}

// What can go wrong goes wrong before the resolution has given up its finder, so that the trackers hear of the end.
void Session::begin_resolved(TorrentHandle handle, TorrentFile metainfo, std::unique_ptr<Resolving> resolving)
{
    auto& options = resolving->options;
    auto skip = skipped(metainfo, options.select);
    if (skip && options.select.empty()) *skip = not_selected(metainfo, resolving->magnet.selection);
    if (skip && !skip->empty() && skip->size() == metainfo.geometry.file_count()) {
        skip = make_error(Errc::bad_input, fmt::format("{} has none of the files that the link selects", metainfo.name));
    }
    if (!skip) return fail_resolution(handle, std::move(resolving), skip.error());
    // A link may name the same torrent by its other hash (BEP 52).
    if (const auto is_new = check_new(metainfo.info_hash, metainfo.name); !is_new) {
        return fail_resolution(handle, std::move(resolving), is_new.error());
    }
    const auto shared = std::make_shared<const TorrentFile>(std::move(metainfo));
    auto store = take_store(shared, options);
    if (!store) return fail_resolution(handle, std::move(resolving), store.error());
    auto finder = resolving->resolution->release_finder();
    finder->on_metadata(shared->is_private);
    options.peers.clear();  // the finder knows them
    begin(handle, {shared, std::move(*store), std::move(finder), *skip, std::move(options)});
}

std::vector<FileIndex> Session::not_selected(const TorrentFile& metainfo, const std::vector<FileRange>& selection)
{
    std::vector<FileIndex> skip;
    if (selection.empty()) return skip;
    for (const FileIndex file : metainfo.geometry.files()) {
        const auto has = [&](const FileRange& range) { return range.first <= file.value() && file.value() <= range.last; };
        if (std::ranges::none_of(selection, has)) skip.push_back(file);
    }
    return skip;
}

void Session::fail_resolution(TorrentHandle handle, std::unique_ptr<Resolving> resolving, const Error& why)
{
    failures_.insert_or_assign(handle, why);
    end(std::move(resolving), why);
    control::Value::Map event;
    event.set("state", torrent::stage_name(torrent::Stage::failed));
    event.set("why", why.text);
    on_event(handle, "torrent.state", std::move(event));
}

Resolution* Session::find_resolution(TorrentHandle handle)
{
    const auto at = resolutions_.find(handle);
    return at == resolutions_.end() ? nullptr : at->second->resolution.get();
}

const Error* Session::resolution_failure(TorrentHandle handle) const
{
    const auto at = failures_.find(handle);
    return at == failures_.end() ? nullptr : &at->second;
}

void Session::stop_resolutions(const std::function<void()>& one_ended)
{
    for (const auto& [handle, resolving] : resolutions_) resolving->resolution->stop(one_ended);
}

bool Session::on_spotted(const Hash20& info_hash, const Endpoint& peer, std::string_view plugin)
{
    const TorrentHandle handle = handle_of(info_hash);
    if (auto* torrent = find(handle); torrent != nullptr && torrent->is_live()) return torrent->spot(peer, plugin);
    if (auto* resolution = find_resolution(handle)) return resolution->spot(peer, plugin);
    Anteroom::Caller caller(Anteroom::Spotted{peer, plugin});
    if (let_wait(info_hash, caller, peer.address)) return true;
    auto* torrent = find(handle);
    return torrent != nullptr && torrent->spot(peer, plugin);
}

}  // namespace shoal::session
