#pragma once

#include "host/instance.hpp"
#include "host/services/catalog.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace shoal::host {

// What stands behind one Instance: the host table its plug-in object was lent, and everything under way for
// it. Shared by the Instance and by what is under way, so that work on a worker may outlive the Instance.
// Only host/ sees it. [loop] unless tagged.
class InstanceState final : public std::enable_shared_from_this<InstanceState> {
public:
    enum class Phase { creating, running, stopping, stopped, destroyed };

    // `context.settings` is complete already.
    InstanceState(const Factory& factory, InstanceContext context);
    ~InstanceState();
    InstanceState(const InstanceState&) = delete;
    InstanceState& operator=(const InstanceState&) = delete;

    // The state behind the pointer that every host function receives; null for a null pointer. [any]
    static InstanceState* of(const shoal_host* host) noexcept;

    // -- life
    Result<void> create();
    void stop();
    void detach_sinks();
    // After `stop`, which is when a plug-in writes down what it wants to keep.
    void detach_store();
    // `destroy`, as soon as no work of it runs any more. May be called again and again.
    void finish();

    // -- who and what
    const Factory& factory() const { return factory_; }
    InstanceContext& context() { return context_; }
    environment::Environment& environment() { return context_.environment; }
    const Log& log() const { return context_.log; }  // [any]
    Speaker speaker() const { return {factory_.manifest().id, context_.label, factory_.name()}; }
    const shoal_host* table() const { return &table_; }
    void* self() const { return self_; }
    const std::string& last_error() const { return last_error_; }

    // -- calls into the plug-in; for CallScope and WorkerScope
    std::uint64_t now_ns() const;
    bool enter(CallFrame& frame, Caller caller);
    void leave(CallFrame& frame, std::uint64_t took_ns);
    bool enter_worker(CallFrame& frame);                         // [worker]
    void leave_worker(CallFrame& frame);                         // [worker]
    std::mutex& worker_turn() { return worker_turn_; }           // [any]
    void threw(const char* function, const char* what);          // [any]
    void returned(const CallFrame& frame, std::int64_t answer);  // [any]

    // A completion or callback: from the loop, never from inside a call.
    template <class F>
    void deliver(const char* function, F&& f)
    {
        CallScope scope(*this, function, Caller::host);
        scope.run(std::forward<F>(f));
    }

    // -- strikes
    void strike(std::string_view function, std::string_view what);                      // [any]
    shoal_status bad_argument(std::string_view function, std::string_view what);        // a strike, too [any]
    std::uint32_t strikes() const { return strikes_.load(std::memory_order_relaxed); }  // [any]
    bool is_broken() const { return strikes() >= context_.strike_limit; }               // [any]

    // -- for the services
    // SHOAL_OK inside a [strand] call into this instance on this thread; otherwise a strike and its status.
    // [any]
    shoal_status admit(const char* function);
    bool is_alive(const char* function);  // false, and a strike, after `destroy` [any]
    bool can_start() const { return phase() <= Phase::running; }            // [any]
    Phase phase() const { return phase_.load(std::memory_order_acquire); }  // [any]
    std::uint64_t next_handle() { return ++last_handle_; }

    template <class Service>
    Service* lent() const
    {
        return static_cast<Service*>(lent_[static_cast<std::size_t>(Service::slot)].get());
    }
    services::LentService& lend(services::Slot slot);

    // Runs `f` on the loop, later, with the state kept alive. [any]
    template <class F>
    void on_loop(F f)
    {
        environment().loop.post([self = shared_from_this(), f = std::move(f)]() mutable { f(); });
    }

    // -- the functions of shoal_host (host_table.cpp)
    const void* service(std::string_view id);
    shoal_status post(shoal_task task, void* user);            // [any]
    void set_error(shoal_status code, std::string_view text);  // [strand] or [worker]

private:
    struct Posted {
        shoal_task task;
        void* user;
    };

    shoal_host host_table();
    void count_strike(std::string_view function, std::string_view what, bool is_violation);
    bool is_offered(std::string_view service_id) const;
    void run_posted();
    void end_everything(bool nothing_runs);
    void destroy();
    void set_phase(Phase phase);

    const Factory& factory_;
    InstanceContext context_;
    shoal_host table_{};
    void* self_ = nullptr;
    bool made_ = false;  // `create` succeeded: `destroy` is owed
    bool in_call_ = false;
    bool loop_is_gone_ = false;
    std::string last_error_;
    std::uint64_t last_handle_ = 0;
    std::array<std::unique_ptr<services::LentService>, services::slot_count> lent_;
    std::atomic<std::uint32_t> strikes_{0};

    std::mutex mutex_;  // guards the group below and every change of phase_
    std::atomic<Phase> phase_{Phase::creating};
    std::deque<Posted> posted_;
    std::uint32_t workers_inside_ = 0;

    std::mutex worker_turn_;  // held during each [worker] call of a plug-in that is not parallel
};

}  // namespace shoal::host
