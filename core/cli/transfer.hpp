#pragma once

#include "cli/display.hpp"
#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "cli/swarm_options.hpp"
#include "peer/stream_transport.hpp"
#include "session/session.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::cli {

// When a transfer is over by itself.
struct EndRule {
    bool at_once = false;                            // --exit
    std::optional<std::chrono::seconds> seed_time;   // --seed-time
    std::optional<double> ratio;                     // --ratio
    bool is_set() const { return at_once || seed_time || ratio; }
};

struct TransferOptions {
    std::vector<std::string> sources;  // whatever a source plug-in reads
    std::string folder = ".";
    bool is_seeding_only = false;      // shoal seed: the data must be there
    std::vector<std::string> pickers{"rarest-first", "endgame"};
    std::string choker = "tit-for-tat";
    std::string storage = "file";
    std::vector<std::string> select;
    SwarmOptions swarm;
    bool calls_privileged_ports = true;  // of strangers; those of `peers` always
    EndRule end;
    std::optional<std::chrono::seconds> patience;  // without a peer and without progress; none: for ever
    std::optional<std::chrono::seconds> room_patience;  // with a disk that is full; none: for ever
    std::uint64_t down = 0;
    std::uint64_t up = 0;
    std::uint64_t memory = 64u << 20;
    DisplayKind display = DisplayKind::plain;
    bool has_keyboard = false;         // standard input is a terminal: 'p' cycles the picker, 'q' ends
};

// `shoal get` and `shoal seed`: one session from its start to its exit code.
class Transfer final : private torrent::TorrentEvents {
public:
    Transfer(Program& program, TransferOptions options);
    ~Transfer();

    ExitCode run();

private:
    struct Failure {
        ExitCode code;
        std::string text;  // safe for a terminal
        environment::Time at;
    };
    struct Item {
        TorrentHandle handle{0};
        std::string name{};
        std::string info_hash{};
        std::optional<environment::Time> finished_at{};
        std::optional<Failure> failure{};
        environment::Time quiet_since{};  // nobody was there and nothing came
        std::uint64_t octets_then = 0;
        std::optional<environment::Time> full_since{};  // the disk
        bool has_banned = false;
        bool is_over = false;
    };

    std::optional<ExitCode> check_settings();
    std::optional<ExitCode> start();
    std::optional<ExitCode> add_sources();
    ExitCode end(ExitCode code);
    Result<session::SessionSettings> session_settings() const;
    Result<std::vector<session::Source>> read_sources();
    Result<session::Source> read_source(const std::string& typed);
    Result<TorrentHandle> add_source(session::Source source, session::AddOptions add);
    torrent::Torrent::Status status_of(const Item& item);
    void on_event(TorrentHandle torrent, std::string_view name, control::Value payload) override;
    void on_state(Item& item, torrent::Stage stage);
    void tick();
    void refresh();
    void judge(Item& item);
    void watch_patience(Item& item, const torrent::Torrent::Status& status);
    void watch_room(Item& item, const torrent::Torrent::Status& status);
    void fail(Item& item, ExitCode code, const std::string& text);
    void watch_output();
    void read_keys();
    void cycle_picker();
    void interrupt();
    void finish();
    std::vector<DisplayLine> lines();
    std::string outcome_of(const Item& item, const torrent::Torrent::Status& status) const;
    ExitCode verdict();
    ExitCode say_failure(const Error& error);
    Item* item_of(TorrentHandle handle);

    Program& program_;
    TransferOptions options_;
    std::unique_ptr<Display> display_;
    environment::Environment environment_;
    peer::StreamTransport transport_;
    std::unique_ptr<session::Session> session_;
    std::vector<Item> items_;
    environment::Timer second_;
    environment::Timer redraw_;
    bool is_interrupted_ = false;
    bool is_finishing_ = false;
    bool is_done_ = false;
    bool is_unread_ = false;  // nobody takes our output any more
    std::vector<std::vector<std::string>> picker_stacks_;  // what 'p' goes through, the user's own first
    std::size_t picker_turn_ = 0;
};

}  // namespace shoal::cli
