#include "embed/event_queue.hpp"

#include <fmt/format.h>

#include <utility>

namespace shoal::embed {

void EventQueue::push(std::string event)
{
    {
        const std::lock_guard guard(lock_);
        if (is_closed_) return;
        events_.push_back(std::move(event));
        if (events_.size() > most_) {
            events_.pop_front();
            ++lost_;
        }
    }
    changed_.notify_one();
}

std::optional<std::string> EventQueue::pop(std::optional<std::chrono::milliseconds> patience)
{
    std::unique_lock guard(lock_);
    const auto is_over = [this] { return is_closed_ || !events_.empty(); };
    if (patience) changed_.wait_for(guard, *patience, is_over);
    else changed_.wait(guard, is_over);
    return take();
}

std::optional<std::string> EventQueue::take()
{
    if (const auto lost = std::exchange(lost_, 0); lost > 0) {
        return fmt::format(R"({{"event":"events.lost","payload":{{"count":{}}}}})", lost);
    }
    if (events_.empty()) return std::nullopt;
    auto event = std::move(events_.front());
    events_.pop_front();
    return event;
}

void EventQueue::close()
{
    {
        const std::lock_guard guard(lock_);
        is_closed_ = true;
    }
    changed_.notify_all();
}

}  // namespace shoal::embed
