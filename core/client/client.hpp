#pragma once

#include "client/alarms.hpp"
#include "client/claims.hpp"
#include "client/entry.hpp"
#include "client/guarded.hpp"
#include "client/registry_plane.hpp"
#include "control/changes.hpp"
#include "control/registry.hpp"
#include "queue/end_rule.hpp"
#include "queue/order.hpp"
#include "queue/queue.hpp"
#include "session/session.hpp"
#include "state/library.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::client {

// Of torrents that have nothing of their own.
struct Defaults {
    std::string folder;  // absolute; where those are put that are added without one
    std::string storage = "file";
    std::vector<std::string> pickers{"rarest-first", "endgame"};
    std::string choker = "tit-for-tat";
    queue::Limits queue{};
    queue::EndDefaults ends{};
    std::optional<environment::Duration> seed_turn{};  // a seed that gave nothing for so long gives its place to one that waits; none: never
    std::chrono::seconds stalled_after{300};  // a download that gets nothing for so long is told of; 0: none is
};

struct ClientSettings {
    session::SessionSettings session;
    Defaults torrents;
    std::chrono::seconds checkpoint{10};  // at most so long until a verified piece is on record
    std::chrono::seconds sleep_after{60};  // a seed without company leaves the session; 0: never
    std::vector<std::string> guarded{};    // absolute paths of folders and files that no torrent has files in (guarded.hpp)
};

struct AddRequest {
    session::Source source;
    std::string folder{};  // absolute; empty: that of the settings
    std::string label{};
    bool is_stopped = false;
    std::vector<std::string> select{};  // globs; none: everything
    std::vector<Endpoint> peers{};
    control::Value::Map own{};  // as set() takes it
    control::Value::Map from{};  // for who hears that it was added: `source`
};

// Everything behind the faces: a session, what outlives it, and the methods by which people and programs use both. A torrent is
// named by its info-hash. What a call promised is on the disk when its answer comes. [loop]
class Client final : private torrent::TorrentEvents, private session::Sleepers {
public:
    struct Parts {  // all of it outlives the client
        environment::Environment& environment;
        peer::Transport& transport;
        host::Registry& plugins;
        state::Library& library;
        control::Registry& methods;
        std::function<std::int64_t()> unix_time;  // seconds; may jump
        host::Log log;
    };
    using Done = Entry::Done;
    using Added = UniqueFunction<void(Result<Hash20>)>;

    Client(Parts parts, ClientSettings settings);
    ~Client();

    // Listens, and goes on with what was kept. Errors name the address.
    Result<void> start();
    // Every torrent is stopped and everything is on the disk; then `done`. Nothing else may be called meanwhile. An error: all of them have
    // stopped, and not all that was known of them could be saved.
    void stop(Done done);

    void add(AddRequest request, Added done);
    // It runs when there is room; `done` when the wish is on record. Also tries again what failed.
    void start(const Hash20& torrent, Done done);
    void pause(const Hash20& torrent, Done done);
    // Forgets it, and deletes its files if wanted.
    void remove(const Hash20& torrent, bool with_data, Done done);

    // By info-hash, a beginning of it that no other has, or its name. Errors: not_found, invalid_argument (several).
    Result<Hash20> find(const std::string& name) const;
    const Entry* entry(const Hash20& torrent) const;
    const std::map<Hash20, std::unique_ptr<Entry>>& entries() const { return entries_; }
    // Null unless it runs and its metadata is known; the other null unless it is being fetched.
    torrent::Torrent* running(const Entry& entry);
    torrent::Resolution* resolving(const Entry& entry);
    // Seconds, in all its life.
    std::int64_t seeding_time(const Entry& entry) const;

    // Looks at all of its files again. `done` when the check has ended.
    void recheck(const Hash20& torrent, Done done);
    // All its files to another folder, absolute; a file, or what lies in a folder, to another path below the folder. Both go on after a crash.
    // What another torrent has as well is not moved: errors: refused.
    void move(const Hash20& torrent, std::string folder, Done done);
    void rename(const Hash20& torrent, const std::string& path, const std::string& new_path, Done done);
    // Lets somebody look at it in the session, where a stopped one comes for that. Errors: unsupported, while its metadata is unknown.
    void visit(const Hash20& torrent, UniqueFunction<void(torrent::Torrent&, Done)> work, Done done);

    // Errors: not_found; unsupported, while it does not run.
    Result<void> look_for_peers(const Hash20& torrent);
    Result<void> add_peers(const Hash20& torrent, const std::vector<Endpoint>& peers);

    // Its trackers, with what they last said if it is in the session or sleeps. None of a magnet link that is not resolved now.
    using Trackers = std::vector<torrent::Announcer::TrackerStatus>;
    void ask_trackers(const Hash20& torrent, UniqueFunction<void(Result<Trackers>)> done);

