#include "host/services/guard.hpp"

#include <shoal/abi/services.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace shoal::host::services {

namespace {

using Work = void (*)(void* user);

// Jobs run one after the other unless the plug-in is parallel; the next one is given to the workers only when
// its predecessor is done, so that no worker thread waits for a turn.
class WorkersService final : public LentService {
public:
    static constexpr auto slot = Slot::workers;

    explicit WorkersService(InstanceState& state) : state_(state) {}

    shoal_status run(Work work, shoal_task done, void* user)
    {
        if (work == nullptr || done == nullptr)
            return state_.bad_argument("workers.run", "work or done is NULL");
        if (!state_.can_start()) return SHOAL_E_STATE;
        if (jobs_.size() >= most_under_way) return SHOAL_E_LIMIT;
        auto job = std::make_shared<Job>();
        job->work = work;
        job->done = done;
        job->user = user;
        jobs_.emplace(state_.next_handle(), std::move(job));
        submit_next();
        return SHOAL_OK;
    }

    void end(bool nothing_runs) override
    {
        for (auto next = jobs_.begin(); next != jobs_.end();) {
            const auto here = next++;
            auto& job = *here->second;
            // Whoever moves it out of `waiting` owns its work; a job whose work is over has nothing to wait
            // for.
            auto expected = Progress::waiting;
            const bool never_begins = job.progress.compare_exchange_strong(expected, Progress::revoked);
            if (never_begins || expected == Progress::over || nothing_runs)
                complete(here->first, SHOAL_E_CANCELLED);
        }
    }

    bool is_idle() const override { return jobs_.empty(); }

private:
    enum class Progress { waiting, running, over, revoked };

    struct Job {
        Work work = nullptr;
        shoal_task done = nullptr;
        void* user = nullptr;
        bool submitted = false;
        std::atomic<Progress> progress{Progress::waiting};
    };

    void submit_next()
    {
        for (auto& [handle, job] : jobs_) {
            if (job->submitted) {
                if (!state_.factory().is_parallel()) return;
                continue;
            }
            job->submitted = true;
            auto state = state_.shared_from_this();
            state_.environment().workers.run(
                [state, job = job] { work(state, *job); },
                [state, handle = handle] { state->lent<WorkersService>()->on_done(handle); });
            if (!state_.factory().is_parallel()) return;
        }
    }

    // [worker]
    static void work(const std::shared_ptr<InstanceState>& state, Job& job)
    {
        auto expected = Progress::waiting;
        if (!job.progress.compare_exchange_strong(expected, Progress::running)) return;
        std::string error;  // said to nobody: `work` has no status to explain
        WorkerScope scope(state, "workers.work", error);
        scope.run([&] { job.work(job.user); });
        job.progress = Progress::over;
    }

    void on_done(std::uint64_t handle)
    {
        complete(handle, state_.can_start() ? SHOAL_OK : SHOAL_E_CANCELLED);
        if (state_.can_start()) submit_next();
        state_.finish();
    }

    void complete(std::uint64_t handle, shoal_status status)
    {
        const auto node = jobs_.extract(handle);
        if (node.empty()) return;
        const auto& job = *node.mapped();
        state_.deliver("workers.done", [&] { job.done(job.user, status); });
    }

    InstanceState& state_;
    std::map<std::uint64_t, std::shared_ptr<Job>> jobs_;
};

shoal_status run(const shoal_host* host, Work work, shoal_task done, void* user)
{
    return on_strand<WorkersService>(host, "workers.run",
                                     [&](WorkersService& workers) { return workers.run(work, done, user); });
}

shoal_status pause(const shoal_host* host, std::uint64_t time_ns)
{
    constexpr std::uint64_t longest_ns = 60'000'000'000;
    auto* state = InstanceState::of(host);
    if (state == nullptr) return SHOAL_E_ARGUMENT;
    if (!is_on_worker(*state, "workers.pause")) return SHOAL_E_THREAD;
    if (time_ns > longest_ns) return state->bad_argument("workers.pause", "more than a minute");
    state->environment().workers.pause(environment::Duration(static_cast<std::int64_t>(time_ns)));
    return SHOAL_OK;
}

constexpr shoal_host_workers_v1 workers_table{sizeof workers_table, 0, run, pause};

}  // namespace

const Service& workers_service()
{
    static constexpr Service service{SHOAL_SERVICE_WORKERS, "", &workers_table, make_lent<WorkersService>};
    return service;
}

}  // namespace shoal::host::services
