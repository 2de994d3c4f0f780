#pragma once

#include "control/value.hpp"

#include <shoal/abi/services.h>
#include <shoal/abi/tracker.h>
#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the core offers to, and takes from, the plug-ins of one instance. The core implements these; host/
// owns none of them.
namespace shoal::host {

// The torrent an instance belongs to.
class TorrentSource {
public:
    // Valid until the call into the instance that asked for it returns. Asked from inside a call into the
    // instance.
    virtual const shoal_torrent_view* view() = 0;

protected:
    ~TorrentSource() = default;
};

// Who speaks: both texts are valid during the call.
struct Speaker {
    std::string_view plugin;    // the id
    std::string_view instance;  // the label
};

class EventSink {
public:
    // From inside a call into the instance: take note, and call into it later. [loop]
    virtual void publish(const Speaker& speaker, std::string_view name, const control::Value& payload) = 0;

protected:
    ~EventSink() = default;
};

class MetricSink {
public:
    virtual void add(const Speaker& speaker, std::string_view counter, std::int64_t amount) = 0;  // [any]
    virtual void set(const Speaker& speaker, std::string_view gauge, std::int64_t value) = 0;     // [any]

protected:
    ~MetricSink() = default;
};

// A checked copy of shoal_announce_reply. Peers without an address or port are left out already; intervals
// are as the tracker said, clamping them is the announcer's business.
struct AnnounceReply {
    std::optional<std::uint32_t> interval_s;
    std::optional<std::uint32_t> min_interval_s;
    std::optional<std::uint32_t> complete;
    std::optional<std::uint32_t> incomplete;
    std::vector<Endpoint> peers;
    Bytes tracker_id;
    std::string failure;  // UTF-8
    std::string warning;
};

struct ScrapeEntry {
    Hash20 info_hash;
    std::uint32_t complete = 0;
    std::uint32_t downloaded = 0;
    std::uint32_t incomplete = 0;
};

// Completions of operations made by Instance::open_operation: one each, on the loop, never from inside a call
// into the instance. `status` is SHOAL_OK or an error; SHOAL_E_REMOTE comes with `failure`.
class TrackerSink {
public:
    virtual void on_announced(std::uint64_t operation, shoal_status status, const AnnounceReply& reply) = 0;
    virtual void on_scraped(std::uint64_t operation, shoal_status status,
                            const std::vector<ScrapeEntry>& entries) = 0;

protected:
    ~TrackerSink() = default;
};

}  // namespace shoal::host
