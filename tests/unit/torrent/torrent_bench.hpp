#pragma once

#include "fake_discovery.hpp"
#include "fake_store.hpp"
#include "scripted_peer.hpp"
#include "support/made_torrent.hpp"

#include "host/registry.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"
#include "torrent/torrent.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shoal::torrent::test {

using namespace std::chrono_literals;
using shoal::test::Recipe;

// Trackers that all answer with the same peers, after a while.
class FakeTrackers final : public TrackerClient {
public:
    explicit FakeTrackers(environment::Loop& loop) : loop_(loop) {}

    environment::OperationId announce(AnnounceQuery query, Announced done) override
    {
        asked.push_back(query);
        const std::uint64_t id = asked.size();
        pending_.emplace(id, std::move(done));
        loop_.start_timer(50ms, [this, id] {
            auto node = pending_.extract(id);
            if (!node) return;
            host::AnnounceReply reply;
            reply.peers = peers;
            node.mapped()(reply);
        });
        return environment::OperationId{id};
    }
    void cancel(environment::OperationId operation) override { pending_.erase(operation.value()); }

    std::size_t count(AnnounceEvent event) const
    {
        return static_cast<std::size_t>(std::ranges::count(asked, event, &AnnounceQuery::event));
    }

    std::vector<AnnounceQuery> asked;
    std::vector<Endpoint> peers;

private:
    environment::Loop& loop_;
    std::map<std::uint64_t, Announced> pending_;
};

