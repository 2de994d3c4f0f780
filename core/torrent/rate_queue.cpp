#include "torrent/rate_queue.hpp"

#include <shoal/geometry.hpp>

#include <algorithm>
#include <utility>

namespace shoal::torrent {

using environment::Duration;
using environment::Time;

namespace {

constexpr std::uint64_t one_block = Geometry::block_size;
// Who waits for octets is not woken for each of them.
constexpr Duration least_pause = std::chrono::milliseconds{10};
constexpr std::uint64_t longest_turn = 16 * one_block;

// A block, and at high rates several: a picker is asked once a turn.
std::uint64_t turn_at(std::uint64_t rate)
{
    return std::clamp(rate / 256 / one_block * one_block, one_block, longest_turn);
}

}  // namespace

// ---- RateQueue --------------------------------------------------------------------------------------------------

RateQueue::RateQueue(environment::Loop& loop) : loop_(loop), wake_(loop) {}

void RateQueue::set_rate(std::uint64_t octets_per_second)
{
    budget_.set_rate(octets_per_second, loop_.now());
    on_limits_changed();
}

void RateQueue::set_classes(std::vector<Class> classes)
{
    classes_.clear();
    for (auto& one : classes) classes_.push_back({std::move(one.rule), RateBudget(one.rate), one.is_free});
    on_limits_changed();
}

void RateQueue::set_class_rate(std::size_t index, std::uint64_t octets_per_second)
{
    classes_.at(index).budget.set_rate(octets_per_second, loop_.now());
    on_limits_changed();
}

// Whoever waits may wait for something else now, or for nothing.
void RateQueue::on_limits_changed()
{
    ++changes_;
    is_limited_ = budget_.is_limited() ||
                  std::ranges::any_of(classes_, [](const auto& one) { return one.budget.is_limited(); });
    if (!line_.is_empty()) wake_at(loop_.now());
}

std::size_t RateQueue::class_of(const Address& address) const
{
    const auto at = std::ranges::find_if(classes_, [&](const auto& one) { return one.rule.matches(address); });
    return static_cast<std::size_t>(at - classes_.begin());
}

void RateQueue::join(RateGroup& group)
{
    line_.join(group);
}

void RateQueue::wake_at(Time when)
{
    if (is_pumping_ || when >= wake_time_) return;
    wake_time_ = when;
    wake_.start(when - loop_.now(), [this] { pump(); });
}

void RateQueue::pump()
{
    wake_time_ = environment::time_never;
    is_pumping_ = true;
    ++pumps_;
    while (auto* group = budget_.available(loop_.now()) >= one_block ? line_.first() : nullptr) {
        if (!serve(*group)) line_.set_aside(*group);
    }
    line_.take_back();
    is_pumping_ = false;
    if (!line_.is_empty()) wake_at(loop_.now() + std::max(time_until_any(), least_pause));
}

// Gives a turn to one of its peers. False: none of them may move anything now.
bool RateQueue::serve(RateGroup& group)
{
    auto* seat = group.next();
    if (seat == nullptr) return false;
    const auto used = seat->take_turn();
    group.line_.charge(*seat, used);
    line_.charge(group, used);
    if (used == 0) group.line_.leave(*seat);
    if (group.line_.is_empty()) line_.leave(group);
    return true;
}

// Until one of the limits that hold somebody up has room for a block.
Duration RateQueue::time_until_any()
{
    const auto now = loop_.now();
    if (const auto process = budget_.time_until(one_block, now); process > Duration{0}) return process;
    auto least = Duration::max();
    const auto consider = [&](RateBudget& budget) {
        if (const auto time = budget.time_until(one_block, now); time > Duration{0}) least = std::min(least, time);
    };
    line_.for_each([&](RateGroup& group) { consider(group.budget_); });
    for (auto& one : classes_) consider(one.budget);
    return least == Duration::max() ? Duration{0} : least;
}

// ---- RateGroup --------------------------------------------------------------------------------------------------

RateGroup::RateGroup(RateQueue& queue) : queue_(queue)
{
    number = queue.next_number_++;
}

RateGroup::~RateGroup()
{
    queue_.line_.leave(*this);
}

void RateGroup::set_rate(std::uint64_t octets_per_second)
{
    budget_.set_rate(octets_per_second, queue_.loop_.now());
    queue_.on_limits_changed();
}

// The peer whose turn it is. Those whose class has nothing left are passed over until the next pump.
RateSeat* RateGroup::next()
{
    if (std::exchange(pump_, queue_.pumps_) != queue_.pumps_) line_.take_back();
    if (budget_.available(queue_.loop_.now()) < one_block) return nullptr;
    auto* seat = line_.first();
    for (; seat != nullptr && seat->is_blocked_by_class(); seat = line_.first()) line_.set_aside(*seat);
    return seat;
}

// ---- RateSeat ---------------------------------------------------------------------------------------------------

RateSeat::RateSeat(RateGroup& group, const Address& address, UniqueFunction<void()> on_turn)
    : group_(group), address_(address), on_turn_(std::move(on_turn))
{
    number = group.queue_.next_number_++;
}

RateSeat::~RateSeat()
{
    group_.line_.leave(*this);
    if (group_.line_.is_empty()) group_.queue_.line_.leave(group_);
}

void RateSeat::find_class()
{
    const auto& queue = group_.queue_;
    if (std::exchange(class_found_, queue.changes_ + 1) == queue.changes_ + 1) return;
    class_ = queue.class_of(address_);
}

RateBudget* RateSeat::class_budget()
{
    find_class();
    auto& classes = group_.queue_.classes_;
    return class_ < classes.size() ? &classes[class_].budget : nullptr;
}

bool RateSeat::is_free()
{
    find_class();
    const auto& classes = group_.queue_.classes_;
    return class_ < classes.size() && classes[class_].is_free;
}

bool RateSeat::has_limit()
{
    if (is_free()) return false;
    const auto* of_class = class_budget();
    return group_.queue_.budget_.is_limited() || group_.budget_.is_limited() ||
           (of_class != nullptr && of_class->is_limited());
}

std::uint64_t RateSeat::take_part()
{
    if (credit_ == 0) wait();
    return credit_;
}

void RateSeat::wait()
{
    if (is_waiting) return;
    group_.line_.join(*this);
    auto& queue = group_.queue_;
    queue.join(group_);
    if (queue.is_pumping_) return;
    const auto time = time_until_turn();
    queue.wake_at(queue.loop_.now() + (time == Duration{0} ? time : std::max(time, least_pause)));
}

Duration RateSeat::time_until_turn()
{
    const auto now = group_.queue_.loop_.now();
    auto* of_class = class_budget();
    return std::max({group_.queue_.budget_.time_until(one_block, now), group_.budget_.time_until(one_block, now),
                     of_class == nullptr ? Duration{0} : of_class->time_until(one_block, now)});
}

void RateSeat::charge(std::uint64_t octets)
{
    group_.queue_.budget_.spend(octets);
    group_.budget_.spend(octets);
    if (auto* of_class = class_budget()) of_class->spend(octets);
    used_ += octets;
    credit_ -= std::min(credit_, octets);
}

void RateSeat::refund(std::uint64_t octets)
{
    if (!is_limited()) return;
    group_.queue_.budget_.refund(octets);
    group_.budget_.refund(octets);
    if (auto* of_class = class_budget()) of_class->refund(octets);
}

bool RateSeat::is_blocked_by_class()
{
    auto* of_class = class_budget();
    return of_class != nullptr && of_class->available(group_.queue_.loop_.now()) < one_block;
}

// What it used.
std::uint64_t RateSeat::take_turn()
{
    const auto now = group_.queue_.loop_.now();
    credit_ = longest_turn;
    for (auto* budget : {&group_.queue_.budget_, &group_.budget_, class_budget()}) {
        if (budget == nullptr || !budget->is_limited()) continue;
        credit_ = std::min({credit_, budget->available(now), turn_at(budget->rate())});
    }
    used_ = 0;
    on_turn_();
    credit_ = 0;
    return used_;
}

}  // namespace shoal::torrent
