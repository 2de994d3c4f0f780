#pragma once

#include "peer/message.hpp"

#include <deque>
#include <optional>
#include <set>

namespace shoal::peer {

// What a peer asked of us and was not given yet: first come, first served, each range once. The set makes the check for
// doubles logarithmic: a peer may fill the queue with distinct requests.
class ServeQueue {
public:
    explicit ServeQueue(std::size_t most) : most_(most) {}

    enum class Outcome { queued, duplicate, full };
    Outcome push(const Request& request)
    {
        if (order_.size() >= most_) return Outcome::full;
        if (!members_.insert(request).second) return Outcome::duplicate;
        order_.push_back(request);
        return Outcome::queued;
    }

    // True if it was queued.
    bool remove(const Request& request)
    {
        if (members_.erase(request) == 0) return false;
        std::erase(order_, request);
        return true;
    }

    std::optional<Request> pop()
    {
        if (order_.empty()) return std::nullopt;
        const Request next = order_.front();
        order_.pop_front();
        members_.erase(next);
        return next;
    }

    const Request* front() const { return order_.empty() ? nullptr : &order_.front(); }
    bool empty() const { return order_.empty(); }
    std::size_t size() const { return order_.size(); }

private:
    std::size_t most_;
    std::deque<Request> order_;
    std::set<Request> members_;
};

}  // namespace shoal::peer