// One torrent on a simulated host, with a disk, trackers and peers that do what the test says. Synthetic
// payload.
class TorrentBench final : private PluginSource, private TorrentEvents {
public:
    struct Options {
        Recipe recipe{.name = "one.bin", .files = {{"", 640'000, false}}, .piece_length = 65'536};
        std::vector<std::string> pickers{};  // none: the default
        std::uint64_t memory = 64u << 20;
        std::uint64_t up = 0;
        std::uint64_t down = 0;
        bool is_data_trusted = false;
        std::optional<Resume> resume{};
        SwarmSettings swarm{};
    };

    TorrentBench() : TorrentBench(Options{}) {}
    explicit TorrentBench(const Options& options)
        : made(shoal::test::make_torrent(options.recipe)),
          disk(std::make_shared<FakeDisk>(geometry().piece_count())), buffers(options.memory),
          rates_(node.loop(), {options.down, options.up}, {})
    {
        registry_.scan(SHOAL_TEST_PLUGINS);
        registry_.scan(TORRENT_TEST_PLUGINS);
        world.add_name("tracker", {node.address()});  // near, and so may name peers of this network
        identity.peer_id.bytes.fill(std::byte{0xee});
        SwarmSettings swarm = options.swarm;
        swarm.is_synthetic = true;
        torrent = std::make_unique<Torrent>(
            TorrentHandle{1}, made.torrent, std::make_unique<FakeStore>(node.loop(), disk),
            std::make_unique<Finder>(
                Finder::Parts{.environment = node.environment(), .trackers = trackers, .discovery = discovery},
                made.torrent->info_hash.wire(),
                Finder::Sources{.trackers = made.torrent->trackers,
                                .nodes = made.torrent->nodes,
                                .peers = {},
                                .is_private = made.torrent->is_private,
                                .calls_privileged_ports = swarm.calls_privileged_ports}),
            Torrent::Parts{.environment = node.environment(),
                           .transport = node.transport(),
                           .buffers = buffers,
                           .rates = rates_,
                           .plugins = *this,
                           .events = *this,
                           .identity = identity,
                           .settings = swarm,
                           .log = {}},
            TorrentOptions{
                .pickers = options.pickers, .choker = {}, .extensions = {}, .is_data_trusted = options.is_data_trusted,
                .resume = options.resume});
    }
    ~TorrentBench() { torrent.reset(); }

    ScriptedPeer& add_peer()
    {
        peers.push_back(
            std::make_unique<ScriptedPeer>(world, made.torrent->info_hash.wire(), geometry().piece_count()));
        return *peers.back();
    }
    // A peer that the torrent is told to call.
    ScriptedPeer& call_peer()
    {
        auto& peer = add_peer();
        torrent->add_peer(peer.endpoint());
        return peer;
    }

    void pass(environment::Duration duration) { world.run_for(duration); }
    template <class Predicate>
    bool wait(Predicate predicate, environment::Duration limit = 600s)
    {
        return world.run_until(predicate, world.now() + limit);
    }
    bool wait_for_end(environment::Duration limit = 600s)
    {
        return wait([this] { return torrent->stage() == Stage::seeding; }, limit);
    }
    void stop()
    {
        bool is_stopped = false;
        torrent->stop([&] { is_stopped = true; });
        REQUIRE_FALSE(is_stopped);
        REQUIRE(wait([&] { return is_stopped; }));
        pass(1s);  // for the others to hear of it
    }

    std::size_t count(const std::string& event) const
    {
        return static_cast<std::size_t>(std::ranges::count(events, event));
    }
    const Geometry& geometry() const { return made.torrent->geometry; }
    PieceIndex piece(std::uint32_t number) const { return *geometry().piece(number); }
    FileIndex file(std::uint32_t number) const { return *geometry().file(number); }
    Torrent::Status status() { return torrent->status(); }
    std::size_t disk_calls(const std::string& call) const
    {
        return static_cast<std::size_t>(std::ranges::count(disk->calls, call));
    }

private:
    host::Registry registry_;  // its factories outlive all that was made with them, and the loop

public:
    shoal::test::MadeTorrent made;
    lab::World world;
    lab::Node& node = world.add_node();
    std::shared_ptr<FakeDisk> disk;
    disk::BufferPool buffers;
    FakeTrackers trackers{node.loop()};
    FakeDiscovery discovery{node.loop()};
    Identity identity;
    std::vector<std::string> events;  // names; a state as "torrent.state downloading"
    std::string replaced;             // the last plug-in that was
    std::unique_ptr<Torrent> torrent;
    std::vector<std::unique_ptr<ScriptedPeer>> peers;

private:
    Result<std::vector<std::unique_ptr<host::Instance>>> make_pickers(const std::vector<std::string>& names,
                                                                      host::TorrentSource& source,
                                                                      host::EventSink& sink) override
    {
        std::vector<std::unique_ptr<host::Instance>> pickers;
        for (const auto& name : names) {
            const auto factory = registry_.find(SHOAL_KIND_PICKER, name);
            if (!factory) return factory.error();
            auto instance = host::Instance::create(**factory, {.environment = node.environment(),
                                                               .torrent = &source,
                                                               .events = &sink,
                                                               .random = RandomStream(3, ++instances_)});
            if (!instance) return instance.error();
            pickers.push_back(std::move(*instance));
        }
        return pickers;
    }
    Result<std::unique_ptr<host::Instance>> make_choker(const std::string& name, host::TorrentSource&,
                                                        host::EventSink&) override
    {
        if (name.empty()) return std::unique_ptr<host::Instance>();
        return make_error(Errc::not_found, "no choker " + name);
    }
    Result<std::unique_ptr<host::Instance>> make_extension(const std::string& name, bool, host::TorrentSource&,
                                                           host::EventSink&, host::ExtensionSink&) override
    {
        return make_error(Errc::not_found, "no extension " + name);
    }
    void on_event(TorrentHandle, std::string_view name, control::Value payload) override
    {
        std::string line(name);
        const auto* map = payload.as_map();
        for (std::size_t i = 0; map != nullptr && i < map->size(); ++i) {
            const auto* text = map->values()[i].as_text();
            if (map->keys()[i] == "state") line += " " + *text;
            if (name == "plugin.replaced" && map->keys()[i] == "plugin") replaced = *text;
        }
        events.push_back(line);
    }

    RateLimits rates_;
    std::uint64_t instances_ = 0;
};

}  // namespace shoal::torrent::test
