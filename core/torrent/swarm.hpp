#pragma once

#include "control/value.hpp"
#include "disk/store.hpp"
#include "environment/environment.hpp"
#include "host/log.hpp"
#include "metainfo/torrent_file.hpp"
#include "torrent/choking.hpp"
#include "torrent/connected_peer.hpp"
#include "torrent/dialer.hpp"
#include "torrent/extensions.hpp"
#include "torrent/finder.hpp"
#include "torrent/identity.hpp"
#include "torrent/picker_stack.hpp"
#include "torrent/rate_queue.hpp"
#include "torrent/suspicion.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace shoal::torrent {

struct SwarmSettings {
    std::uint32_t most_peers = 200;
    std::uint32_t most_peers_per_address = 16;  // of one IPv6 /64 together; also of this machine's own addresses
    std::uint32_t most_connecting = 16;  // outgoing, before the handshake
    std::uint32_t upload_slots = 64;     // the most a choker may unchoke
    environment::Duration connect_timeout = std::chrono::seconds{15};
    environment::Duration handshake_timeout = std::chrono::seconds{10};
    environment::Duration starved_after = std::chrono::seconds{10};
    environment::Duration retry_full_disk = std::chrono::seconds{30};
    // Ports below 1024 belong to servers of other kinds: who names them to us may want us to pester those. Whom the user named is
    // called at any port.
    bool calls_privileged_ports = true;
    bool is_synthetic = false;           // the lab: payload is a length and no octets
    peer::PeerSettings peer{};
};

// What the torrent above wants to know. From inside a swarm's function: do not destroy the swarm in it.
class SwarmEvents {
public:
    virtual void on_piece(PieceIndex piece) = 0;  // verified, written, told to the peers
    virtual void on_corrupt_piece(PieceIndex piece) = 0;
    virtual void on_disk_error(const Error& error) = 0;
    virtual void on_hold(const Error& why) = 0;  // the disk is full: nothing is asked for until there is room
    virtual void on_hold_over() = 0;
    virtual void on_all_wanted() = 0;
    virtual void on_event(std::string_view name, control::Value payload) = 0;

protected:
    ~SwarmEvents() = default;
};

// What a swarm works with; all of it outlives the swarm.
struct SwarmContext {
    environment::Environment& environment;
    peer::Transport& transport;
    const metainfo::TorrentFile& metainfo;
    piece::Ledger& ledger;
    disk::Store& store;
    disk::BufferPool& buffers;
    RateGroup& down;
    RateGroup& up;
    Finder& finder;
    Identity identity;
    SwarmSettings settings;
    host::Log log;
    SwarmEvents& events;
};

struct SwarmTotals {
    std::uint64_t downloaded = 0;  // payload, verified or not
    std::uint64_t uploaded = 0;
    std::uint64_t wasted = 0;      // of no use: late, duplicate, corrupt
    std::uint64_t corrupt_pieces = 0;
    std::uint64_t duplicate_blocks = 0;
    std::map<std::string_view, std::uint32_t> met{};  // peers it was ever connected to, by where each was heard of first

    SwarmTotals& operator+=(const SwarmTotals& more)
    {
        downloaded += more.downloaded;
        uploaded += more.uploaded;
        wasted += more.wasted;
        corrupt_pieces += more.corrupt_pieces;
        duplicate_blocks += more.duplicate_blocks;
        for (const auto& [source, count] : more.met) met[source] += count;
        return *this;
    }
};

// What a disk is doing for a torrent that is being fetched.
struct DiskWork {
    std::uint32_t in_flight = 0;            // writes submitted and not ended
    std::size_t queued = 0;                 // waits for a move to end, or for room on the disk
    environment::Duration write_latency{};  // from submission to completion, the last ones count most
    bool is_back_pressured = false;         // blocks come faster than the disk takes them: they are not asked for, or not read
};

// One connection, for people to look at. Octets are of payload.
struct PeerStatus {
    Endpoint address;
    std::string_view source;     // where it was heard of first; "incoming": it called us
    std::string client;          // what it calls itself, else the beginning of its peer id; a stranger's text
    std::uint32_t pieces = 0;    // that it has
    bool is_choking_us = true;
    bool is_choked = true;
    bool is_interested = false;
    bool are_we_interested = false;
    bool is_snubbed = false;
    std::uint64_t download_rate = 0;
    std::uint64_t upload_rate = 0;
    std::uint64_t downloaded = 0;
    std::uint64_t uploaded = 0;
    std::vector<std::string_view> preferred_by{};  // the extensions that marked it so
};

