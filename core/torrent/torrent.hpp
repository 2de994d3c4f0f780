#pragma once

#include "control/causes.hpp"
#include "torrent/checker.hpp"
#include "torrent/rate_limits.hpp"
#include "torrent/swarm.hpp"

#include <shoal/bitfield.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace shoal::torrent {

enum class Stage { resolving, checking, downloading, seeding, paused, failed };
std::string_view stage_name(Stage stage);

// File priorities as pickers see them.
enum class Priority : std::uint8_t { skip = 0, low = 1, normal = 4, high = 7 };
std::string_view priority_name(Priority priority);
std::optional<Priority> priority_named(std::string_view name);

// Makes the plug-in instances of a torrent, as often as it needs them.
class PluginSource {
public:
    virtual Result<std::vector<std::unique_ptr<host::Instance>>> make_pickers(const std::vector<std::string>& names,
                                                                              host::TorrentSource& torrent,
                                                                              host::EventSink& events) = 0;
    // No name: none, the core's default serves.
    virtual Result<std::unique_ptr<host::Instance>> make_choker(const std::string& name, host::TorrentSource& torrent,
                                                                host::EventSink& events) = 0;
    // Null: it has no place in a private torrent, and this is one.
    virtual Result<std::unique_ptr<host::Instance>> make_extension(const std::string& name, bool is_private,
                                                                   host::TorrentSource& torrent, host::EventSink& events,
                                                                   host::ExtensionSink& peers) = 0;

protected:
    ~PluginSource() = default;
};

// What happens to a torrent, for the session and its faces. Events have names in the past tense or as a state.
class TorrentEvents {
public:
    virtual void on_event(TorrentHandle torrent, std::string_view name, control::Value payload) = 0;
    // It is about to write to files that it has not written to in this run: Torrent::files_to_write(). An error fails it. May answer inline,
    // and not at all after its own end.
    virtual void before_writing(TorrentHandle, UniqueFunction<void(Result<void>)> allowed) { allowed({}); }
    // Who asks for what is asked; what is told when it is done is by the same. Null: nobody notes it.
    virtual const control::Causes* causes() const { return nullptr; }

protected:
    ~TorrentEvents() = default;
};

// How far a torrent is, kept for its next run. Whoever keeps it keeps it as unclean while the torrent runs.
struct Resume {
    Bitfield have{};        // taken without a check, where the sizes of the files allow it
    bool is_clean = false;  // nothing else is there; otherwise the rest is checked, as far as it may be there
};

struct TorrentOptions {
    std::vector<std::string> pickers;
    std::string choker;
    std::vector<std::string> extensions{};
    Rates rates{};  // its own limits, besides those of the session
    bool is_data_trusted = false;     // the lab: start with everything, check nothing
    std::optional<Resume> resume{};   // none, or of another size than the torrent: everything is checked
    std::map<std::uint32_t, std::string> renamed{};  // files with other paths than the torrent says; the store knows them too
};

// One torrent from the moment its metadata is known (resolution.hpp has what comes before): its identity, what it has, and the state machine
//   checking -> downloading -> seeding, paused or failed from any of them.
// What exists only in one state lives in that state's type. [loop]
class Torrent final : private SwarmEvents, private host::TorrentSource, private host::EventSink {
public:
    struct Parts {  // all of it outlives the torrent, but the store, which it owns
        environment::Environment& environment;
        peer::Transport& transport;
        disk::BufferPool& buffers;
        RateLimits& rates;
        PluginSource& plugins;
        TorrentEvents& events;
        Identity identity;
        SwarmSettings settings;
        host::Log log;
    };

    Torrent(TorrentHandle handle, std::shared_ptr<const metainfo::TorrentFile> metainfo,
            std::unique_ptr<disk::Store> store, std::unique_ptr<Finder> finder, Parts parts, TorrentOptions options);
    ~Torrent();

    using Done = UniqueFunction<void(Result<void>)>;
    using Checkpointed = UniqueFunction<void(Result<Resume>)>;

    // Goes live, from paused or failed; while it is being stopped: afterwards.
    void start();
    // Goodbyes, writes, closed files; then `done`. Ends paused, or failed if it was or something fails on the way.
    void stop(environment::Task done);
    // Forgets what it has and looks at everything again, from any state; then it is paused if it was, and live otherwise. Its peers
    // are left, so that nothing in doubt is served. `done`: the check ended; cancelled if it was stopped before.
    void recheck(Done done);
    // What is verified now, when it is safe on the disk: data before bitfield. Clean when it is at rest. An error puts what was
    // written since the last one in doubt, and fails the torrent; until that is checked it gives what was safe before.
    void checkpoint(Checkpointed done);

