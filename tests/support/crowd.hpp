#pragma once

#include "host/registry.hpp"
#include "lab/node.hpp"
#include "lab/synthetic_store.hpp"
#include "lab/world.hpp"
#include "metainfo/torrent_file.hpp"
#include "peer/stream_transport.hpp"
#include "session/session.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

// Whole sessions on the virtual network, for tests of what happens between them.
namespace shoal::support {

struct TorrentShape {
    std::uint32_t pieces = 32;
    std::uint32_t piece_length = 64 * 1024;
    std::uint32_t last_piece_cut = 5000;  // octets that the last piece lacks
    // Lengths of files; empty: one file. Must add up to the whole.
    std::vector<std::uint64_t> files{};
    bool is_private = false;
    bool has_octets = false;  // real content and hashes; otherwise made-up hashes, for synthetic payload
    std::vector<std::string> trackers{};
};

struct Content {
    metainfo::TorrentFile torrent;
    Bytes octets;  // empty unless has_octets
};
Content make_content(const TorrentShape& shape);

struct MemberOptions {
    bool is_seed = false;
    lab::NodeSettings node{};
    std::vector<std::string> pickers{"rarest-first", "endgame"};
    std::string choker = "tit-for-tat";
    std::vector<std::string> discoveries{};
    std::vector<std::string> extensions{};
    session::PluginSettings plugins{};
    bool listens_everywhere = false;  // at all addresses of the host, not the first alone
    std::vector<std::string> select{};
    std::uint64_t memory = 64u << 20;
    std::uint64_t down = 0;
    std::uint64_t up = 0;
    lab::Duration disk_delay = std::chrono::milliseconds{5};
    torrent::SwarmSettings swarm{};
    session::Doorway::Settings doorway{};
    bool is_paused = false;  // the torrent is added later, with start()
    std::string folder{};    // on this machine's disk, by the storage; empty: in memory
    std::string storage = "file";
};

// What a magnet link says beside the info-hash.
struct Link {
    std::vector<std::string> trackers{};
    std::vector<metainfo::HostPort> peers{};
    std::vector<metainfo::FileRange> selection{};
};

// One host with one session and one torrent. Listens on port 6881.
class Member final : private torrent::TorrentEvents {
public:
    Member(lab::World& world, host::Registry& registry, const Content& content, MemberOptions options);
    ~Member() { session.reset(); }  // before what it works with

    void start(const std::vector<Endpoint>& peers);
    // With nothing but the magnet link. torrent() is there when is_resolved().
    void start_magnet(const std::vector<Endpoint>& peers, Link link = {});
    TorrentHandle handle() const { return handle_; }
    bool is_resolved() { return session->find(handle_) != nullptr; }
    torrent::Resolution& resolution();
    // Ends the session's torrents and begins anew on the same disk.
    void restart(const std::vector<Endpoint>& peers);
    torrent::Torrent& torrent();
    torrent::Torrent::Status status() { return torrent().status(); }
    bool is_complete() { return torrent().ledger().wanted_count() == 0; }
    Endpoint endpoint() const { return node.endpoint(6881); }
    std::uint32_t count(const std::string& event) const;
    const control::Value* last(const std::string& event) const;

    lab::Node& node;
    std::unique_ptr<session::Session> session;
    std::shared_ptr<lab::SyntheticStore::Disk> disk;  // synthetic payload
    std::shared_ptr<Bytes> octets;                    // real payload
    std::map<std::uint32_t, std::uint32_t> verified;  // by piece: how often
    std::function<void(std::string_view)> on_any_event;  // last() has what it says

private:
    void open_session();
    std::unique_ptr<disk::Store> make_store();
    void on_event(TorrentHandle torrent, std::string_view name, control::Value payload) override;

    host::Registry& registry_;
    const Content& content_;
    MemberOptions options_;
    std::unique_ptr<peer::StreamTransport> streams_;
    TorrentHandle handle_{0};
    std::map<std::string, std::pair<std::uint32_t, control::Value>> events_;
};

class Crowd {
public:
    explicit Crowd(const TorrentShape& shape, const lab::WorldSettings& settings = {});

    Member& add(MemberOptions options = {});
    // Everybody knows the first member, and whom a tracker would name: the `known` before him.
    void start(std::size_t known = 8);
    // Everyone that is to be complete is, before the limit.
    bool run_until_complete(lab::Duration limit);
    bool is_complete();

    Content content;
    lab::World world;
    host::Registry registry;
    std::vector<std::unique_ptr<Member>> members;
};

}  // namespace shoal::support