    // Changes what is kept with the torrent, and what holds now: label, down, up (octets a second), pickers, choker, ratio, seed_time,
    // idle_time (0: none; null: as the settings say), priorities (globs of files -> skip, low, normal, high; null: all are
    // normal, also those that were not selected). Errors: invalid_argument, and then nothing has changed.
    void set(const Hash20& torrent, const control::Value::Map& changes, Done done);
    // What a torrent may have of its own, read as set() reads it. Errors: invalid_argument.
    Result<control::Value::Map> checked_own(const control::Value::Map& wanted) const;

    // Another place in the queue, which the others make room for.
    void queue_at(const Hash20& torrent, queue::Place place, Done done);

    // Asks those who attend a hook. `decided` does not come after the client's end.
    void ask(std::string_view hook, control::Value::Map question, control::Hooks::Decide decided);

    // What torrents have that have nothing of their own; what can takes effect at once.
    void set_defaults(Defaults defaults);

    const control::Changes<Hash20>& changes() const { return changes_; }
    // Those of them that seed and are not in the session.
    std::size_t dormant() const { return dormant_; }
    // By all that were in the session and left it.
    const torrent::SwarmTotals& moved_before() const { return moved_before_; }
    session::Session& session() { return session_; }

private:
    // client_torrents.cpp
    void add_checked(AddRequest request, Added done);
    void move_on(Entry& entry);
    void begin(Entry& entry);
    void read_metainfo(Entry& entry);
    void enter_session(Entry& entry, Result<Bytes> torrent_file);
    session::AddOptions options_for(const Entry& entry) const;
    void work(Entry& entry, torrent::Torrent& torrent);
    void end(Entry& entry);
    void leave_session(Entry& entry);
    void on_stopped(const Hash20& torrent, torrent::Torrent* stopped, torrent::Resume reached);
    void on_ended(Entry& entry, const Result<void>& kept);
    void forget(Entry& entry);
    void fail(Entry& entry, const Error& why);
    static void answer_stops(Entry& entry);
    void touch(const Entry& entry);
    Entry* find_entry(const Hash20& torrent);
    bool should_run(const Entry& entry) const;

    // client_queue.cpp
    void schedule();
    void run_queue();
    void tick();
    void watch_clock(environment::Time now);
    void count_time(Entry& entry, torrent::Torrent& torrent, environment::Time now);
    static queue::Given given_of(const Entry& entry, const torrent::SwarmTotals& totals, environment::Time now);
    void give_places_away(environment::Time now);
    bool end_if_due(Entry& entry, const queue::Given& given);
    void set_alarm(Entry& entry);
    void on_alarm(const Hash20& torrent);
    static void count_sleep(Entry& entry, environment::Time now);

    // client_sleep.cpp
    void sleep_from_start(Entry& entry) const;
    bool rests(const Entry& entry) const;
    static bool has_business(const Entry& entry);
    void lie_down(Entry& entry);
    void get_up(Entry& entry);
    void rouse(Entry& entry, environment::Duration patience);
    bool is_quiet(const Entry& entry, const torrent::Torrent& torrent, environment::Time now) const;
    void fall_asleep(Entry& entry, torrent::Torrent& torrent);
    bool wake(const Hash20& info_hash, session::Sleepers::Call call) override;
    static bool is_unseen(const Entry& entry, std::string_view event, const control::Value::Map& fields);
    void on_awake(Entry& entry);
    static bool is_worth_keeping(const state::TorrentProgress& before, const state::TorrentProgress& now, const Entry& entry);

    // client_stalls.cpp
    void watch_stall(Entry& entry, torrent::Torrent* torrent, environment::Time now);
    bool is_stall_due(const Entry::Stall& stall, environment::Time now) const;
    void begin_stall(Entry& entry, torrent::Torrent* torrent, environment::Time now);
    void end_stall(Entry& entry, environment::Time now);
    void report_stall(const Entry& entry, std::string_view event, environment::Time now, control::Value::Map said);

    // client_files.cpp
    void take_up_work(Entry& entry);
    struct Renaming;
    void move_files(Entry& entry, const std::string& folder, Done done);
    void move_checked(torrent::Torrent& torrent, const std::string& folder, Done done);
    void refuse_move(const Hash20& torrent, const std::string& folder, const Error& why, Done done);
    void begin_move(torrent::Torrent& torrent, const std::string& folder, Done done);
    void end_move(const Hash20& torrent, const std::string& folder, Result<void> result, Done done);
    void put_elsewhere(Entry& entry, const std::string& folder, Done done);
    void rename_files(torrent::Torrent& torrent, std::map<std::uint32_t, std::string> paths, Done done);
    void begin_rename(torrent::Torrent& torrent, std::map<std::uint32_t, std::string> paths, Done done);
    void rename_next(std::shared_ptr<Renaming> renaming);
    void end_rename(const std::shared_ptr<Renaming>& renaming, Result<void> result);
    void begin_removal(Entry& entry);
    void remove_files(torrent::Torrent& torrent, Done done);

