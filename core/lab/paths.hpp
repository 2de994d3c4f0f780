#pragma once

#include "lab/settings.hpp"

#include <map>
#include <utility>

namespace shoal::lab {

// One direction between two hosts.
struct Path {
    Duration latency{0};
    std::uint32_t lost_in_a_million = 0;  // datagrams
    bool vanishes = false;                // nothing arrives
};

// A world's paths: a default, and what differs from it.
class Paths {
public:
    explicit Paths(Duration latency) : default_{.latency = latency} {}

    // A host reaches itself in no time.
    Path path(NodeIndex from, NodeIndex to) const;
    void set(NodeIndex from, NodeIndex to, const Path& path);

    // Grows with every change: a connection keeps its path until then.
    std::uint64_t epoch() const { return epoch_; }

private:
    Path default_;
    std::map<std::pair<NodeIndex, NodeIndex>, Path> special_;
    std::uint64_t epoch_ = 1;
};

}  // namespace shoal::lab