// A torrent that talks to peers: the live part of its life, downloading and then seeding. One file for each verb:
// swarm_peers (meet, part), swarm_blocks (ask, receive, verify), swarm_write (keep on the disk), swarm_serve (give), swarm_extend
// (BEP 10), swarm_traffic (account), swarm_tick (time).
class Swarm final : private Finder::Owner, private Dialer::Owner, private Extensions::Owner {
public:
    explicit Swarm(SwarmContext context);
    ~Swarm();
    Swarm(const Swarm&) = delete;
    Swarm& operator=(const Swarm&) = delete;

    void start();
    // Drops the peers at once, writes what was verified, says goodbye to the trackers; then calls `done`.
    void stop(environment::Task done);

    void set_pickers(std::vector<std::unique_ptr<host::Instance>> pickers);
    void set_choker(std::unique_ptr<host::Instance> choker);
    // Before start(). What could not be made comes back.
    std::vector<Error> make_extensions(const std::vector<std::string>& names, const Extensions::Make& make)
    {
        return extensions_.make(names, make);
    }
    // An incoming connection that asked for this torrent; its handshake was read, ours is still to be sent.
    void welcome(Introduction introduction) { dialer_.welcome(std::move(introduction)); }
    // Runs the task when what is queued for peers now is sent, or they are gone.
    void when_sent(environment::Task task);
    // Priorities changed: what is wanted of whom.
    void on_priorities_changed();

    // -- for ConnectedPeer
    const Geometry& geometry() const { return context_.metainfo.geometry; }
    const Bitfield& our_pieces() const { return context_.ledger.have(); }
    const peer::PeerSettings& peer_settings() const { return context_.settings.peer; }
    environment::Time now() const { return context_.environment.loop.now(); }
    RateGroup& down() { return context_.down; }
    RateGroup& up() { return context_.up; }
    void drop(ConnectedPeer& peer, const Error& why);
    void on_their_pieces(ConnectedPeer& peer);
    void on_their_piece(ConnectedPeer& peer, PieceIndex piece);
    void on_interest_changed();
    void on_returned(std::span<const BlockRef> blocks);
    void refill(ConnectedPeer& peer);
    void take_turn(ConnectedPeer& peer);
    peer::BlockSink on_block_begin(ConnectedPeer& peer, const peer::BlockHead& head);
    void on_block_end(ConnectedPeer& peer, const peer::BlockHead& head, peer::Payload payload);
    void serve(ConnectedPeer& peer);
    void on_extended_handshake(ConnectedPeer& peer);
    void on_extended(ConnectedPeer& peer, std::uint8_t id, ByteView payload);
    void on_node_port(ConnectedPeer& peer, std::uint16_t port);

    // -- for people
    struct Status {
        std::uint32_t peers = 0;
        std::uint32_t seeds = 0;
        std::uint32_t candidates = 0;
        std::uint32_t connecting = 0;
        std::uint32_t unchoked_us = 0;
        std::uint64_t download_rate = 0;
        std::uint64_t upload_rate = 0;
        std::map<std::string_view, std::uint32_t> sources;  // of the peers: where each was heard of first
        std::string stall;  // why nothing moves; empty while something does
        DiskWork disk{};
        std::optional<Error> hold{};  // nothing is asked for: the disk is full
    };
    Status status();
    DiskWork disk_work() const;  // costs little
    std::vector<PeerStatus> peers();
    const SwarmTotals& totals() const { return totals_; }
    bool has_company() const { return !peers_.empty(); }
    bool is_calling() const { return dialer_.connecting() > 0; }
    std::vector<std::string> picker_names() const { return pickers_.names(); }
    std::string choker_name() const { return choking_.name(); }

private:
    using Peers = std::map<PeerHandle, std::unique_ptr<ConnectedPeer>>;

    // swarm_peers.cpp
    std::size_t room() const override;
    bool is_connected_to(const WirePeerId& peer) const override;
    void meet(Introduction introduction) override;
    std::string reason_to_refuse(const Introduction& introduction) const override;
    bool is_crowded(const Address& address) const;
    void send_allowed_fast(ConnectedPeer& peer);
    void count_wanted(ConnectedPeer& peer);
    void update_interest(ConnectedPeer& peer);
    void drop_complete_peers();
    void bury();

