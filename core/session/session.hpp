#pragma once

#include "environment/environment.hpp"
#include "host/registry.hpp"
#include "host/script_file.hpp"
#include "metainfo/magnet.hpp"
#include "session/anteroom.hpp"
#include "session/discoveries.hpp"
#include "session/doorway.hpp"
#include "session/service_events.hpp"
#include "session/sleepers.hpp"
#include "session/sources.hpp"
#include "session/trackers.hpp"
#include "torrent/resolution.hpp"
#include "torrent/torrent.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace shoal::session {

// Settings of plug-ins by name or id of the plug-in: --set name.setting=value.
using PluginSettings = std::map<std::string, host::SettingValues>;

// Names are what plug-ins offer or their ids. Errors: invalid_argument, for a plug-in or setting nobody knows and a wrong value.
Result<void> check_settings(const host::Registry& registry, const PluginSettings& settings);

struct SessionSettings {
    std::vector<Endpoint> listen;  // port 0: any free one; empty: take no connections
    std::vector<Endpoint> listen_if_possible{};  // besides; port 0: that of the first. What cannot be had is done without
    std::uint64_t memory_ceiling = 64u << 20;  // octets of pieces in flight
    std::uint64_t down_rate = 0;               // octets a second, 0: unlimited
    std::uint64_t up_rate = 0;
    std::vector<torrent::PeerClass> classes = torrent::default_peer_classes();
    bool checked = false;                      // a plug-in that breaks a rule stops the process
    std::vector<std::string> discoveries{};    // plug-ins; those that are not private torrents' trackers
    std::vector<std::string> extensions{};
    std::vector<std::string> sources{};        // plug-ins; of two that are as sure the first is asked
    Doorway::Settings doorway{};
    Anteroom::Settings anteroom{};
    torrent::SwarmSettings swarm{};
    PluginSettings plugins{};
};

struct AddOptions {
    std::string folder;  // absolute
    std::string storage = "file";
    std::vector<std::string> pickers{"rarest-first", "endgame"};
    std::string choker = "tit-for-tat";
    torrent::Rates rates{};  // of this torrent alone
    bool is_read_only = false;
    std::vector<std::string> select{};  // globs on paths; empty: everything. What no glob matches is skipped
    std::vector<Endpoint> peers{};
    // The lab: instead of a storage plug-in.
    std::unique_ptr<disk::Store> store{};
    // The same for a magnet link, whose store can be made only when its metadata is known.
    std::function<std::unique_ptr<disk::Store>(const std::shared_ptr<const metainfo::TorrentFile>&)> make_store{};
    bool is_data_trusted = false;
    bool is_paused = false;  // it is here, and Torrent::start() is for the caller to call
    std::optional<torrent::Resume> resume{};  // of an earlier run
    std::optional<torrent::Finder::Memory> memory{};  // of the same torrent, which left quietly
    std::map<std::uint32_t, std::string> renamed{};  // by file: where it lies below the folder, if not where the torrent says
};