    // -- where its files lie, in any state; each waits for those before it. An error leaves everything as it was, and the torrent goes
    // on. Events: torrent.moved, torrent.renamed, torrent.removed-data; torrent.error with `doing` and `why`.

    // What has not been checked is checked before: what nobody knows to be its own stays where it is. A stop ends that with `cancelled`.

    // To another folder, absolute. Peers stay: what they ask for and send waits as long as it takes. A move that a crash ended
    // goes on when it is asked for again before the start.
    void move(std::string folder, disk::Store::Progress progress, Done done);
    // For what a crash ended and is begun again: what lies under a file's name goes along although nothing of it is on record, for the run
    // that died may have written it since the last checkpoint. Before the move or renaming, and before the start.
    void take_all_along() { takes_all_along_ = true; }
    // Those asked for so far end with `cancelled`, and so does what waits for a check; a stop waits for a move, and does not do that.
    void cancel_moves();
    // Below the folder; also while nothing of it is there.
    void rename(FileIndex file, std::string path, Done done);
    // Stops the torrent, and takes away what it has on the disk, but for the files that are to be kept.
    void remove_data(std::vector<FileIndex> kept, Done done);
    // Below the folder.
    std::string path_of(FileIndex file) const;
    const std::map<std::uint32_t, std::string>& renamed() const { return options_.renamed; }

    // Before start, or while running: what must be fetched changes at once.
    void set_priority(FileIndex file, Priority priority) { set_priority(std::span(&file, 1), priority); }
    void set_priority(std::span<const FileIndex> files, Priority priority);
    Priority priority(FileIndex file) const { return priorities_[file.value()]; }
    // Those of which something is wanted that is not here; also a file that is not wanted, where a piece reaches into it.
    std::vector<FileIndex> files_to_write() const;
    // Swaps the pickers of a running torrent; nothing is fetched twice. On error the old ones stay.
    Result<void> set_pickers(const std::vector<std::string>& names);
    Result<void> set_choker(const std::string& name);
    void set_rates(Rates rates);
    Rates rates() const { return {down_.rate(), up_.rate()}; }

    void add_peer(const Endpoint& endpoint) { finder_->add(endpoint, PeerSource::user); }
    void look_for_peers() { finder_->look_again(); }
    // A discovery plug-in came across somebody who has it. False: it may not be found so.
    bool spot(const Endpoint& endpoint, std::string_view plugin);
    // False: it is not live; the introduction keeps its link.
    bool welcome(Introduction& introduction);

    TorrentHandle handle() const { return handle_; }
    const metainfo::TorrentFile& metainfo() const { return *metainfo_; }
    const piece::Ledger& ledger() const { return ledger_; }
    Stage stage() const;
    bool wants_live() const { return wants_live_; }  // was started, and neither stopped nor failed since
    bool has_failed() const { return failure_.has_value(); }  // in this run; it may still be on its way to rest
    // What may be on record of it at this moment, without asking the disk.
    Resume known() const { return progress(false); }
    bool is_live() const { return swarm() != nullptr; }

    struct Status {
        Stage stage;
        std::uint64_t wanted_octets = 0;
        std::uint64_t had_octets = 0;  // of the wanted ones, verified and written
        std::uint32_t pieces_had = 0;
        std::uint32_t pieces_checked = 0;  // while checking
        Swarm::Status swarm{};
        SwarmTotals totals{};
        std::vector<std::string> pickers{};
        std::string choker{};
        std::vector<Announcer::TrackerStatus> trackers{};
        std::optional<Error> failure{};
    };
    Status status();
    SwarmTotals totals() const;
    std::optional<DiskWork> disk_work() const;  // while it is being fetched
    std::vector<PeerStatus> peers();

