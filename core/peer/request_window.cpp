#include "peer/request_window.hpp"

#include <algorithm>

namespace shoal::peer {

using environment::Duration;
using environment::Time;

namespace {
constexpr std::uint64_t rate_unit_ns = 1'000'000'000'000;  // rates are blocks per 1,000 s
constexpr Duration shortest_round = std::chrono::milliseconds{1};
constexpr Duration longest_round = std::chrono::seconds{1};
constexpr Duration fall_patience = std::chrono::seconds{1};  // a hiccup of the path is no change of it
constexpr Duration slack = std::chrono::milliseconds{5};  // the other side's scheduling
constexpr std::uint32_t probe_every = 8;
constexpr std::uint32_t most_headroom = 16 * 64;
}  // namespace

void RequestWindow::set_most(std::uint32_t most)
{
    limits_.most = std::max(most, 1u);
    limits_.least = std::min(limits_.least, limits_.most);
    size_ = std::clamp(size_, limits_.least, limits_.most);
}

void RequestWindow::measure_latency(Time asked, Time now)
{
    const Duration latency = std::max(now - asked, Duration{1});
    const bool is_fresh = is_latency_stale_ && asked >= relearned_at_;
    if (!is_fresh && latency >= least_latency_) return;
    least_latency_ = latency;
    if (is_fresh) is_latency_stale_ = false;
}

void RequestWindow::on_block(Time asked, Time now, std::uint32_t outstanding)
{
    measure_latency(asked, now);
    if (!round_started_) {
        round_started_ = true;
        round_start_ = asked;
        round_blocks_ = 0;
        round_length_ = std::max(outstanding + 1, 1u);
    }
    ++round_blocks_;
    const Duration passed = now - round_start_;
    if ((round_blocks_ >= round_length_ && passed >= shortest_round) || passed >= longest_round)
        end_round(now);
}

void RequestWindow::end_round(Time now)
{
    const auto passed = static_cast<std::uint64_t>((now - round_start_).count());
    last_rate_ = std::uint64_t{round_blocks_} * rate_unit_ns / passed;
    if (has_fallen(now)) return relearn(now);
    const bool grew = last_rate_ > best_rate_ + best_rate_ / 8;
    if (phase_ == Phase::doubling) {
        flat_rounds_ = grew ? 0 : flat_rounds_ + 1;
        if (flat_rounds_ >= 3) phase_ = Phase::steady;
    } else if (phase_ == Phase::probing) {
        if (grew) headroom_ = std::min(headroom_ + headroom_ / 2, most_headroom);
        phase_ = Phase::steady;
    } else if (++steady_rounds_ % probe_every == 0) {
        phase_ = Phase::probing;
        headroom_ = std::max(headroom_ - headroom_ / 16, 16u);  // what no longer pays fades
    }
    // The best rate fades too, so that a path that became slow is seen as slow.
    best_rate_ = std::max(last_rate_, best_rate_ - best_rate_ / 32);
    resize();
    begin_round(now);
}

void RequestWindow::begin_round(Time now)
{
    round_start_ = now;
    round_blocks_ = 0;
    round_length_ = std::max(size_, 1u);
}

bool RequestWindow::has_fallen(Time now)
{
    if (last_rate_ >= best_rate_ - best_rate_ / 4) {
        fallen_since_ = environment::time_never;
    } else if (fallen_since_ == environment::time_never) {
        fallen_since_ = round_start_;
    } else {
        return now - fallen_since_ >= fall_patience;
    }
    return false;
}

void RequestWindow::relearn(Time now)
{
    phase_ = Phase::doubling;
    flat_rounds_ = 1;
    headroom_ = 16;
    best_rate_ = last_rate_;
    fallen_since_ = environment::time_never;
    resize();
    is_latency_stale_ = true;
    relearned_at_ = now;
    begin_round(now);
}

std::uint32_t RequestWindow::product() const
{
    const auto latency = std::min<Duration>(2 * least_latency_ + slack, limits_.longest);
    const std::uint64_t blocks =
        best_rate_ / 1000 * static_cast<std::uint64_t>(latency.count()) / 1'000'000'000;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(blocks, limits_.most));
}

void RequestWindow::resize()
{
    std::uint64_t wanted = std::uint64_t{product()} * headroom_ / 16 + limits_.least;
    if (phase_ == Phase::doubling && flat_rounds_ == 0) wanted = std::max<std::uint64_t>(wanted, 2 * size_);
    if (phase_ == Phase::probing) wanted += std::max<std::uint64_t>(wanted / 2, 1);
    const std::uint64_t longest =
        best_rate_ / 1000 * static_cast<std::uint64_t>(limits_.longest.count()) / 1'000'000'000 +
        limits_.least;
    wanted = std::min(wanted, longest);
    size_ = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(wanted, limits_.least, limits_.most));
}

void RequestWindow::on_stall()
{
    phase_ = Phase::doubling;
    flat_rounds_ = 0;
    best_rate_ = 0;
    headroom_ = 16;
    fallen_since_ = environment::time_never;
    round_started_ = false;
    size_ = std::clamp(4u, limits_.least, limits_.most);
}

}  // namespace shoal::peer
