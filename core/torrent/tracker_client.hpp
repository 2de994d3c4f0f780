#pragma once

#include "environment/network.hpp"
#include "host/sinks.hpp"

#include <shoal/bytes.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>

#include <string>

namespace shoal::torrent {

enum class AnnounceEvent : std::uint32_t { none = 0, completed = 1, started = 2, stopped = 3 };  // BEP 15's numbers

struct AnnounceQuery {
    std::string url;
    AnnounceEvent event = AnnounceEvent::none;
    Hash20 info_hash;
    std::uint64_t uploaded = 0;
    std::uint64_t downloaded = 0;
    std::uint64_t left = 0;
    std::uint32_t num_want = 0;
    Bytes tracker_id;
    environment::Duration timeout = std::chrono::seconds{30};
};

// One announce to one tracker. Implemented by the session over the tracker plug-ins; one completion, never inline. [loop]
class TrackerClient {
public:
    // A failure that the tracker itself gave has Errc::refused and the tracker's words.
    using Announced = UniqueFunction<void(Result<host::AnnounceReply>)>;
    virtual environment::OperationId announce(AnnounceQuery query, Announced done) = 0;
    // Destroys `done` without calling it. The tracker may or may not have heard.
    virtual void cancel(environment::OperationId operation) = 0;

protected:
    ~TrackerClient() = default;
};

}  // namespace shoal::torrent
