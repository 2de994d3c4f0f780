#include "host/services/guard.hpp"

#include <shoal/abi/services.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace shoal::host::services {

namespace {

using Fire = void (*)(void* user, std::uint64_t timer);

// Keeps now + delay within 64 bits.
constexpr std::uint64_t longest_delay_ns = std::uint64_t{3600} * 24 * 365 * 10 * 1'000'000'000;

class TimerService final : public LentService {
public:
    static constexpr auto slot = Slot::timer;

    explicit TimerService(InstanceState& state) : state_(state) {}

    shoal_status start(std::uint64_t delay_ns, Fire fire, void* user, std::uint64_t* timer)
    {
        if (fire == nullptr || timer == nullptr)
            return state_.bad_argument("timer.start", "fire or timer is NULL");
        if (!state_.can_start()) return SHOAL_E_STATE;
        if (running_.size() >= most_under_way) return SHOAL_E_LIMIT;
        const auto handle = state_.next_handle();
        const auto delay = std::chrono::nanoseconds(std::min(delay_ns, longest_delay_ns));
        const auto id =
            state_.environment().loop.start_timer(delay, [state = state_.shared_from_this(), handle] {
                state->lent<TimerService>()->fire(handle);
            });
        running_.emplace(handle, Running{id, fire, user});
        *timer = handle;
        return SHOAL_OK;
    }

    shoal_status cancel(std::uint64_t handle)
    {
        const auto found = running_.find(handle);
        if (found == running_.end()) return SHOAL_E_STALE;
        state_.environment().loop.cancel_timer(found->second.id);
        running_.erase(found);
        return SHOAL_OK;
    }

    // A timer has no way to say "cancelled": it just does not fire.
    void end(bool) override
    {
        for (const auto& [handle, running] : running_) state_.environment().loop.cancel_timer(running.id);
        running_.clear();
    }

private:
    struct Running {
        environment::TimerId id;
        Fire fire;
        void* user;
    };

    void fire(std::uint64_t handle)
    {
        const auto node = running_.extract(handle);
        if (node.empty()) return;
        const auto& running = node.mapped();
        state_.deliver("timer.fire", [&] { running.fire(running.user, handle); });
    }

    InstanceState& state_;
    std::map<std::uint64_t, Running> running_;
};

shoal_status start(const shoal_host* host, std::uint64_t delay_ns, Fire fire, void* user,
                   std::uint64_t* timer)
{
    return on_strand<TimerService>(
        host, "timer.start", [&](TimerService& timers) { return timers.start(delay_ns, fire, user, timer); });
}

shoal_status cancel_timer(const shoal_host* host, std::uint64_t timer)
{
    return on_strand<TimerService>(host, "timer.cancel",
                                   [&](TimerService& timers) { return timers.cancel(timer); });
}

constexpr shoal_host_timer_v1 timer_table{sizeof timer_table, 0, start, cancel_timer};

}  // namespace

const Service& timer_service()
{
    static constexpr Service service{SHOAL_SERVICE_TIMER, "", &timer_table, make_lent<TimerService>};
    return service;
}

}  // namespace shoal::host::services