    // -- sleep: a seed that nobody asks for can be stopped and made again when somebody does.
    bool has_company() const;
    // It seeds, and nothing is under way: nobody connected or being called, no answer awaited.
    bool is_idle() const;
    // stop() will say goodbye to nobody: for all others it is still there.
    Finder::Memory leave_quietly() { return finder_->leave_quietly(); }

private:
    struct Checking {
        std::unique_ptr<Checker> checker;  // none while the store opens
    };
    struct Live {
        std::unique_ptr<Swarm> swarm;
        bool is_seeding = false;
        bool is_naming = false;  // everything wanted was here already; its files get their names
    };
    struct Paused {};
    struct Failed {
        Error why;
    };
    using State = std::variant<Checking, Live, Paused, Failed>;
    // What the ledger's `have` is worth.
    enum class Knowledge { nothing, some, all };
    // Something to do with the open store; hears if it could not be opened.
    using Operation = UniqueFunction<void(const Result<void>& opened)>;
    // Who waits for what.
    struct Waiting {
        std::vector<environment::Task> stops;
        std::vector<Done> rechecks;
        std::vector<Checkpointed> checkpoints;  // until it is at rest
        std::vector<Operation> operations;      // the same
        std::vector<Operation> checked;         // until it is known what is its own; then they are operations
    };

    // torrent_life.cpp
    void enter(State state);
    void tell_state(std::string_view why);
    void begin();
    void go_live();
    void fail(const Error& why);
    void wind_down();
    void close_store();
    void come_to_rest(Result<void> closed);

    // torrent_place.cpp
    void operate(Operation operation);
    void operate_when_checked(Operation operation);
    void operate_at_rest();
    bool knows_its_own() const;
    void refuse_unchecked(const Error& why);
    void leave_old_place();
    Done told(std::string_view doing, Done done);

    // torrent_check.cpp
    void take(const Resume& resume);
    void on_opened(Result<Bitfield> there);
    bool has_nothing_left(const Bitfield& there) const;
    Error gone() const;
    void lose_missing(const Bitfield& there);
    void lose(PieceIndex piece);
    void check(Bitfield pieces);
    void on_checked(Result<void> outcome);
    std::vector<bool> unverified() const;
    void ask_to_write();
    void open_to_write();
    void answer_rechecks(const Result<void>& outcome);
    void roll_back();
    Resume progress(bool is_at_rest) const;

    void make_extensions();
    void seed_if_done();
    void become_seeding();
    void become_downloading();
    void finish_complete_files();
    void finish_files_of(PieceIndex piece);
    void finish_if_complete(FileIndex file);
    void apply_priorities();
    void on_priorities_changed();
    Priority priority_of(PieceIndex piece) const;
    void publish(std::string_view name, control::Value payload);
    SwarmContext swarm_context();
    Swarm* swarm();
    const Swarm* swarm() const;

    void on_piece(PieceIndex piece) override;
    void on_corrupt_piece(PieceIndex piece) override;
    void on_disk_error(const Error& error) override;
    void on_hold(const Error& why) override;
    void on_hold_over() override;
    void on_all_wanted() override;
    void on_event(std::string_view name, control::Value payload) override;
    const shoal_torrent_view* view() override;
    void publish(const host::Speaker& speaker, std::string_view name, const control::Value& payload) override;

    TorrentHandle handle_;
    std::shared_ptr<const metainfo::TorrentFile> metainfo_;
    std::unique_ptr<disk::Store> store_;
    std::unique_ptr<Finder> finder_;
    Parts parts_;
    TorrentOptions options_;
    piece::Ledger ledger_;
    RateGroup down_;
    RateGroup up_;
    std::vector<Priority> priorities_;  // by file
    std::vector<bool> finished_;        // by file: has its final name, or will have it soon
    std::uint32_t finishing_ = 0;       // files whose final name is on its way
    std::vector<shoal_torrent_file> file_views_;
    shoal_torrent_view view_{};
    SwarmTotals past_totals_;  // of earlier swarms
    State state_ = Paused{};
    Knowledge knowledge_ = Knowledge::nothing;
    bool takes_all_along_ = false;
    bool is_finish_told_ = false;      // or was complete before this run
    std::uint64_t run_ = 0;            // which, from one start to the next
    std::vector<bool> unverified_;     // by file: as the store was told when it was opened
    bool is_in_doubt_ = false;         // an error of the disk: only what is safe counts at the next start
    Bitfield safe_;                    // what was had when the store last flushed
    bool wants_live_ = false;          // what the user asked for last; a failure takes it back
    bool is_store_open_ = false;       // or is being opened
    bool is_winding_down_ = false;
    std::optional<Error> failure_;     // of this run: where it ends
    Waiting waiting_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::torrent
