#pragma once

#include "control/value.hpp"

#include <shoal/abi/extension.h>
#include <shoal/abi/services.h>
#include <shoal/abi/tracker.h>
#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>
#include <shoal/unique_function.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
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

// Who speaks: the texts are valid during the call.
struct Speaker {
    std::string_view plugin;    // the id
    std::string_view instance;  // the label
    std::string_view name{};    // what people call the plug-in
    std::string_view cause{};   // for whom it speaks: "script:NAME", "rule:NAME"; empty: for itself
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
    std::optional<Address> external;
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

// What a discovery plug-in tells. The first two on the loop, never from inside a call into the instance.
class DiscoverySink {
public:
    virtual void on_found(std::uint64_t operation, const std::vector<Endpoint>& peers) = 0;
    // Once for each operation made by Instance::open_search. `why` is what the plug-in said, and may be empty.
    virtual void on_ended(std::uint64_t operation, shoal_status status, const std::string& why) = 0;
    // From inside a call into the instance. False: no torrent of ours, or one that may not be found so.
    virtual bool on_spotted(const Hash20& info_hash, const Endpoint& peer) = 0;

protected:
    ~DiscoverySink() = default;
};

// How an operation of a source plug-in ended.
struct SourceAnswer {
    enum class Kind { torrent_file, magnet, elsewhere, failed };
    Kind kind = Kind::failed;
    Bytes torrent{};     // not checked
    std::string text{};  // the link, the other identifier, or what went wrong: UTF-8, may be empty
    shoal_status status = SHOAL_E_CANCELLED;  // of a failure
};

class SourceSink {
public:
    // Once for each operation made by Instance::open_resolving, never from inside a call into the instance. [loop]
    virtual void on_answer(std::uint64_t operation, SourceAnswer answer) = 0;

protected:
    ~SourceSink() = default;
};

struct FoundCandidate {
    Endpoint endpoint;
    bool is_urgent = false;
};

// The connections of a torrent, for one extension plug-in. All from inside a call into the instance: take note, and call into it
// later. What spans and views point to is valid until that call returns.
class ExtensionSink {
public:
    virtual shoal_status send(PeerHandle peer, ByteView payload) = 0;
    virtual std::span<const shoal_peer_view> peers() = 0;
    virtual void on_candidates(std::span<const FoundCandidate> candidates) = 0;
    virtual std::optional<ByteView> metadata() = 0;
    virtual shoal_status on_metadata(ByteView info) = 0;
    virtual shoal_status on_piece_lost(PeerHandle peer, std::uint32_t piece) = 0;
    virtual shoal_status on_disconnect(PeerHandle peer, std::string why) = 0;
    // Where others reach us, as far as is known.
    virtual std::span<const shoal_endpoint> own_endpoints() = 0;
    // SHOAL_MARK_…, in place of those before.
    virtual shoal_status on_marks(PeerHandle peer, std::uint32_t marks) = 0;

protected:
    ~ExtensionSink() = default;
};

// What plug-ins keep between runs, by plug-in id and key. [loop]
class KeptValues {
public:
    // Valid until the next write. Null: nothing.
    virtual const Bytes* find(const std::string& plugin, std::string_view key) = 0;
    // Errors: limit_exceeded.
    virtual Result<void> write(const std::string& plugin, std::string_view key, ByteView value) = 0;
    virtual void erase(const std::string& plugin, std::string_view key) = 0;
    // The first `most` keys that begin with `prefix` and come after `after`, in the order of their octets. Valid until the next write or erase.
    virtual std::vector<std::string_view> keys(const std::string& plugin, std::string_view prefix, std::string_view after,
                                               std::size_t most) const = 0;
    // What was written goes to the disk now, before whatever is written elsewhere from now on.
    virtual void hand_on() = 0;

protected:
    ~KeptValues() = default;
};

// Every method and event there is, for plug-ins that act for people. [loop]
class ControlPlane {
public:
    using Answered = UniqueFunction<void(Result<control::Value>)>;
    using Heard = std::function<void(std::string_view event, const control::Value::Map& payload)>;

    // What is to be different, or why it must not happen; destroyed undecided: no objection.
    using Decide = UniqueFunction<void(Result<control::Value::Map>)>;
    using Asked = std::function<void(const control::Value::Map& question, Decide decide)>;

    // Hears, or attends, until it is destroyed.
    class Ear {
    public:
        virtual ~Ear() = default;
    };

    // Never from inside a call into the instance. `done` comes once, perhaps inline.
    virtual void call(const Speaker& speaker, std::string_view method, control::Value::Map arguments, Answered done) = 0;
    // Events may come from inside a call into the instance: take note, and call into it later.
    virtual std::unique_ptr<Ear> listen(Heard heard) = 0;
    // Questions may come from inside a call into the instance, too.
    virtual std::unique_ptr<Ear> attend(std::string hook, std::int32_t priority, Asked asked) = 0;

protected:
    ~ControlPlane() = default;
};

}  // namespace shoal::host