    // swarm_blocks.cpp
    bool has_livelier_peer(const ConnectedPeer& peer) const;
    std::uint64_t within_disk(std::uint64_t blocks);
    bool accept_pick(ConnectedPeer& peer, BlockRef block);
    bool open_piece(PieceIndex piece);
    bool is_blockwise(PieceIndex piece) const;
    const Bitfield& askable(ConnectedPeer& peer, Bitfield& storage) const;
    peer::BlockSink place_for(ConnectedPeer& peer, BlockRef block);
    void keep_block(ConnectedPeer& peer, ConnectedPeer::Arriving arrived, peer::Payload payload);
    void keep_blockwise(ConnectedPeer& peer, ConnectedPeer::Arriving arrived);
    void put_in_place(piece::OpenPiece& open, const ConnectedPeer::Arriving& arrived);
    void cancel_duplicates(BlockRef block, const ConnectedPeer& except);
    void on_all_received(PieceIndex piece);
    void on_verdict(PieceIndex piece, bool matches);
    void on_corrupt(PieceIndex piece);
    void complete_piece(PieceIndex piece);
    void drop_unwanted();
    void give_up(const std::vector<PieceIndex>& pieces);
    void abandon_exclusive(const ConnectedPeer& suspect);
    void take_back(ConnectedPeer& peer, PieceIndex piece);
    void apply(const Suspicion::Verdict& verdict);
    void refill_all();
    void resume_paused();

    // swarm_write.cpp
    // A whole piece, or a block of a big one.
    struct Unwritten {
        PieceIndex piece;
        std::optional<BlockRef> block;
        disk::Buffer buffer;
    };
    void write(Unwritten unwritten);
    void on_written(Unwritten unwritten, const Result<void>& result);
    void on_block_written(PieceIndex piece);
    void on_read_back(PieceIndex piece, Result<bool> matches);
    void end_write();
    void lose(const Unwritten& unwritten);
    void hold(const Error& why, Unwritten unwritten);
    void retry();
    void note_latency(environment::Duration took);

    // swarm_serve.cpp
    void serve_one(ConnectedPeer& peer, const peer::Request& request);
    void send_block(ConnectedPeer& peer, const peer::BlockHead& head, std::vector<peer::BlockPart> parts);
    static bool is_draining(ConnectedPeer& peer);
    void look_what_is_sent();

    // swarm_extend.cpp
    peer::Opening opening_for(const ConnectedPeer& peer, peer::Capabilities theirs) const;
    std::optional<Extensions::Peer> extended_view(const ConnectedPeer& peer) const;
    void for_each_peer(const std::function<void(const Extensions::Peer&)>& visit) const override;
    std::optional<Extensions::Peer> find_peer(PeerHandle handle) const override;
    shoal_status send_extended(PeerHandle peer, std::uint8_t id, ByteView payload) override;
    std::optional<ByteView> metadata() const override { return context_.metainfo.info; }
    shoal_status take_metadata(ByteView) override { return SHOAL_E_STATE; }
    bool has_piece_number(std::uint32_t piece) const override { return piece < geometry().piece_count(); }
    void lose_piece(PeerHandle peer, std::uint32_t piece) override;
    void disconnect(PeerHandle peer, const Error& why) override;
    void on_marks_changed() override { on_interest_changed(); }

    // swarm_traffic.cpp
    void tell_traffic(const ConnectedPeer& peer, const std::optional<TrafficStatement>& statement);

    // swarm_tick.cpp
    Announcer::Totals announced_totals() const override;
    std::uint32_t peers_wanted() const override { return is_done() ? 30 : 100; }
    void on_candidates() override { dialer_.connect_more(); }
    void on_event(std::string_view name, control::Value payload) override;
    void finish_stop();
    void tick();
    void run_choker(std::uint32_t trigger);
    void watch_for_starvation(ConnectedPeer& peer);
    bool has_work_for(const ConnectedPeer& peer) const;
    void report_replacement(std::string_view kind, const std::string& name, const std::string& why);
    bool is_back_pressured() const;
    std::string reason_for_stall() const;

    bool is_done() const { return context_.ledger.wanted_count() == 0; }

    SwarmContext context_;
    piece::Availability availability_;
    PickerStack pickers_;
    Choking choking_;
    Suspicion suspicion_;
    Dialer dialer_;
    Extensions extensions_;
    Peers peers_;
    std::map<PeerHandle, Address> addresses_;  // also of peers that left: they may have sent a block of an open piece
    std::vector<std::unique_ptr<ConnectedPeer>> graveyard_;
    SwarmTotals totals_;
    environment::Timer second_;
    environment::Time choked_last_{};
    bool is_choker_due_ = false;
    bool is_stopping_ = false;
    bool is_burial_posted_ = false;
    bool is_goodbye_said_ = false;
    std::uint32_t writes_under_way_ = 0;
    environment::Duration write_latency_{};
    bool is_held_back_ = false;        // less was asked for than peers could give, for the disk's sake
    std::optional<Error> hold_;        // why nothing is asked for
    std::vector<Unwritten> unwritten_; // verified, and kept until the disk has room
    environment::Timer retry_;         // while nobody tries whether it has
    environment::Task stopped_;
    std::vector<environment::Task> draining_;  // who waits until what was queued for peers is sent
    std::uint64_t next_handle_ = 1;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for completions that may outlive us
};

}  // namespace shoal::torrent
