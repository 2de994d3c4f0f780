// A tracker plug-in makes one announce or scrape when the host asks. Derive from shoal::Tracker, keep a
// TrackerReplies, and offer the class with shoal::tracker<T>("name") in SHOAL_PLUGIN; the manifest's
// "schemes" say which URLs it serves. When, which tier and what next is the host's business. Each accepted
// operation is completed exactly once through TrackerReplies, never from inside announce() or scrape(). All
// calls are on the strand.
#pragma once

#include <shoal/abi/tracker.h>
#include <shoal/bytes.hpp>
#include <shoal/detail/lent.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/plugin.hpp>
#include <shoal/result.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace shoal {

/// BEP 3 and BEP 15.
enum class AnnounceEvent : std::uint32_t {
    none = SHOAL_ANNOUNCE_NONE,
    completed = SHOAL_ANNOUNCE_COMPLETED,
    started = SHOAL_ANNOUNCE_STARTED,
    stopped = SHOAL_ANNOUNCE_STOPPED,
};

/// The views are borrowed for the call.
struct Announce {
    std::string_view url;
    AnnounceEvent event = AnnounceEvent::none;
    Hash20 info_hash;
    WirePeerId peer_id;
    std::uint64_t uploaded = 0;
    std::uint64_t downloaded = 0;
    std::uint64_t left = 0;
    std::chrono::nanoseconds deadline{}; // the host's time after which nobody listens any more
    std::uint32_t key = 0;               // the same for all announces of a session
    std::uint32_t num_want = 0;          // 0 when stopping
    std::uint16_t port = 0;              // where we listen; 0: nowhere
    ByteView tracker_id;                 // as the tracker last gave it
    std::optional<Address> ipv4{};       // our address as others see it (BEP 7)
    std::optional<Address> ipv6{};
};

/// What is absent the tracker did not say.
struct AnnounceReply {
    std::optional<std::uint32_t> interval_s{};
    std::optional<std::uint32_t> min_interval_s{};
    std::optional<std::uint32_t> complete{}; // seeds
    std::optional<std::uint32_t> incomplete{};
    std::vector<Endpoint> peers{};
    ByteView tracker_id{};
    std::string_view warning{};
    std::optional<Address> external{}; // our own address as the tracker sees it (BEP 24)
};

struct ScrapeEntry {
    Hash20 info_hash;
    std::uint32_t complete = 0;
    std::uint32_t downloaded = 0;
    std::uint32_t incomplete = 0;
};

/// How operations are completed. [any]
class TrackerReplies : public detail::Lent<TrackerReplies, shoal_host_tracker_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_TRACKER;
    using Lent::Lent;
    /// In the constructor, like every service.
    explicit TrackerReplies(const Host& host) : Lent(host.raw()) {}

    void announced(std::uint64_t operation, const AnnounceReply& reply) const
    {
        std::vector<shoal_endpoint> peers;
        peers.reserve(reply.peers.size());
        for (const auto& peer : reply.peers) peers.push_back(to_abi(peer));
        auto raw = empty_reply();
        raw.interval_s = reply.interval_s.value_or(SHOAL_UNKNOWN);
        raw.min_interval_s = reply.min_interval_s.value_or(SHOAL_UNKNOWN);
        raw.complete = reply.complete.value_or(SHOAL_UNKNOWN);
        raw.incomplete = reply.incomplete.value_or(SHOAL_UNKNOWN);
        raw.peer_count = static_cast<std::uint32_t>(peers.size());
        raw.peers = peers.data();
        raw.tracker_id = to_abi(reply.tracker_id);
        raw.warning = to_abi(reply.warning);
        if (reply.external) raw.external = to_abi(Endpoint{*reply.external, 0});
        table().announced(host(), operation, SHOAL_OK, &raw);
    }

    /// The tracker answered, and the answer is a "failure reason".
    void announce_refused(std::uint64_t operation, std::string_view failure) const
    {
        auto raw = empty_reply();
        raw.failure = to_abi(failure);
        table().announced(host(), operation, SHOAL_E_REMOTE, &raw);
    }

    /// No answer, or one that cannot be read; the error's text is for a person.
    void announce_failed(std::uint64_t operation, const Error& error) const
    {
        auto raw = empty_reply();
        raw.failure = to_abi(error.text);
        table().announced(host(), operation, to_status(error.code), &raw);
    }

    void scraped(std::uint64_t operation, std::span<const ScrapeEntry> entries) const
    {
        std::vector<shoal_scrape_entry> raw(entries.size());
        for (std::size_t i = 0; i < entries.size(); ++i) {
            std::memcpy(raw[i].info_hash, entries[i].info_hash.bytes.data(), Hash20::size);
            raw[i].complete = entries[i].complete;
            raw[i].downloaded = entries[i].downloaded;
            raw[i].incomplete = entries[i].incomplete;
        }
        table().scraped(host(), operation, SHOAL_OK, raw.data(), static_cast<std::uint32_t>(raw.size()));
    }

    void scrape_failed(std::uint64_t operation, const Error& error) const
    {
        table().scraped(host(), operation, to_status(error.code), nullptr, 0);
    }

