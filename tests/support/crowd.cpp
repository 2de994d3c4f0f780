#include "support/crowd.hpp"

#include "support/byte_store.hpp"

#include <shoal/bencode.hpp>
#include <shoal/sha1.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

namespace shoal::support {

namespace {

Bytes info_dict(const TorrentShape& shape, std::uint64_t total, ByteView octets)
{
    bencode::Writer writer;
    writer.begin_dict();
    if (!shape.files.empty()) {
        writer.key("files");
        writer.begin_list();
        for (std::size_t i = 0; i < shape.files.size(); ++i) {
            writer.begin_dict();
            writer.key("length");
            writer.integer(static_cast<std::int64_t>(shape.files[i]));
            writer.key("path");
            writer.begin_list();
            writer.string("file" + std::to_string(i) + ".bin");
            writer.end_list();
            writer.end_dict();
        }
        writer.end_list();
    } else {
        writer.key("length");
        writer.integer(static_cast<std::int64_t>(total));
    }
    writer.key("name");
    writer.string("crowd");
    writer.key("piece length");
    writer.integer(shape.piece_length);
    writer.key("pieces");
    Bytes hashes;
    for (std::uint64_t at = 0; at < total; at += shape.piece_length) {
        const auto length = std::min<std::uint64_t>(shape.piece_length, total - at);
        const auto marker = std::to_string(at);
        const Hash20 hash = shape.has_octets ? Sha1::of(octets.subspan(at, length)) : Sha1::of(as_bytes(marker));
        hashes.insert(hashes.end(), hash.bytes.begin(), hash.bytes.end());
    }
    writer.bytes(hashes);
    if (shape.is_private) writer.key("private").integer(1);
    writer.end_dict();
    return writer.take();
}

}  // namespace

Content make_content(const TorrentShape& shape)
{
    std::uint64_t total = std::uint64_t{shape.pieces} * shape.piece_length - shape.last_piece_cut;
    if (!shape.files.empty()) total = std::accumulate(shape.files.begin(), shape.files.end(), std::uint64_t{0});
    Bytes octets;
    if (shape.has_octets) {
        octets.resize(total);
        RandomStream(7, 7).fill(octets);
    }
    auto torrent = metainfo::parse_info(info_dict(shape, total, octets));
    REQUIRE(torrent);
    for (const auto& url : shape.trackers) torrent->trackers.push_back({url});
    return {std::move(*torrent), std::move(octets)};
}

// ---- Member -----------------------------------------------------------------------------------------------------

Member::Member(lab::World& world, host::Registry& registry, const Content& content, MemberOptions options)
    : node(world.add_node(options.node)), registry_(registry), content_(content), options_(std::move(options))
{
    const auto& geometry = content_.torrent.geometry;
    if (content_.octets.empty()) {
        options_.swarm.is_synthetic = true;
        disk = std::make_shared<lab::SyntheticStore::Disk>(geometry.piece_count());
        if (options_.is_seed) disk->pieces.set_all();
    } else {
        octets = std::make_shared<Bytes>(content_.octets.size());
        if (options_.is_seed) *octets = content_.octets;
        auto& environment = node.environment();
        streams_ = std::make_unique<peer::StreamTransport>(environment.loop, environment.network);
    }
    open_session();
}

void Member::open_session()
{
    std::vector<Endpoint> listen{endpoint()};
    const bool has_another = node.has_address(false) && node.has_address(true);
    if (options_.listens_everywhere && has_another) listen.push_back(node.endpoint(true, endpoint().port));
    session::SessionSettings settings{.listen = std::move(listen),
                                      .memory_ceiling = options_.memory,
                                      .down_rate = options_.down,
                                      .up_rate = options_.up,
                                      .discoveries = options_.discoveries,
                                      .extensions = options_.extensions,
                                      .doorway = options_.doorway,
                                      .swarm = options_.swarm,
                                      .plugins = options_.plugins};
    peer::Transport& transport = streams_ ? static_cast<peer::Transport&>(*streams_) : node.transport();
    session = std::make_unique<session::Session>(
        session::Session::Parts{node.environment(), transport, registry_, *this, {}}, std::move(settings));
    REQUIRE(session->listen());
}

std::unique_ptr<disk::Store> Member::make_store()
{
    if (disk) return std::make_unique<lab::SyntheticStore>(node.loop(), disk, options_.disk_delay);
    return std::make_unique<ByteStore>(node.loop(), std::make_shared<const metainfo::TorrentFile>(content_.torrent),
                                       octets);
}

void Member::start_magnet(const std::vector<Endpoint>& peers, Link link)
{
    metainfo::Magnet magnet{.info_hash = content_.torrent.info_hash,
                            .name = {},
                            .trackers = std::move(link.trackers),
                            .web_seeds = {},
                            .peers = std::move(link.peers),
                            .selection = std::move(link.selection)};
    const auto added = session->add(std::move(magnet),
                                    {.folder = "/",
                                     .pickers = options_.pickers,
                                     .choker = options_.choker,
                                     .select = options_.select,
                                     .peers = peers,
                                     .make_store = [this](const auto&) { return make_store(); }});
    if (!added) FAIL(added.error().text);
    handle_ = *added;
}

torrent::Resolution& Member::resolution()
{
    auto* found = session->find_resolution(handle_);
    REQUIRE(found != nullptr);
    return *found;
}

void Member::start(const std::vector<Endpoint>& peers)
{
    const bool is_on_disk = !options_.folder.empty();
    const auto added = session->add(content_.torrent, {.folder = is_on_disk ? options_.folder : "/",
                                                       .storage = options_.storage,
                                                       .pickers = options_.pickers,
                                                       .choker = options_.choker,
                                                       .select = options_.select,
                                                       .peers = peers,
                                                       .store = is_on_disk ? nullptr : make_store()});
    if (!added) FAIL(added.error().text);
    handle_ = *added;
}

void Member::restart(const std::vector<Endpoint>& peers)
{
    session.reset();
    open_session();
    start(peers);
}

torrent::Torrent& Member::torrent()
{
    auto* found = session->find(handle_);
    REQUIRE(found != nullptr);
    return *found;
}

void Member::on_event(TorrentHandle, std::string_view name, control::Value payload)
{
    if (name == "piece.verified") {
        ++verified[static_cast<std::uint32_t>(*payload.as_map()->find("piece")->as_integer())];
    }
    auto& entry = events_[std::string(name)];
    ++entry.first;
    entry.second = std::move(payload);
    if (on_any_event) on_any_event(name);
}

std::uint32_t Member::count(const std::string& event) const
{
    const auto at = events_.find(event);
    return at == events_.end() ? 0 : at->second.first;
}

const control::Value* Member::last(const std::string& event) const
{
    const auto at = events_.find(event);
    return at == events_.end() ? nullptr : &at->second.second;
}

// ---- Crowd ------------------------------------------------------------------------------------------------------

Crowd::Crowd(const TorrentShape& shape, const lab::WorldSettings& settings)
    : content(make_content(shape)), world(settings)
{
    registry.scan(SHOAL_TEST_PLUGINS);
}

Member& Crowd::add(MemberOptions options)
{
    members.push_back(std::make_unique<Member>(world, registry, content, std::move(options)));
    return *members.back();
}

void Crowd::start(std::size_t known)
{
    for (std::size_t i = 0; i < members.size(); ++i) {
        std::vector<Endpoint> peers;
        for (std::size_t j = i > known ? i - known : 0; j < i; ++j) peers.push_back(members[j]->endpoint());
        if (i > known) peers.push_back(members.front()->endpoint());
        members[i]->start(peers);
    }
}

bool Crowd::is_complete()
{
    return std::ranges::all_of(members, [](const auto& member) {
        return member->torrent().stage() == torrent::Stage::seeding;
    });
}

bool Crowd::run_until_complete(lab::Duration limit)
{
    const auto end = world.now() + limit;
    // Asked now and then: asking after every event would cost more than the events.
    while (world.now() < end) {
        world.run_for(std::chrono::milliseconds{250});
        if (is_complete()) return true;
    }
    return is_complete();
}

}  // namespace shoal::support
