#pragma once

#include "control/schema.hpp"
#include "environment/environment.hpp"
#include "host/call_scope.hpp"
#include "host/library.hpp"
#include "host/log.hpp"
#include "host/settings.hpp"
#include "host/sinks.hpp"

#include <shoal/abi/types.h>
#include <shoal/random.hpp>
#include <shoal/result.hpp>
#include <shoal/unique_function.hpp>
#include <shoal/value.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::host {

// A broken rule, as a checked host reports it.
struct Violation {
    std::string plugin;    // id
    std::string instance;  // label
    std::string function;  // in which it happened; empty: outside every call
    std::string what;      // the argument or rule
};

std::string describe(const Violation& violation);

// The checked mode's end: the report goes to standard error and the process stops with exit code 70
// (EX_SOFTWARE).
[[noreturn]] void stop_process(const Violation& violation);

class Instance;

// A storage by its name, for one that lies on top of it.
using MakeStorage = std::function<Result<std::unique_ptr<Instance>>(std::string_view name)>;

struct InstanceContext {
    environment::Environment environment;
    SettingValues settings{};  // as given by the user; checked against the manifest before `create`
    Log log{};
    // May be null: the service is then not offered (torrent, tracker, discovery, source, extension, store, control) or goes
    // nowhere (events, metrics). They outlive the Instance or its stop(), whichever ends first.
    TorrentSource* torrent = nullptr;
    EventSink* events = nullptr;
    MetricSink* metrics = nullptr;
    TrackerSink* tracker = nullptr;
    DiscoverySink* discovery = nullptr;
    SourceSink* source = nullptr;
    ExtensionSink* extension = nullptr;
    KeptValues* kept = nullptr;
    ControlPlane* control = nullptr;
    MakeStorage make_storage{};  // empty: not offered; called in `create` alone
    std::string label{};  // "torrent 3fa1": for logs and reports
    std::string name{};   // what people call it; empty: the factory's name
    RandomStream random;  // a stream of its own
    bool checked = false;
    std::uint32_t strike_limit = 8;
    std::function<void(const Violation&)> on_violation{};  // checked only [any]; empty: stop_process
};

enum class OperationKind { announce, scrape };

using MethodAnswered = UniqueFunction<void(Result<Value>)>;

// What a [worker] call gave.
struct WorkerAnswer {
    shoal_status status = SHOAL_OK;
    std::string text;  // what the plug-in said with set_error
    // Errc and a text for a person. `doing`: "write the file".
    Error error(std::string_view doing) const;
};

// One object made by a plug-in, with a host table and lent services of its own.
//
// All functions are [loop] unless tagged; never call or destroy an Instance from inside a call into it.
// Destroying it runs the two-phase end: `stop`; everything under way (posts, timers, requests, sockets, jobs)
// completes with SHOAL_E_CANCELLED, each exactly once; `destroy`. That happens before the destructor returns,
// except while work of it runs on a worker: then `destroy` follows on the loop when that work ends. Factory
// and environment outlive that.
class Instance {
public:
    // Checks the settings and that every service the manifest requires can be lent, then calls the factory's
    // `create`. Errors: invalid_argument (settings), unsupported (a required service), else what the plug-in
    // said.
    static Result<std::unique_ptr<Instance>> create(const Factory& factory, InstanceContext context);

    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    const Factory& factory() const;
    const std::string& label() const;
    const std::string& name() const;

    template <class Table>
    const Table& table() const  // [any]
    {
        return factory().table<Table>();
    }
    void* self() const;  // [any]

    // Calls into the plug-in: every [strand] function goes through here. `function` is a literal with the
    // table's name of it.
    //   instance.call("pick", [&] { return instance.table<shoal_picker_v1>().pick(instance.self(), …); })
    // Returns what `f` returned. If it was refused (nested, stopped) or threw, an integer result is
    // SHOAL_E_STATE or SHOAL_E_EXCEPTION and any other is value-initialised; a void function gives a status.
    // A call of more than 50 ms of the loop's clock is a strike.
    template <class F>
    auto call(const char* function, F&& f)
    {
        CallScope scope(*state_, function);
        return scope.run(std::forward<F>(f));
    }

    // The same for [worker] functions (which return a status or nothing), from a worker thread. Waits its
    // turn unless the plug-in said its functions may run in parallel. The Instance may be stopped and
    // destroyed while it runs; not before it begins. [worker]
    template <class F>
    WorkerAnswer call_on_worker(const char* function, F&& f)
    {
        WorkerAnswer answer;
        WorkerScope scope(state_, function, answer.text);
        answer.status = scope.run(std::forward<F>(f));
        return answer;
    }

    // What set_error said during the last call; empty if nothing. The text of an error for a person:
    // error_of().
    const std::string& last_error() const;
    Error error_of(shoal_status status, std::string_view doing) const;

    // The plug-in answered nonsense: counted, logged under its name, and in checked mode reported as a
    // Violation. [any]
    void strike(std::string_view function, std::string_view what);
    std::uint32_t strikes() const;  // [any]
    // Reached the limit: replace it by a safe default. [any]
    bool is_broken() const;

    // Tracker plug-ins: names an operation for `announce` or `scrape`. It ends by exactly one of: the sink's
    // completion; abandon_operation() (deadline passed, or the plug-in did not accept it: a later completion
    // is ignored); stop(), which completes it with SHOAL_E_CANCELLED.
    std::uint64_t open_operation(OperationKind kind);
    void abandon_operation(std::uint64_t operation);

    // The same for the `search` of discovery plug-ins.
    std::uint64_t open_search();
    void abandon_search(std::uint64_t operation);

    // The same for the `resolve` of source plug-ins.
    std::uint64_t open_resolving();
    void abandon_resolving(std::uint64_t operation);

    // What it offers to people and scripts, by name, and the events that it has declared.
    std::vector<control::MethodSchema> methods() const;
    std::vector<control::EventSchema> events() const;
    // `done` comes once, never inline, and with `cancelled` when the instance ends before it answers. Errors of it: not_found
    // (no such method), invalid_argument (by its schema; the plug-in is not asked), and what the plug-in says.
    void call_method(std::string_view name, const Value::Map& arguments, MethodAnswered done);

    // The first phase: `stop`, then all that is under way completes with SHOAL_E_CANCELLED, sinks included.
    // Only destruction makes sense after it. Without it the destructor does the same, but calls no sink.
    void stop();

    // For create().
    explicit Instance(std::shared_ptr<InstanceState> state);

private:
    std::shared_ptr<InstanceState> state_;
};

}  // namespace shoal::host