private:
    static shoal_announce_reply empty_reply() noexcept
    {
        shoal_announce_reply raw{};
        raw.struct_size = sizeof raw;
        raw.interval_s = raw.min_interval_s = raw.complete = raw.incomplete = SHOAL_UNKNOWN;
        return raw;
    }
};

class Tracker {
public:
    Tracker() = default;
    Tracker(const Tracker&) = delete;
    Tracker& operator=(const Tracker&) = delete;
    virtual ~Tracker() = default;

    /// An error means: not accepted, no completion will come.
    virtual Result<void> announce(std::uint64_t operation, const Announce& announce) = 0;

    /// Override only when the protocol has it.
    virtual Result<void> scrape(std::uint64_t, std::string_view, std::span<const Hash20>)
    {
        return make_error(Errc::unsupported, "this tracker protocol has no scrape");
    }

    /// Advisory; the operation still completes, with `cancelled`.
    virtual void cancel(std::uint64_t operation) = 0;

    /// The instance is about to go: start nothing new.
    virtual void on_stop() {}
};

namespace detail {

template <std::size_t Size>
[[nodiscard]] inline auto array_of(const std::uint8_t (&octets)[Size])
{
    std::array<std::byte, Size> bytes;
    std::memcpy(bytes.data(), octets, Size);
    return bytes;
}

template <std::derived_from<Tracker> T>
struct TrackerTable {
    static constexpr bool scrapes = !std::is_same_v<decltype(&T::scrape), decltype(&Tracker::scrape)>;

    static std::optional<Address> known(const shoal_endpoint& raw)
    {
        return raw.family == 0 ? std::nullopt : std::optional(from_abi(raw).address);
    }

    static Announce view(const shoal_announce& raw)
    {
        return {.url = from_abi(raw.url),
                .event = static_cast<AnnounceEvent>(raw.event),
                .info_hash = {array_of(raw.info_hash)},
                .peer_id = {array_of(raw.peer_id)},
                .uploaded = raw.uploaded,
                .downloaded = raw.downloaded,
                .left = raw.left,
                .deadline = std::chrono::nanoseconds(static_cast<std::int64_t>(raw.deadline_ns)),
                .key = raw.key,
                .num_want = raw.num_want,
                .port = static_cast<std::uint16_t>(raw.port),
                .tracker_id = from_abi(raw.tracker_id),
                .ipv4 = known(raw.ipv4),
                .ipv6 = known(raw.ipv6)};
    }

    static shoal_status announce(void* self, std::uint64_t operation, const shoal_announce* raw) noexcept
    {
        auto& instance = Instance<T>::from(self);
        const auto* host = instance.host.raw();
        return fence(host, "announce",
                     [&] { return explained(host, instance.object.announce(operation, view(*raw))); });
    }

    static shoal_status scrape(void* self, std::uint64_t operation, shoal_text url,
                               const std::uint8_t* info_hashes, std::uint32_t count) noexcept
    {
        auto& instance = Instance<T>::from(self);
        const auto* host = instance.host.raw();
        return fence(host, "scrape", [&] {
            std::vector<Hash20> hashes(count);
            for (std::size_t i = 0; i < count; ++i) {
                std::memcpy(hashes[i].bytes.data(), info_hashes + i * Hash20::size, Hash20::size);
            }
            return explained(host, instance.object.scrape(operation, from_abi(url), hashes));
        });
    }

    static void cancel(void* self, std::uint64_t operation) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "cancel", [&] { instance.object.cancel(operation); });
    }

    static constexpr shoal_tracker_v1 table{sizeof(shoal_tracker_v1), 0, &announce,
                                            scrapes ? &scrape : nullptr, &cancel};
};

} // namespace detail

/// The factory of tracker `T` for SHOAL_PLUGIN.
template <std::derived_from<Tracker> T>
[[nodiscard]] constexpr shoal_factory tracker(std::string_view name)
{
    return detail::make_factory<T>(SHOAL_KIND_TRACKER, name, &detail::TrackerTable<T>::table);
}

} // namespace shoal
