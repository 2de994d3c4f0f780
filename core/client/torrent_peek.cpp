#include "client/torrent_peek.hpp"

#include "metainfo/create.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace shoal::client {

using control::Value;
using Type = Value::Type;

namespace {

constexpr std::int64_t longest_patience = 3600;

// Those that are addresses: names are for whoever looks for peers.
std::vector<Endpoint> addresses_in(const metainfo::Magnet& magnet)
{
    std::vector<Endpoint> peers;
    for (const auto& peer : magnet.peers) {
        const auto host = peer.host.find(':') == std::string::npos ? peer.host : "[" + peer.host + "]";
        if (const auto endpoint = Endpoint::parse(fmt::format("{}:{}", host, peer.port))) peers.push_back(*endpoint);
    }
    return peers;
}

Value::List files_of(const metainfo::TorrentFile& metainfo)
{
    Value::List files;
    for (const FileIndex index : metainfo.geometry.files()) {
        const auto& file = metainfo.file(index);
        if (file.padding || files.size() >= Peeks::most_files_told) continue;
        Value::Map said;
        said.append("path", file.path.empty() ? metainfo.name : file.path);
        said.append("size", static_cast<std::int64_t>(file.length));
        files.emplace_back(std::move(said));
    }
    return files;
}

Value peek_report(const metainfo::TorrentFile& metainfo)
{
    const auto is_real = [&metainfo](FileIndex index) { return !metainfo.file(index).padding; };
    std::int64_t count = 0;
    for (const FileIndex index : metainfo.geometry.files()) count += is_real(index) ? 1 : 0;
    Value::Map said;
    said.append("torrent", metainfo.info_hash.wire().hex());
    said.append("is_here", false);
    said.append("name", metainfo.name);
    said.append("size", static_cast<std::int64_t>(metainfo.geometry.total_length()));
    said.append("private", metainfo.is_private);
    said.append("file_count", count);
    said.append("files", files_of(metainfo));
    return Value(std::move(said));
}

Value here_already(const Hash20& torrent)
{
    return Value(Value::Map{}.set("torrent", torrent.hex()).set("is_here", true));
}

}  // namespace

void Peeks::look(const std::string& source, environment::Duration patience, Answered done)
{
    const auto held = find_held(source);
    if (held != held_.end()) return done(peek_report(held->peeked.file.metainfo));
    auto read = [this, source, patience, done = std::move(done)](Result<session::Source> found) mutable {
        if (!found) return done(found.error());
        auto* file = std::get_if<session::FromFile>(&*found);
        const auto torrent = file != nullptr ? file->metainfo.info_hash.wire() : std::get<session::FromMagnet>(*found).magnet.info_hash.wire();
        if (const auto* entry = client_.entry(torrent); entry != nullptr && !entry->is_erased) return done(here_already(torrent));
        if (file != nullptr) return done(answer(source, {.file = std::move(*file)}));
        resolve(std::move(std::get<session::FromMagnet>(*found).magnet), patience, {source, std::move(done)});
    };
    client_.session().read_source(source, std::move(read));
}

// Of a torrent that somebody looks at already the same answer is for both.
void Peeks::resolve(metainfo::Magnet magnet, environment::Duration patience, Waiting waiting)
{
    const Hash20 torrent = magnet.info_hash.wire();
    if (const auto at = resolving_.find(torrent); at != resolving_.end()) return at->second->waiting.push_back(std::move(waiting));
    auto resolving = std::make_unique<Resolving>(client_.session().environment().loop);
    resolving->magnet = magnet;
    auto resolved = [this, torrent](Result<metainfo::TorrentFile> metainfo) { on_resolved(torrent, std::move(metainfo)); };
    const auto handle = client_.session().resolve(std::move(magnet), {}, std::move(resolved));
    if (!handle) return waiting.done(handle.error());
    resolving->handle = *handle;
    resolving->waiting.push_back(std::move(waiting));
    resolving->patience.start(patience, [this, torrent] { on_late(torrent); });
    resolving_.emplace(torrent, std::move(resolving));
}

