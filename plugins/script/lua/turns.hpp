// So many at a time; the others wait for their turn, in the order they came.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

namespace shoal::script_lua {

class Turns {
public:
    explicit Turns(std::size_t most) : most_(most) {}

    /// `begin` runs now or later; whoever it belongs to calls leave() once, when it is over.
    void enter(std::function<void()> begin)
    {
        waiting_.push_back(std::move(begin));
        next();
    }

    void leave()
    {
        --running_;
        next();
    }

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    /// Nobody who waits is called any more.
    void clear() { waiting_.clear(); }

private:
    void next()
    {
        while (running_ < most_ && !waiting_.empty()) {
            const auto begin = std::move(waiting_.front());
            waiting_.pop_front();
            ++running_;
            begin();
        }
    }

    std::size_t most_;
    std::size_t running_ = 0;
    std::deque<std::function<void()>> waiting_;
};

} // namespace shoal::script_lua
