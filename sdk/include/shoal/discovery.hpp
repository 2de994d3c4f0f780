// A discovery plug-in finds peers of a torrent without a tracker. Derive from shoal::Discovery, keep a DiscoveryReports, and offer
// the class with shoal::discovery<T>("name") in SHOAL_PLUGIN. For which torrents it is asked, and when, is the host's business; it
// is never asked for a private one. Each accepted search ends exactly once through DiscoveryReports, never from inside search().
// All calls are on the strand.
#pragma once

#include <shoal/abi/discovery.h>
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
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace shoal {

struct Search {
    Hash20 info_hash;
    bool announces = false;              // tell the others that we are there, too
    bool is_seed = false;                // we have everything (BEP 33)
    bool may_be_private = false;         // its metadata is not known: ask, and say nothing of us beyond the local network (BEP 27)
    std::uint16_t port = 0;              // where we listen; 0: nowhere
    std::chrono::nanoseconds deadline{}; // the host's time after which nobody listens any more
};

/// What a plug-in found. [strand]
class DiscoveryReports : public detail::Lent<DiscoveryReports, shoal_host_discovery_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_DISCOVERY;
    using Lent::Lent;
    /// In the constructor, like every service.
    explicit DiscoveryReports(const Host& host) : Lent(host.raw()) {}

    /// Any number of times before the end.
    void found(std::uint64_t operation, std::span<const Endpoint> peers) const
    {
        std::vector<shoal_endpoint> raw;
        raw.reserve(peers.size());
        for (const auto& peer : peers) raw.push_back(to_abi(peer));
        table().found(host(), operation, raw.data(), static_cast<std::uint32_t>(raw.size()));
    }

    /// Looked everywhere, whether anything was found or not.
    void ended(std::uint64_t operation) const { table().ended(host(), operation, SHOAL_OK); }

    /// Could not look; the error's text is for a person.
    void failed(std::uint64_t operation, const Error& error) const
    {
        host()->set_error(host(), to_status(error.code), to_abi(error.text));
        table().ended(host(), operation, to_status(error.code));
    }

    /// Somebody has that torrent though nobody asked just now. Whether it is one of ours.
    bool spotted(const Hash20& info_hash, const Endpoint& peer) const
    {
        const auto raw = to_abi(peer);
        return table().spotted(host(), reinterpret_cast<const std::uint8_t*>(info_hash.bytes.data()), &raw) >= 0;
    }
};

class Discovery {
public:
    Discovery() = default;
    Discovery(const Discovery&) = delete;
    Discovery& operator=(const Discovery&) = delete;
    virtual ~Discovery() = default;

    /// An error means: not accepted, no end will come.
    virtual Result<void> search(std::uint64_t operation, const Search& search) = 0;

    /// Advisory; the operation still ends, with `cancelled`.
    virtual void cancel(std::uint64_t operation) = 0;

    /// A node that may know more: named by a torrent, a peer's port message or the user. A stranger's word.
    virtual void introduce(std::string_view, std::uint16_t) {}

    /// Our own address as others see it.
    virtual void on_external_address(const Address&) {}

    /// What peers are told in a port message (BEP 5); 0: nothing.
    [[nodiscard]] virtual std::uint16_t port() { return 0; }

    /// The instance is about to go: start nothing new.
    virtual void on_stop() {}
};

namespace detail {

template <std::derived_from<Discovery> T>
struct DiscoveryTable {
    static Search view(const shoal_search& raw)
    {
        Search search{.info_hash = {},
                      .announces = (raw.flags & SHOAL_SEARCH_ANNOUNCE) != 0,
                      .is_seed = (raw.flags & SHOAL_SEARCH_SEED) != 0,
                      .may_be_private = (raw.flags & SHOAL_SEARCH_MAY_BE_PRIVATE) != 0,
                      .port = static_cast<std::uint16_t>(raw.port),
                      .deadline = std::chrono::nanoseconds(static_cast<std::int64_t>(raw.deadline_ns))};
        std::memcpy(search.info_hash.bytes.data(), raw.info_hash, Hash20::size);
        return search;
    }

    static shoal_status search(void* self, std::uint64_t operation, const shoal_search* raw) noexcept
    {
        auto& instance = Instance<T>::from(self);
        const auto* host = instance.host.raw();
        return fence(host, "search", [&] { return explained(host, instance.object.search(operation, view(*raw))); });
    }

    static void cancel(void* self, std::uint64_t operation) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "cancel", [&] { instance.object.cancel(operation); });
    }

    static void introduce(void* self, shoal_text host, std::uint32_t port) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "introduce",
                   [&] { instance.object.introduce(from_abi(host), static_cast<std::uint16_t>(port)); });
    }

    static void external_address(void* self, const shoal_endpoint* address) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "external_address",
                   [&] { instance.object.on_external_address(from_abi(*address).address); });
    }

    static std::uint32_t port(void* self) noexcept
    {
        auto& instance = Instance<T>::from(self);
        std::uint32_t number = 0;
        fence_void(instance.host.raw(), "port", [&] { number = instance.object.port(); });
        return number;
    }

    static constexpr shoal_discovery_v1 table{sizeof(shoal_discovery_v1), 0,     &search, &cancel, &introduce,
                                              &external_address,          &port};
};

} // namespace detail

/// The factory of discovery `T` for SHOAL_PLUGIN.
template <std::derived_from<Discovery> T>
[[nodiscard]] constexpr shoal_factory discovery(std::string_view name)
{
    return detail::make_factory<T>(SHOAL_KIND_DISCOVERY, name, &detail::DiscoveryTable<T>::table);
}

} // namespace shoal
