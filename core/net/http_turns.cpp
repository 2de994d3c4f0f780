#include "net/http_turns.hpp"

#include <shoal/assert.hpp>

#include <algorithm>

namespace shoal::net {

using environment::HttpRequest;
using environment::OperationId;

namespace {

// Scheme, host and port as they are written: two spellings of one origin only have a limit each.
std::string origin_of(const std::string& url)
{
    const auto authority = url.find("//");
    const auto end = authority == url.npos ? url.npos : url.find_first_of("/?#", authority + 2);
    std::string origin = url.substr(0, end);
    std::ranges::transform(origin, origin.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return origin;
}

}  // namespace

void HttpTurns::add(OperationId operation, HttpRequest request, Clock::time_point now)
{
    const auto deadline = now + request.timeout;
    earliest_deadline_ = std::min(earliest_deadline_, deadline);
    auto& waiting = origins_[origin_of(request.url)].waiting;
    waiting.push_back({operation, std::move(request), deadline});
}

std::optional<HttpTurns::Turn> HttpTurns::next(Clock::time_point now)
{
    if (running_ >= most_) return std::nullopt;
    for (auto& [name, origin] : origins_) {
        if (origin.waiting.empty() || origin.running >= most_per_origin_) continue;
        auto first = std::move(origin.waiting.front());
        origin.waiting.pop_front();
        ++origin.running;
        ++running_;
        const auto left = std::max<Clock::duration>(first.deadline - now, std::chrono::milliseconds{1});
        first.request.timeout = std::chrono::duration_cast<environment::Duration>(left);
        return Turn{first.operation, std::move(first.request), name};
    }
    return std::nullopt;
}

void HttpTurns::finish(const std::string& origin)
{
    const auto found = origins_.find(origin);
    SHOAL_ASSERT(found != origins_.end() && found->second.running > 0);
    --running_;
    if (--found->second.running == 0 && found->second.waiting.empty()) origins_.erase(found);
}

void HttpTurns::drop(OperationId operation)
{
    for (auto& [name, origin] : origins_) {
        std::erase_if(origin.waiting, [&](const Waiting& one) { return one.operation == operation; });
    }
    std::erase_if(origins_, [](const auto& entry) {
        return entry.second.running == 0 && entry.second.waiting.empty();
    });
}

std::vector<OperationId> HttpTurns::take_overdue(Clock::time_point now)
{
    std::vector<OperationId> overdue;
    if (now < earliest_deadline_) return overdue;
    earliest_deadline_ = Clock::time_point::max();
    for (auto& [name, origin] : origins_) {
        std::erase_if(origin.waiting, [&](const Waiting& one) {
            if (one.deadline <= now) overdue.push_back(one.operation);
            else earliest_deadline_ = std::min(earliest_deadline_, one.deadline);
            return one.deadline <= now;
        });
    }
    std::erase_if(origins_, [](const auto& entry) {
        return entry.second.running == 0 && entry.second.waiting.empty();
    });
    return overdue;
}

}  // namespace shoal::net
