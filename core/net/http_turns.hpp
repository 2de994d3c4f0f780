#pragma once

#include "environment/http.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace shoal::net {

// Whose turn it is to be fetched: so many requests at a time to one origin, so many in all, the others in the
// order they came. Kept here and not by libcurl, whose own limits (CURLMOPT_MAX_HOST_CONNECTIONS) leave requests
// waiting for ever beside idle connections in the version that Debian 12 has (7.88.1).
class HttpTurns {
public:
    using Clock = std::chrono::steady_clock;

    struct Turn {
        environment::OperationId operation;
        environment::HttpRequest request;  // its timeout is what is left of it
        std::string origin;
    };

    HttpTurns(std::uint32_t most_per_origin, std::uint32_t most) : most_per_origin_(most_per_origin), most_(most) {}

    void add(environment::OperationId operation, environment::HttpRequest request, Clock::time_point now);
    // The next that may run; it counts as running until finish().
    std::optional<Turn> next(Clock::time_point now);
    void finish(const std::string& origin);
    void drop(environment::OperationId operation);
    // Takes out those whose time ran out while they waited.
    std::vector<environment::OperationId> take_overdue(Clock::time_point now);
    // When there may be an overdue one; none waits: time_point::max().
    Clock::time_point earliest_deadline() const { return earliest_deadline_; }

private:
    struct Waiting {
        environment::OperationId operation;
        environment::HttpRequest request;
        Clock::time_point deadline;
    };
    struct Origin {
        std::uint32_t running = 0;
        std::deque<Waiting> waiting;
    };

    const std::uint32_t most_per_origin_;
    const std::uint32_t most_;
    std::uint32_t running_ = 0;
    std::map<std::string, Origin> origins_;  // those that have anything
    Clock::time_point earliest_deadline_ = Clock::time_point::max();
};

}  // namespace shoal::net
