#include "lab/scheduler.hpp"

#include <algorithm>
#include <utility>

namespace shoal::lab {

namespace {

constexpr std::size_t fan_out = 4;

// A slot is used again at once, a generation never: 2^40 uses of one slot are weeks of running.
constexpr unsigned event_slot_bits = 24;
constexpr std::uint64_t event_slot_mask = (std::uint64_t{1} << event_slot_bits) - 1;

}  // namespace

EventId Scheduler::schedule(Time at, const EventTag& tag, environment::Task task)
{
    SHOAL_ASSERT(at >= now_);
    const auto node = tag.node.value();
    if (node >= sequences_.size()) sequences_.resize(node + 1);

    const auto index = take_slot();
    auto& slot = slots_[index];
    slot.task = std::move(task);
    slot.size = tag.size;
    slot.kind = tag.kind;
    slot.is_live = true;
    push({at.time_since_epoch().count(), ++sequences_[node], node, index});
    return EventId{slot.generation << event_slot_bits | index};
}

bool Scheduler::cancel(EventId event)
{
    const auto index = static_cast<std::uint32_t>(event.value() & event_slot_mask);
    if (index >= slots_.size()) return false;
    auto& slot = slots_[index];
    if (!slot.is_live || slot.generation != event.value() >> event_slot_bits) return false;
    slot.is_live = false;
    // Destroyed only at the end: what it holds may come back to us.
    const auto task = std::move(slot.task);
    ++dead_;
    if (dead_ > 1024 && dead_ > heap_.size() / 2) rebuild_without_dead();
    return true;
}

void Scheduler::discard(NodeIndex node)
{
    std::vector<environment::Task> discarded;
    for (const auto& key : heap_) {
        auto& slot = slots_[key.slot];
        if (key.node != node.value() || !slot.is_live) continue;
        slot.is_live = false;
        discarded.push_back(std::move(slot.task));
        ++dead_;
    }
}

void Scheduler::discard_all()
{
    std::vector<environment::Task> discarded;
    for (auto& slot : slots_) {
        if (!slot.is_live) continue;
        slot.is_live = false;
        discarded.push_back(std::move(slot.task));
        ++dead_;
    }
}

bool Scheduler::run_next()
{
    drop_dead_front();
    if (heap_.empty()) return false;
    const auto key = heap_.front();
    pop();
    auto& slot = slots_[key.slot];
    now_ = Time{Duration{key.time}};
    fingerprint_.mix(static_cast<std::uint64_t>(key.time));
    fingerprint_.mix(std::uint64_t{key.node} << 32 | slot.size);
    fingerprint_.mix(key.sequence << 8 | static_cast<std::uint64_t>(slot.kind));
    ++events_run_;
    auto task = std::move(slot.task);
    free_slot(key.slot);
    task();
    return true;
}

Time Scheduler::next_time()
{
    drop_dead_front();
    return heap_.empty() ? environment::time_never : Time{Duration{heap_.front().time}};
}

void Scheduler::advance(Time time)
{
    SHOAL_ASSERT(time <= next_time());
    now_ = std::max(now_, time);
}

std::size_t Scheduler::size(NodeIndex node) const
{
    return static_cast<std::size_t>(std::ranges::count_if(
        heap_, [&](const Key& key) { return key.node == node.value() && slots_[key.slot].is_live; }));
}

std::uint32_t Scheduler::take_slot()
{
    if (!free_slots_.empty()) {
        const auto slot = free_slots_.back();
        free_slots_.pop_back();
        return slot;
    }
    SHOAL_ASSERT(slots_.size() < event_slot_mask);
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
}

void Scheduler::free_slot(std::uint32_t index)
{
    auto& slot = slots_[index];
    slot.is_live = false;
    ++slot.generation;
    free_slots_.push_back(index);
}

void Scheduler::push(const Key& key)
{
    auto hole = heap_.size();
    heap_.push_back(key);
    while (hole > 0) {
        const auto parent = (hole - 1) / fan_out;
        if (!(key < heap_[parent])) break;
        heap_[hole] = heap_[parent];
        hole = parent;
    }
    heap_[hole] = key;
}

void Scheduler::pop()
{
    const auto last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(0, last);
}

void Scheduler::sift_down(std::size_t hole, const Key& key)
{
    const auto size = heap_.size();
    for (;;) {
        const auto first = hole * fan_out + 1;
        if (first >= size) break;
        auto best = first;
        const auto end = std::min(first + fan_out, size);
        for (auto child = first + 1; child < end; ++child) {
            if (heap_[child] < heap_[best]) best = child;
        }
        if (!(heap_[best] < key)) break;
        heap_[hole] = heap_[best];
        hole = best;
    }
    heap_[hole] = key;
}

void Scheduler::drop_dead_front()
{
    while (!heap_.empty() && !slots_[heap_.front().slot].is_live) {
        free_slot(heap_.front().slot);
        pop();
        --dead_;
    }
}

void Scheduler::rebuild_without_dead()
{
    std::erase_if(heap_, [this](const Key& key) {
        if (slots_[key.slot].is_live) return false;
        free_slot(key.slot);
        return true;
    });
    dead_ = 0;
    for (auto at = heap_.size() / fan_out + 1; at-- > 0;) {
        if (at < heap_.size()) sift_down(at, Key{heap_[at]});
    }
}

}  // namespace shoal::lab
