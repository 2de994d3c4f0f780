#include "net/timer_queue.hpp"

#include <shoal/assert.hpp>

#include <algorithm>

namespace shoal::net {

namespace {

// An id is (generation << 24 | slot): 16 million timers at a time, 2^40 users of a slot until an id repeats.
constexpr unsigned slot_bits = 24;
constexpr std::uint64_t slot_mask = (1U << slot_bits) - 1;
constexpr std::size_t branches = 4;

}  // namespace

bool TimerQueue::is_before(const Entry& a, const Entry& b)
{
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.sequence < b.sequence;
}

environment::TimerId TimerQueue::add(environment::Time deadline, environment::Task task)
{
    if (free_slots_.empty()) {
        SHOAL_ASSERT(slots_.size() < slot_mask);
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const auto index = free_slots_.back();
    free_slots_.pop_back();
    auto& slot = slots_[index];
    slot.task = std::move(task);
    ++slot.generation;
    heap_.push_back({deadline, next_sequence_++, index});
    sift_up(heap_.size() - 1);
    return environment::TimerId{slot.generation << slot_bits | index};
}

environment::Task TimerQueue::cancel(environment::TimerId timer)
{
    const auto index = timer.value() & slot_mask;
    if (index >= slots_.size()) return {};
    const auto& slot = slots_[index];
    const bool is_pending = slot.position < heap_.size() && heap_[slot.position].slot == index;
    if (!is_pending || slot.generation != timer.value() >> slot_bits) return {};
    return remove(slot.position);
}

environment::Task TimerQueue::take_due(environment::Time now)
{
    if (heap_.empty() || heap_.front().deadline > now) return {};
    return remove(0);
}

environment::Time TimerQueue::next_deadline() const
{
    return heap_.empty() ? environment::time_never : heap_.front().deadline;
}

environment::Task TimerQueue::remove(std::size_t position)
{
    const auto index = heap_[position].slot;
    const auto last = heap_.back();
    heap_.pop_back();
    if (position < heap_.size()) {
        // The last entry may belong to another branch: it can have to go either way.
        place(position, last);
        sift_up(position);
        sift_down(slots_[last.slot].position);
    }
    free_slots_.push_back(index);
    return std::move(slots_[index].task);
}

void TimerQueue::place(std::size_t position, const Entry& entry)
{
    heap_[position] = entry;
    slots_[entry.slot].position = static_cast<std::uint32_t>(position);
}

void TimerQueue::sift_up(std::size_t position)
{
    const auto entry = heap_[position];
    while (position > 0) {
        const auto parent = (position - 1) / branches;
        if (!is_before(entry, heap_[parent])) break;
        place(position, heap_[parent]);
        position = parent;
    }
    place(position, entry);
}

void TimerQueue::sift_down(std::size_t position)
{
    const auto entry = heap_[position];
    for (;;) {
        const auto first = position * branches + 1;
        if (first >= heap_.size()) break;
        auto least = first;
        for (auto child = first + 1; child < std::min(first + branches, heap_.size()); ++child) {
            if (is_before(heap_[child], heap_[least])) least = child;
        }
        if (!is_before(heap_[least], entry)) break;
        place(position, heap_[least]);
        position = least;
    }
    place(position, entry);
}

}  // namespace shoal::net
