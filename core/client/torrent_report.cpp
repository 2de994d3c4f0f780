#include "client/torrent_report.hpp"

#include "client/options.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>

namespace shoal::client {

using control::Value;
using Phase = Entry::Phase;

namespace {

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

void report_disk(Value::Map& said, const torrent::DiskWork& disk)
{
    said.set("in_flight", number(disk.in_flight));
    said.set("queued", number(disk.queued));
    said.set("write_latency", std::chrono::duration<double>(disk.write_latency).count());
    said.set("is_back_pressured", disk.is_back_pressured);
}

double share(std::uint64_t part, std::uint64_t whole)
{
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

void report_reached(Value::Map& said, std::uint64_t wanted, std::uint64_t done)
{
    said.set("progress", wanted == 0 ? 1.0 : share(done, wanted));
    said.set("wanted", number(wanted));
    said.set("done", number(done));
}

// What is only kept is as far as it was in the session; when that is not on record, its pieces say how far.
void report_kept(Value::Map& said, const Entry& entry)
{
    const auto& have = entry.progress.have;
    const auto reached = reached_in(entry.record.options);
    if (!have || have->size() == 0) said.set("progress", 0.0);
    else if (reached) report_reached(said, reached->wanted, reached->done);
    else if (have->all()) report_reached(said, entry.record.size, entry.record.size);
    else said.set("progress", share(have->count(), have->size()));
}

// As the limits count it: what was here before it was added counts as had.
double ratio_of(const Entry& entry, std::uint64_t downloaded, std::uint64_t uploaded)
{
    return queue::ratio_of({.size = entry.is_finished() ? entry.record.size : 0, .downloaded = downloaded, .uploaded = uploaded});
}

void report_live(Value::Map& said, const Entry& entry, const torrent::Torrent::Status& status)
{
    const std::uint64_t downloaded = entry.progress.downloaded + status.totals.downloaded;
    const std::uint64_t uploaded = entry.progress.uploaded + status.totals.uploaded;
    report_reached(said, status.wanted_octets, status.had_octets);
    said.set("down_rate", number(status.swarm.download_rate));
    said.set("up_rate", number(status.swarm.upload_rate));
    said.set("downloaded", number(downloaded));
    said.set("uploaded", number(uploaded));
    said.set("ratio", ratio_of(entry, downloaded, uploaded));
    said.set("peers", number(status.swarm.peers));
    said.set("seeds", number(status.swarm.seeds));
    if (!status.swarm.stall.empty()) said.set("stall", status.swarm.stall);
    if (status.stage != torrent::Stage::downloading) return;
    const auto rate = status.swarm.download_rate;
    if (rate > 0) said.set("eta", number((status.wanted_octets - status.had_octets + rate - 1) / rate));
    report_disk(said, status.swarm.disk);
}

// What all move together.
struct Movement {
    std::uint64_t down_rate = 0, up_rate = 0, downloaded = 0, uploaded = 0, peers = 0;

    void add(const torrent::Torrent::Status& status)
    {
        down_rate += status.swarm.download_rate;
        up_rate += status.swarm.upload_rate;
        downloaded += status.totals.downloaded;
        uploaded += status.totals.uploaded;
        peers += status.swarm.peers;
    }
    void report(Value::Map& said) const
    {
        said.append("down_rate", number(down_rate));
        said.append("up_rate", number(up_rate));
        said.append("downloaded", number(downloaded));
        said.append("uploaded", number(uploaded));
        said.append("peers", number(peers));
    }
};

// What somebody gave it of its own; the rest is as the settings say.
void report_own(Value::Map& said, const Value::Map& options)
{
    Value::Map limits;
    for (const auto* name : {"down", "up", "ratio", "seed_time", "idle_time"}) {
        if (const auto* value = options.find(name); value != nullptr && !value->is_null()) limits.append(name, *value);
    }
    if (limits.size() > 0) said.set("limits", std::move(limits));
    if (auto meta = map_in(options, "meta"); meta.size() > 0) said.set("meta", std::move(meta));
    for (const auto* name : {"pickers", "choker"}) {
        if (const auto* value = options.find(name); value != nullptr && !value->is_null()) said.set(name, *value);
    }
}

// One that sleeps is to people what it was: a seed that nobody is connected to.
void report_sleeping(Value::Map& said, const Entry::Sleep& sleep)
{
    for (const auto* rate : {"down_rate", "up_rate"}) said.set(rate, 0);
    for (const auto* count : {"peers", "seeds"}) said.set(count, 0);
    if (sleep.is_private) said.set("private", *sleep.is_private);
}

bool is_asleep(const Entry& entry) { return entry.sleep && entry.phase != Phase::stopped; }

}  // namespace

std::string_view state_of(Client& client, const Entry& entry)
{
    if (entry.moving) return "moving";
    if (entry.failure) return "failed";
    if (is_asleep(entry)) return entry.standing == queue::Standing::runs ? "seeding" : "stopping";
    switch (entry.phase) {
    case Phase::dormant:
    case Phase::stopped: return entry.record.is_started ? "waiting" : "stopped";
    case Phase::starting: return "starting";
    case Phase::stopping: return "stopping";
    case Phase::running: break;
    }
    const auto* torrent = client.running(entry);
    return torrent != nullptr ? torrent::stage_name(torrent->stage()) : "resolving";
}

Value::Map report_torrent(Client& client, const Entry& entry)
{
    const auto& record = entry.record;
    Value::Map said;
    said.append("torrent", record.info_hash.hex());
    said.append("name", record.name);
    said.append("state", state_of(client, entry));
    said.append("size", number(record.size));
    report_kept(said, entry);
    said.append("downloaded", number(entry.progress.downloaded));
    said.append("uploaded", number(entry.progress.uploaded));
    said.append("ratio", ratio_of(entry, entry.progress.downloaded, entry.progress.uploaded));
    said.append("folder", record.folder);
    const auto* label = record.options.find("label");
    said.append("label", label != nullptr ? *label : Value(""));
    said.append("position", number(record.position));
    said.append("added_at", record.added_at);
    said.append("finished_at", record.finished_at);
    said.append("seeding_time", client.seeding_time(entry));
    report_own(said, record.options);
    if (entry.failure) said.append("error", entry.failure->text);
    if (entry.moving) {
        said.append("moving_to", entry.moving->folder);
        said.append("moved", share(entry.moving->done, entry.moving->size));
    }
    if (is_asleep(entry)) {
        report_sleeping(said, *entry.sleep);
    } else if (auto* torrent = client.running(entry)) {
        report_live(said, entry, torrent->status());
        said.set("private", torrent->metainfo().is_private);
    } else if (const auto* resolution = client.resolving(entry)) {
        const auto found = resolution->status();
        said.set("peers", number(found.peers));
        if (!found.stall.empty()) said.set("stall", found.stall);
    }
    return said;
}

Value::List report_files(Client& client, const Entry& entry)
{
    Value::List files;
    const auto* torrent = client.running(entry);
    if (torrent == nullptr) return files;
    const auto& metainfo = torrent->metainfo();
    const Geometry& geometry = metainfo.geometry;
    std::vector<std::uint64_t> done(geometry.file_count());
    for (const PieceIndex piece : geometry.pieces()) {
        if (!torrent->ledger().have().test(piece.value())) continue;
        geometry.for_each_slice(piece, 0, geometry.length(piece),
                                [&](const FileSlice& slice) { done[slice.file.value()] += slice.length; });
    }
    for (const FileIndex index : geometry.files()) {
        const auto& file = metainfo.file(index);
        if (file.padding) continue;
        Value::Map said;
        said.append("index", number(index.value()));
        said.append("path", torrent->path_of(index));
        said.append("size", number(file.length));
        said.append("done", number(done[index.value()]));
        said.append("priority", torrent::priority_name(torrent->priority(index)));
        files.emplace_back(std::move(said));
    }
    return files;
}

Value::List report_peers(Client& client, const Entry& entry)
{
    Value::List peers;
    auto* torrent = client.running(entry);
    if (torrent == nullptr) return peers;
    for (const auto& peer : torrent->peers()) {
        Value::Map said;
        said.append("address", peer.address.to_string());
        said.append("source", peer.source);
        said.append("client", printable(peer.client));
        said.append("progress", share(peer.pieces, torrent->metainfo().geometry.piece_count()));
        said.append("down_rate", number(peer.download_rate));
        said.append("up_rate", number(peer.upload_rate));
        said.append("downloaded", number(peer.downloaded));
        said.append("uploaded", number(peer.uploaded));
        said.append("interested", peer.is_interested);
        said.append("choked", peer.is_choked);
        said.append("choking_us", peer.is_choking_us);
        said.append("snubbed", peer.is_snubbed);
        if (!peer.preferred_by.empty()) said.append("preferred_by", Value::List(peer.preferred_by.begin(), peer.preferred_by.end()));
        peers.emplace_back(std::move(said));
    }
    return peers;
}

Value::List report_trackers(const Client::Trackers& known)
{
    Value::List trackers;
    for (const auto& tracker : known) {
        Value::Map said;
        said.append("url", tracker.url);
        said.append("tier", number(tracker.tier));
        said.append("working", tracker.is_working);
        said.append("message", tracker.message);
        if (tracker.seeds) said.append("seeds", number(*tracker.seeds));
        if (tracker.leechers) said.append("leechers", number(*tracker.leechers));
        trackers.emplace_back(std::move(said));
    }
    return trackers;
}

Value::Map report_session(Client& client)
{
    auto& session = client.session();
    torrent::DiskWork all;
    Movement moved{.downloaded = client.moved_before().downloaded, .uploaded = client.moved_before().uploaded};
    for (const auto& [handle, torrent] : session.torrents()) {
        moved.add(torrent->status());
        const auto disk = torrent->disk_work();
        if (!disk) continue;
        all.in_flight += disk->in_flight;
        all.queued += disk->queued;
        all.write_latency = std::max(all.write_latency, disk->write_latency);
        all.is_back_pressured = all.is_back_pressured || disk->is_back_pressured;
    }
    Value::List listening;
    for (const auto& endpoint : session.listening()) listening.emplace_back(endpoint.to_string());
    Value::Map said;
    said.append("torrents", number(client.entries().size()));
    said.append("running", number(session.torrents().size() + client.dormant()));
    said.append("asleep", number(client.dormant()));
    said.append("listening", std::move(listening));
    said.append("memory_in_use", number(session.buffers().in_use()));
    said.append("memory_ceiling", number(session.buffers().ceiling()));
    report_disk(said, all);
    moved.report(said);
    return said;
}

}  // namespace shoal::client