void Peeks::on_resolved(const Hash20& torrent, Result<metainfo::TorrentFile> metainfo)
{
    auto node = resolving_.extract(torrent);
    if (node.empty()) return;
    for (auto& [source, done] : node.mapped()->waiting) {
        if (!metainfo) {
            done(metainfo.error());
            continue;
        }
        // A link that selects files is more than its torrent: it is added as a link.
        if (!node.mapped()->magnet.selection.empty()) done(peek_report(*metainfo));
        else done(answer(source, {.file = {*metainfo, metainfo::to_torrent(*metainfo)}, .peers = addresses_in(node.mapped()->magnet)}));
    }
}

void Peeks::on_late(const Hash20& torrent)
{
    auto node = resolving_.extract(torrent);
    if (node.empty()) return;
    const auto* resolution = client_.session().find_resolution(node.mapped()->handle);
    const auto stall = resolution != nullptr ? resolution->status().stall : std::string();
    client_.session().remove(node.mapped()->handle, [](torrent::Torrent*, const torrent::Resume&) {});
    const auto why = make_error(Errc::timed_out, "no metadata from peers in time" + (stall.empty() ? stall : ": " + stall));
    for (auto& waiting : node.mapped()->waiting) waiting.done(why);
}

Value Peeks::answer(const std::string& source, Peeked peeked)
{
    auto said = peek_report(peeked.file.metainfo);
    hold(source, std::move(peeked));
    return said;
}

void Peeks::hold(const std::string& source, Peeked peeked)
{
    static_cast<void>(take(source));
    const auto size = peeked.file.octets.size();
    if (size > most_octets_held) return;
    while (!held_.empty() && (held_.size() >= most_held || octets_held_ + size > most_octets_held)) drop_oldest();
    octets_held_ += size;
    held_.push_back({source, std::move(peeked), client_.session().environment().loop.now()});
}

void Peeks::drop_oldest()
{
    octets_held_ -= held_.front().peeked.file.octets.size();
    held_.pop_front();
}

// What an address stands for may change.
std::deque<Peeks::Held>::iterator Peeks::find_held(const std::string& source)
{
    const auto now = client_.session().environment().loop.now();
    while (!held_.empty() && now - held_.front().since > longest_held) drop_oldest();
    return std::ranges::find(held_, source, &Held::source);
}

std::optional<Peeks::Peeked> Peeks::take(const std::string& source)
{
    const auto at = find_held(source);
    if (at == held_.end()) return std::nullopt;
    auto peeked = std::move(at->peeked);
    octets_held_ -= peeked.file.octets.size();
    held_.erase(at);
    return peeked;
}

void offer_peek(control::Registry& registry, const std::shared_ptr<Peeks>& peeks)
{
    registry.offer({.name = "torrents.peek",
                    .help = "looks into a torrent that is not added: its .torrent is fetched, or a magnet link's metadata from peers; nothing is kept or written",
                    .arguments = {{.name = "source", .type = Type::text, .help = "as torrents.add takes it", .is_required = true},
                                  {.name = "patience", .type = Type::integer, .help = "seconds that peers have to send metadata", .fallback = 120}},
                    .answer = "a map: torrent (its info-hash), is_here (true: it was added already, and nothing else is said), name, size, private, "
                              "file_count, files (at most 2,000 maps: path, size)",
                    .errors = {Errc::invalid_argument, Errc::bad_input, Errc::unsupported, Errc::not_found, Errc::permission_denied,
                               Errc::limit_exceeded, Errc::io_error, Errc::network_error, Errc::refused, Errc::timed_out, Errc::cancelled}},
                   [peeks](const Value::Map& arguments, control::Registry::Answered done) {
                       const auto patience = *arguments.find("patience")->as_integer();
                       if (patience < 1 || patience > longest_patience) {
                           return done(make_error(Errc::invalid_argument, "patience is 1 to 3600 seconds"));
                       }
                       peeks->look(*arguments.find("source")->as_text(), std::chrono::seconds(patience), std::move(done));
                   });
}

}  // namespace shoal::client