    // client_claims.cpp
    struct SharedFile {
        std::uint32_t file;  // of ours
        std::string path;
        std::string other;   // the name of the torrent that has it, too
    };
    // Where files of a torrent lie, or would. It borrows the torrent: for the length of a call.
    struct Places {
        const torrent::Torrent& torrent;
        std::string folder;
        const std::map<std::uint32_t, std::string>* moved = nullptr;  // these files alone, at these paths below the folder
    };
    using Shared = UniqueFunction<void(std::vector<SharedFile>)>;
    struct Search;
    std::optional<Error> trespass(const Places& places) const;
    void keep_claims(const Entry& entry);
    void keep_claims(const Entry& entry, const torrent::Torrent& torrent);
    bool has_claims(const Entry& entry);
    void find_shared(const Places& places, Shared done);
    void look_at_next(std::shared_ptr<Search> search);
    void compare(Search& search, const Entry& entry, const metainfo::TorrentFile& metainfo);
    static Error taken(const SharedFile& shared);
    static std::optional<Error> shared_and_had(const torrent::Torrent& torrent, const std::vector<SharedFile>& shared,
                                               const std::map<std::uint32_t, std::string>* of = nullptr);
    void apply_priorities(const Entry& entry, torrent::Torrent& torrent);

    // client_record.cpp
    void note_reached(Entry& entry, const torrent::Torrent& torrent, const Bitfield& have);
    static void forget_doubtful_reach(Entry& entry);
    void heal(Entry& entry, AddRequest request, Added done);
    void begin_check(torrent::Torrent& torrent, Done checked);
    void check(torrent::Torrent& torrent, Done checked);
    void keep_check(const Hash20& torrent, Result<torrent::Resume> reached, Done checked);
    Done when_losses_are_kept(Entry& entry, const torrent::Torrent& torrent, Done allowed);

    // client_settings.cpp
    void apply(Entry& entry, const control::Value::Map& changes);
    Result<void> swap_policies(Entry& entry, const control::Value::Map& changes);
    void set_priorities(const Hash20& torrent, control::Value::Map by_glob, Done done);
    void reset_priorities(const Hash20& torrent, Done done);
    static Result<void> own_options(const AddRequest& request, control::Value::Map& options);
    void take_asked_priorities(const Hash20& torrent);

    // The same for later: who acts now acts then.
    template <class Function>
    auto carried(Function function) const
    {
        return parts_.methods.causes().carried(std::move(function));
    }

    // client_events.cpp
    const control::Causes* causes() const override { return &parts_.methods.causes(); }
    void on_event(TorrentHandle torrent, std::string_view name, control::Value payload) override;
    void before_writing(TorrentHandle torrent, UniqueFunction<void(Result<void>)> allowed) override;
    void on_state(Entry& entry);
    void on_metadata(Entry& entry);
    void on_finished(Entry& entry);
    static void keep_selection(Entry& entry, const torrent::Torrent& torrent);
    void checkpoint(Entry& entry);
    void checkpoint_all();
    static state::TorrentProgress progress_of(const Entry& entry, const torrent::Torrent& torrent, torrent::Resume reached);
    void put(Entry& entry, Done done);
    void put_progress(Entry& entry, Done done);
    control::Value::Map completed(const Entry& entry, std::string_view event, control::Value::Map fields) const;
    void report_state(Entry& entry, control::Value::Map payload);
    void report(const Entry& entry, std::string_view event, control::Value::Map payload);

    struct Clock {
        environment::Time at;
        std::int64_t on_wall;
    };

    Parts parts_;
    ClientSettings settings_;
    RegistryPlane plane_;
    session::Session session_;
    std::map<Hash20, std::unique_ptr<Entry>> entries_;
    std::map<TorrentHandle, Hash20> by_handle_;
    Claims claims_;
    Guarded guarded_;
    control::Changes<Hash20> changes_;
    environment::Timer checkpoints_;
    environment::Timer ticks_;
    environment::Timer decisions_;  // of the queue, where there are many torrents
    Alarms alarms_;  // of those that are dormant
    std::size_t dormant_ = 0;
    torrent::SwarmTotals moved_before_;
    std::optional<Clock> clock_;  // when it was looked at last
    std::uint64_t next_position_ = 1;
    std::uint64_t last_turn_ = 0;  // of a seed that gave its place away
    Entry* entering_ = nullptr;  // its first events come before its handle is known
    bool is_stopping_ = false;
    bool is_schedule_posted_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::client
