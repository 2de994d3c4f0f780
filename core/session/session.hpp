#pragma once

#include "environment/environment.hpp"
#include "host/registry.hpp"
#include "session/doorway.hpp"
#include "session/trackers.hpp"
#include "torrent/torrent.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::session {

// Settings of plug-ins by name or id of the plug-in: --set name.setting=value.
using PluginSettings = std::map<std::string, host::SettingValues>;

// Names are what plug-ins offer or their ids. Errors: invalid_argument, for a plug-in or setting nobody knows and a wrong value.
Result<void> check_settings(const host::Registry& registry, const PluginSettings& settings);

struct SessionSettings {
    std::vector<Endpoint> listen;  // port 0: any free one; empty: take no connections
    std::uint64_t memory_ceiling = 64u << 20;  // octets of pieces in flight
    std::uint64_t down_rate = 0;               // octets a second, 0: unlimited
    std::uint64_t up_rate = 0;
    bool checked = false;                      // a plug-in that breaks a rule stops the process
    Doorway::Settings doorway{};
    torrent::SwarmSettings swarm{};
    PluginSettings plugins{};
};

struct AddOptions {
    std::string folder;  // absolute
    std::string storage = "file";
    std::vector<std::string> pickers{"rarest-first", "endgame"};
    std::string choker = "tit-for-tat";
    bool is_read_only = false;
    std::vector<std::string> select;  // globs on paths; empty: everything. What no glob matches is skipped
    std::vector<Endpoint> peers;
    // The lab: instead of a storage plug-in.
    std::unique_ptr<disk::Store> store;
    bool is_data_trusted = false;
};

// Everything that shares one identity, one set of listening sockets, one memory ceiling and one rate budget. Owns the torrents.
// As many as one likes live in one process. [loop]
class Session final : private torrent::PluginSource, private torrent::TorrentEvents {
public:
    // What a session works with; all of it outlives the session.
    struct Parts {
        environment::Environment& environment;
        peer::Transport& transport;
        host::Registry& registry;
        torrent::TorrentEvents& events;
        host::Log log;
    };

    Session(Parts parts, SessionSettings settings);
    ~Session();

    // Errors name the address: in use, not ours, not permitted.
    Result<void> listen();
    std::vector<Endpoint> listening() const;

    // Checks what can be checked at once (plug-ins exist, a glob matches, not added already); the rest comes as events.
    Result<TorrentHandle> add(metainfo::TorrentFile metainfo, AddOptions options);
    torrent::Torrent* find(TorrentHandle handle);
    const std::map<TorrentHandle, std::unique_ptr<torrent::Torrent>>& torrents() const { return torrents_; }

    // Stops every torrent, then calls `done`.
    void stop(environment::Task done);

    // An instance of a session-scoped plug-in, e.g. a service; the caller owns it.
    Result<std::unique_ptr<host::Instance>> make_service(const std::string& name);

    const torrent::Identity& identity() const { return identity_; }
    const disk::BufferPool& buffers() const { return buffers_; }
    environment::Environment& environment() { return parts_.environment; }

private:
    Result<std::vector<std::unique_ptr<host::Instance>>> make_pickers(const std::vector<std::string>& names,
                                                                      host::TorrentSource& torrent,
                                                                      host::EventSink& events) override;
    Result<std::unique_ptr<host::Instance>> make_choker(const std::string& name, host::TorrentSource& torrent,
                                                        host::EventSink& events) override;
    void on_event(TorrentHandle torrent, std::string_view name, control::Value payload) override;

    struct Place {  // where an instance works
        std::string label;
        host::TorrentSource* torrent = nullptr;
        host::EventSink* events = nullptr;
        host::TrackerSink* tracker = nullptr;
    };
    Result<std::unique_ptr<host::Instance>> make(std::string_view kind, const std::string& name, const Place& place);
    Result<std::unique_ptr<host::Instance>> make(const host::Factory& factory, const Place& place);
    Result<std::unique_ptr<host::Instance>> make_tracker(const std::string& scheme, host::TrackerSink& sink);
    Result<void> check_plugins(const AddOptions& options);
    Result<std::unique_ptr<disk::Store>> make_store(std::shared_ptr<const metainfo::TorrentFile> metainfo,
                                                    const AddOptions& options);
    static Result<std::vector<FileIndex>> skipped(const metainfo::TorrentFile& metainfo,
                                                  const std::vector<std::string>& select);
    void on_arrival(const peer::Handshake& theirs, std::unique_ptr<peer::Link> link);

    Parts parts_;
    SessionSettings settings_;
    torrent::Identity identity_;
    disk::BufferPool buffers_;
    torrent::RateBudget down_;
    torrent::RateBudget up_;
    Trackers trackers_;
    Doorway doorway_;
    std::vector<std::unique_ptr<environment::Listener>> listeners_;
    std::map<TorrentHandle, std::unique_ptr<torrent::Torrent>> torrents_;
    std::uint64_t next_handle_ = 1;
    std::uint64_t next_instance_ = 1;
};

}  // namespace shoal::session