// Everything that shares one identity, one set of listening sockets, one memory ceiling and the limits of its rates. Owns the torrents.
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
        host::KeptValues* kept = nullptr;  // what plug-ins keep between runs; none: nothing
        host::ControlPlane* control = nullptr;  // what plug-ins may ask for that act for people; none: nothing
        Sleepers* sleepers = nullptr;  // none: who wants a torrent that is not live is turned away
    };

    Session(Parts parts, SessionSettings settings);
    ~Session();

    // Errors name the address: in use, not ours, not permitted.
    Result<void> listen();
    std::vector<Endpoint> listening() const;

    // What somebody calls a torrent: the path of a .torrent, a magnet link, a URL … `done` comes once, never inline, unless the session
    // ends first; when it is stopped, as cancelled.
    void read_source(std::string identifier, Sources::Done done) { sources_.read(std::move(identifier), std::move(done)); }

    // Checks what can be checked at once (plug-ins exist, a glob matches, not added already); the rest comes as events.
    Result<TorrentHandle> add(metainfo::TorrentFile metainfo, AddOptions options);
    // The files that no glob matches. Errors: invalid_argument, that is all of them.
    static Result<std::vector<FileIndex>> skipped(const metainfo::TorrentFile& metainfo,
                                                  const std::vector<std::string>& select);
    // First the metadata is fetched: events "torrent.state" (resolving), "torrent.metadata", then those of any torrent, all under
    // this handle. Needs an extension plug-in that fetches it.
    Result<TorrentHandle> add(metainfo::Magnet magnet, AddOptions options);
    // Fetches the metadata and nothing else. `done` comes once, in a turn of its own, unless the session ends first.
    using Resolved = UniqueFunction<void(Result<metainfo::TorrentFile>)>;
    Result<TorrentHandle> resolve(metainfo::Magnet magnet, std::vector<Endpoint> peers, Resolved done);
    // Null while its metadata is being fetched, and for none of ours.
    torrent::Torrent* find(TorrentHandle handle);
    // Null when its metadata is known, and when it failed.
    torrent::Resolution* find_resolution(TorrentHandle handle);
    // Why a magnet link came to nothing; null if it did not.
    const Error* resolution_failure(TorrentHandle handle) const;
    const std::map<TorrentHandle, std::unique_ptr<torrent::Torrent>>& torrents() const { return torrents_; }

    // Limits of all its torrents together, and of classes of their peers. Each torrent has its own besides. All hold from now on.
    void set_rates(torrent::Rates rates) { rates_.set_rates(rates); }
    void set_peer_classes(std::vector<torrent::PeerClass> classes) { rates_.set_classes(std::move(classes)); }
    Result<void> set_class_rates(std::string_view name, torrent::Rates rates) { return rates_.set_class_rates(name, rates); }
    const torrent::RateLimits& rates() const { return rates_; }

    // Stops it (or the fetching of its metadata) and shows it once more, everything written and closed, before it is destroyed, and what
    // is worth keeping of it; null if there is no torrent. `last` comes in a turn of its own, unless the session ends first. Until then it counts as one of ours.
    using LastLook = UniqueFunction<void(torrent::Torrent*, torrent::Resume)>;
    void remove(TorrentHandle handle, LastLook last);

    // Stops every torrent, then calls `done`, unless the session ends first.
    void stop(environment::Task done);

    // What plug-ins offer to people and scripts, and a call of it. `done` comes once, never inline.
    struct Offers {
        std::string plugin;
        std::vector<control::MethodSchema> methods;
    };
    std::vector<Offers> offers();
    void call(std::string_view method, const control::Value::Map& arguments, host::MethodAnswered done);
    // Tells, of each event that a plug-in has declared and each that one will, once what it is like and whose it is. An event of a
    // torrent's plug-in comes as torrent, name, plugin and `data`, a map of what was declared.
    struct DeclaredEvent {
        std::string plugin;
        control::EventSchema schema;
        bool is_of_torrent = false;
    };
    using EventDeclared = std::function<void(const DeclaredEvent& event)>;
    void on_event_declared(EventDeclared told);

    // An instance of a service; the caller owns it, and ends it before the session.
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
    Result<std::unique_ptr<host::Instance>> make_extension(const std::string& name, bool is_private,
                                                           host::TorrentSource& torrent, host::EventSink& events,
                                                           host::ExtensionSink& peers) override;
    void on_event(TorrentHandle torrent, std::string_view name, control::Value payload) override;
    void before_writing(TorrentHandle torrent, UniqueFunction<void(Result<void>)> allowed) override;
    const control::Causes* causes() const override { return parts_.events.causes(); }

    Result<void> listen_on(const Endpoint& local);

    struct Place {  // where an instance works
        std::string label;
        host::TorrentSource* torrent = nullptr;
        host::EventSink* events = nullptr;
        host::TrackerSink* tracker = nullptr;
        host::DiscoverySink* discovery = nullptr;
        host::SourceSink* source = nullptr;
        host::ExtensionSink* extension = nullptr;
        host::MakeStorage make_storage{};
        const host::ScriptFile* script = nullptr;  // what it is to run
    };
    Result<std::unique_ptr<host::Instance>> make(std::string_view kind, const std::string& name, const Place& place);
    Result<std::unique_ptr<host::Instance>> make(const host::Factory& factory, const Place& place);
    void note_events(const host::Instance& instance, bool is_of_torrent);
    Result<std::unique_ptr<host::Instance>> make_discovery(const std::string& name, host::DiscoverySink& sink);
    Result<std::unique_ptr<host::Instance>> make_source(const std::string& name, host::SourceSink& sink);
    Result<std::unique_ptr<host::Instance>> make_tracker(const std::string& scheme, host::TrackerSink& sink);
    Result<void> check_plugins(const AddOptions& options);
    // `above`: storages that lie on it.
    Result<std::unique_ptr<host::Instance>> make_storage(const std::string& name, std::size_t above = 0);
    Result<std::unique_ptr<disk::Store>> make_store(std::shared_ptr<const metainfo::TorrentFile> metainfo,
                                                    const AddOptions& options);
    static std::vector<FileIndex> not_selected(const metainfo::TorrentFile& metainfo,
                                               const std::vector<metainfo::FileRange>& selection);
    Result<void> check_new(const InfoHash& info_hash, const std::string& name) const;
    void make_way(const InfoHash& info_hash);
    std::unique_ptr<torrent::Finder> make_finder(const Hash20& info_hash, torrent::Finder::Sources sources);
    struct Beginning {  // all that a torrent is made of
        std::shared_ptr<const metainfo::TorrentFile> metainfo;
        std::unique_ptr<disk::Store> store;
        std::unique_ptr<torrent::Finder> finder;
        std::vector<FileIndex> skip;
        AddOptions options;
    };
    Result<std::unique_ptr<disk::Store>> take_store(const std::shared_ptr<const metainfo::TorrentFile>& metainfo,
                                                    AddOptions& options);
    void begin(TorrentHandle handle, Beginning beginning);
    host::Log log_for(const InfoHash& info_hash) const;
    void bury(TorrentHandle handle);
    void on_arrival(const peer::Handshake& theirs, std::unique_ptr<peer::Link> link);
    bool let_wait(const Hash20& info_hash, Anteroom::Caller& caller, const Address& from);
    void let_in(TorrentHandle handle);

    // session_magnets.cpp
    struct Resolving;
    Result<TorrentHandle> begin_resolution(const metainfo::Magnet& magnet, const std::vector<Endpoint>& peers,
                                           std::unique_ptr<Resolving> resolving);
    void on_resolved(TorrentHandle handle, Result<metainfo::TorrentFile> metainfo);
    void begin_resolved(TorrentHandle handle, metainfo::TorrentFile metainfo, std::unique_ptr<Resolving> resolving);
    void fail_resolution(TorrentHandle handle, std::unique_ptr<Resolving> resolving, const Error& why);
    void end(std::unique_ptr<Resolving> resolving, Result<metainfo::TorrentFile> outcome);
    void stop_resolutions(const std::function<void()>& one_ended);
    TorrentHandle handle_of(const Hash20& info_hash) const;  // 0: none of ours
    bool on_spotted(const Hash20& info_hash, const Endpoint& peer, std::string_view plugin);

    Parts parts_;
    SessionSettings settings_;
    ServiceEvents service_events_;
    torrent::Identity identity_;
    disk::BufferPool buffers_;
    torrent::RateLimits rates_;
    Trackers trackers_;
    Discoveries discoveries_;
    Sources sources_;
    Doorway doorway_;
    Anteroom anteroom_;
    std::vector<std::unique_ptr<environment::Listener>> listeners_;
    std::map<TorrentHandle, std::unique_ptr<torrent::Torrent>> torrents_;
    std::map<TorrentHandle, std::unique_ptr<Resolving>> resolutions_;
    std::map<Hash20, TorrentHandle> by_info_hash_;  // of both
    std::vector<std::unique_ptr<Resolving>> ending_;  // while the trackers are told
    std::map<TorrentHandle, Error> failures_;
    std::map<std::string, DeclaredEvent> plugin_events_;  // by name; the last word counts
    EventDeclared event_declared_;
    std::uint64_t next_handle_ = 1;
    std::uint64_t next_instance_ = 1;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::session
