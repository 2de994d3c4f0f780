#pragma once

#include <condition_variable>
#include <cstdint>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

namespace shoal::embed {

// Events that wait for their reader, as JSON. Bounded: the oldest give way, and it is said how many. [any]
class EventQueue {
public:
    explicit EventQueue(std::size_t most) : most_(most) {}

    void push(std::string event);
    // Nothing: none came in time, or the queue is closed and empty. No time: for ever.
    std::optional<std::string> pop(std::optional<std::chrono::milliseconds> patience);
    // Nobody waits any more.
    void close();

private:
    std::optional<std::string> take();

    const std::size_t most_;
    std::mutex lock_;
    std::condition_variable changed_;
    std::deque<std::string> events_;
    std::uint64_t lost_ = 0;
    bool is_closed_ = false;
};

}  // namespace shoal::embed
