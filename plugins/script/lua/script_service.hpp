// The scripts of a folder as a service. On the strand: what happened is handed to the scripts that want to hear it, and what they ask
// for is asked. On the workers, one slice of one script at a time: the scripts themselves. A script whose file changes is built anew
// beside the old one, which goes on when the new one is broken.
#pragma once

#include "rehearsal.hpp"
#include "script.hpp"
#include "script_files.hpp"
#include "turns.hpp"
#include "wishes.hpp"

#include <shoal/control.hpp>
#include <shoal/service.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::script_lua {

class ScriptService final : public Service {
public:
    explicit ScriptService(Host& host);

    Result<void> start() override;
    /// How many scripts run, and from where.
    [[nodiscard]] std::string_view summary() override;
    void on_stop() override;

private:
    using Message = std::function<void(Script&)>;

    // What a job on a worker touches. One that is replaced lives on until its job is over.
    struct Runner {
        std::unique_ptr<Script> script;
        Turn turn{};
        std::string seat{}; // where it sits, for the strand
    };
    struct Mistake {
        std::int64_t at = 0; // seconds since 1970
        std::string handler; // empty: the script itself
        std::string why;
    };
    struct Seat {
        std::shared_ptr<Runner> runner; // null: it has never been whole
        Wisher wisher;                  // what it is granted, and what it wants
        std::vector<std::string> new_grants; // that the version before did not ask for
        bool is_reading = false;        // no script of the folder: it hears nothing and is asked alone
        bool is_leaving = false;        // another version has its place: it hears nothing, and has a while for what it began
        shoal::Timer end;               // of that while
        bool has_begun = false;         // it had its first turn, and attends its hooks
        std::optional<Declared> undeclared; // what others have not been told yet
        bool has_rules = false;         // as others have been told
        Value::List feeds;    // that it declares, as others have been told
        Value::List declared_warnings;
        std::vector<Message> inbox;
        std::vector<ListenerReport> handlers;
        std::size_t timers = 0;
        std::size_t memory = 0;
        std::string error;            // why the newest version does not run, or what failed last in it
        std::vector<std::string> warnings;   // of what it runs with nevertheless
        bool has_unchecked_events = false;
        std::deque<Mistake> mistakes; // also of versions before it; the newest last
        std::deque<Value> programs;          // how the last ones ended, also of versions before it; the newest first
        shoal::Timer alarm;
        std::map<std::string, HookAttendance> hooks; // by hook, priority and handler
        bool is_running = false;
        bool is_due = false;
        bool is_dropping = false;
    };
    // Somebody waits for what a script answers.
    struct Errand {
        std::shared_ptr<Runner> runner;
        UniqueFunction<void(Result<Value>)> done; // dropped undone it answers for itself
        shoal::Timer alarm{};
    };
    using Order = std::function<void(Script&, std::uint64_t errand)>;
    struct Loaded {
        std::string name;
        std::shared_ptr<Runner> runner;
        std::string error;
    };
    struct Look {
        std::vector<Loaded> loaded;
        std::vector<std::string> gone;
    };

    void watch_folder(std::string folder);
    void look();
    static void load_changed(ScriptFiles& files, const ScriptSettings& settings, const Sandbox::Clock& clock, Look& look);
    void take(Loaded& loaded);
    void drop(const std::string& name);

    // service_reload.cpp
    void retire(const std::string& name, Seat seat);
    void end_leaving(const std::string& name);

    // service_methods.cpp
    void offer_methods();
    [[nodiscard]] Value list() const;
    void read(const Value::Map& arguments, Answer answer);
    void forget(const Value::Map& arguments, Answer answer);
    void ask(const Value::Map& arguments, Answer answer);
    void run_by_hand(const Value::Map& arguments, Answer answer);
    std::uint64_t send(const std::string& script, Answer answer, const Order& order);
    void finish_errands(Errands::Finished finished);
    void refuse_errands(const std::shared_ptr<Runner>& runner, const std::string& why);
    void declare_due();
    void declare(const std::string& name, Seat& seat, const Declared& declared);
    void hand_over(const std::string& name, const std::string& kind, const std::string& method, const Value::List& all);

    // service_rehearsal.cpp
    void offer_rehearsal();
    void rehearse(const Value::Map& arguments, Answer answer);
    void go_on(const std::shared_ptr<Rehearsal>& rehearsal, const std::shared_ptr<Answer>& answer);
    void end_rehearsal(Answer& answer, const Result<Rehearsal::Outcomes>& outcomes);

    // service_events.cpp
    void offer_emit();
    void check_events();
    void ask_event_names(std::function<void(const std::vector<std::string>&)> done);

    // service_programs.cpp
    void offer_programs();
    void note_program(const std::string& script, const Value& asked, const Result<Value>& given);

    // service_hooks.cpp
    void attend(Seat& seat);
    void on_question(const std::shared_ptr<Runner>& runner, const ListenerReport& handler, const Value::Map& asked, Question question);

    void on_event(std::string_view event, const Value::Map& payload);
    void tell(Seat& seat, const std::string& event, const std::shared_ptr<const Value::Map>& payload);
    void schedule(Seat& seat);
    void on_turn(const std::shared_ptr<Runner>& runner, const Result<void>& ran);
    void report(Seat& seat, Turn& turn);
    void trouble(const std::string& name, Seat& seat, const std::string& handler, const std::string& why, bool is_suspended);
    static void compare_grants(const Seat& before, Seat& seat);
    void grant(const std::shared_ptr<Runner>& runner, const Wish& wish);
    [[nodiscard]] std::int64_t unix_time() const { return calendar_ ? calendar_.unix_time() : 0; }
    void answer(const std::shared_ptr<Runner>& runner, std::uint64_t ticket, const Result<Value>& answer);
    Seat* seat_of(const std::shared_ptr<Runner>& runner);

    Host host_;
    shoal::Settings settings_;
    Control control_;
    Calendar calendar_;
    Wishes wishes_;
    Events events_;
    shoal::Timers timers_;
    Random random_;
    Workers workers_;
    Methods methods_;
    EventSubscription ear_;
    std::shared_ptr<ScriptFiles> files_;
    std::string folder_;
    std::string summary_;
    shoal::Timer next_look_;
    std::map<std::string, Seat> seats_;
    std::map<std::uint64_t, Errand> errands_;
    std::uint64_t last_errand_ = 0;
    Turns rehearsals_{1};
    bool is_stopped_ = false;
};

} // namespace shoal::script_lua
