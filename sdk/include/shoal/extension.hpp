// An extension plug-in speaks one message of BEP 10 for one torrent. Derive from shoal::Extension, keep an ExtensionPeers, and offer
// the class with shoal::extension<T>("name") in SHOAL_PLUGIN. The host owns connections, handshakes and message
// ids. What arrives is a stranger's word: disconnect() who breaks the rules. All calls are on the strand.
#pragma once

#include <shoal/abi/extension.h>
#include <shoal/bytes.hpp>
#include <shoal/detail/lent.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/plugin.hpp>
#include <shoal/result.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace shoal {

/// A connected peer, as it was when the host was asked.
struct PeerView {
    PeerHandle peer;
    Endpoint remote;
    std::optional<Endpoint> listening; // where others may call it, if known
    std::uint32_t metadata_size = 0;   // as it says (BEP 9); 0: it does not
    bool is_outgoing = false;          // we called it
    bool is_seed = false;
    bool is_upload_only = false;
    bool speaks = false;               // it takes this instance's message
    bool takes_holepunch = false;      // BEP 55
};

/// An address that may lead to a peer.
struct Candidate {
    Endpoint endpoint;
    bool is_seed = false;
    bool is_urgent = false; // call it at once: somebody expects us (BEP 55)
};

[[nodiscard]] inline PeerView from_abi(const shoal_peer_view& raw)
{
    PeerView view{.peer = PeerHandle{raw.peer},
                  .remote = from_abi(raw.remote),
                  .listening = std::nullopt,
                  .metadata_size = raw.metadata_size,
                  .is_outgoing = (raw.flags & SHOAL_EXTENSION_PEER_OUTGOING) != 0,
                  .is_seed = (raw.flags & SHOAL_EXTENSION_PEER_SEED) != 0,
                  .is_upload_only = (raw.flags & SHOAL_EXTENSION_PEER_UPLOAD_ONLY) != 0,
                  .speaks = (raw.flags & SHOAL_EXTENSION_PEER_SPEAKS) != 0,
                  .takes_holepunch = (raw.flags & SHOAL_EXTENSION_PEER_HOLEPUNCH) != 0};
    if (raw.listening.port != 0) view.listening = from_abi(raw.listening);
    return view;
}

/// What one peer moved since it was last told: octets of payload, verified or not.
struct PeerTraffic {
    PeerHandle peer; // stale in the last
    Endpoint remote;
    std::uint64_t down = 0; // it to us
    std::uint64_t up = 0;   // us to it, as handed to the connection
    std::uint64_t total_down = 0;
    std::uint64_t total_up = 0;
    std::chrono::nanoseconds connected{};
    bool is_last = false; // the peer is gone: its account is closed
};

[[nodiscard]] inline PeerTraffic from_abi(const shoal_peer_traffic& raw)
{
    return {.peer = PeerHandle{raw.peer},
            .remote = from_abi(raw.remote),
            .down = raw.down,
            .up = raw.up,
            .total_down = raw.total_down,
            .total_up = raw.total_up,
            .connected = std::chrono::nanoseconds(static_cast<std::int64_t>(raw.connected_ns)),
            .is_last = (raw.flags & SHOAL_TRAFFIC_LAST) != 0};
}

/// The torrent's connections, as far as an extension may touch them. [strand]
class ExtensionPeers : public detail::Lent<ExtensionPeers, shoal_host_extension_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_EXTENSION;
    using Lent::Lent;
    /// In the constructor, like every service.
    explicit ExtensionPeers(const Host& host) : Lent(host.raw()) {}

    /// At most 64 KiB. Errors: invalid_argument (the peer is gone), unsupported (it does not take the message), limit_exceeded (it
    /// does not read what was sent before).
    Result<void> send(PeerHandle peer, ByteView payload) const
    {
        return to_result(table().send(host(), peer.value(), to_abi(payload)), "sending an extension message");
    }

    /// All connected peers of the torrent that have made their extended handshake.
    [[nodiscard]] std::vector<PeerView> all() const
    {
        const shoal_peer_view* first = nullptr;
        std::uint32_t count = 0;
        std::uint32_t stride = 0;
        std::vector<PeerView> peers;
        if (table().peers(host(), &first, &count, &stride) < 0) return peers;
        for (const auto& raw : Strided<shoal_peer_view>(first, count, stride)) peers.push_back(from_abi(raw));
        return peers;
    }

    /// Addresses to call. The host leaves out what it knows, bans or cannot reach.
    void found(std::span<const Candidate> candidates) const
    {
        std::vector<shoal_candidate> raw;
        raw.reserve(candidates.size());
        for (const auto& candidate : candidates) {
            raw.push_back({.endpoint = to_abi(candidate.endpoint),
                           .flags = (candidate.is_seed ? SHOAL_CANDIDATE_SEED : 0u)
                                    | (candidate.is_urgent ? SHOAL_CANDIDATE_NOW : 0u),
                           .reserved = 0});
        }
        table().found(host(), raw.data(), static_cast<std::uint32_t>(raw.size()));
    }

    /// The info dictionary, valid until the end of the current call; nothing before it is known.
    [[nodiscard]] std::optional<ByteView> metadata() const
    {
        shoal_bytes info{};
        if (table().metadata(host(), &info) < 0) return std::nullopt;
        return from_abi(info);
    }

    /// The whole of it. Errors: bad_input (it is not this torrent's), invalid_argument (it is known already).
    Result<void> set_metadata(ByteView info) const
    {
        return to_result(table().set_metadata(host(), to_abi(info)), "taking the metadata");
    }

    /// The peer has lost a piece (BEP 54). Errors: invalid_argument when there is no such piece or peer.
    Result<void> piece_lost(PeerHandle peer, std::uint32_t piece) const
    {
        return to_result(table().piece_lost(host(), peer.value(), piece), "a lost piece");
    }

    /// The peer broke the extension's rules; its connection is closed after this call.
    void disconnect(PeerHandle peer, std::string_view why) const
    {
        table().disconnect(host(), peer.value(), to_abi(why));
    }

    /// SHOAL_MARK_…: this instance's marks of the peer, in place of those before. Pickers and chokers of the torrent see them as long
    /// as it is connected. Errors: invalid_argument (the peer is gone, or a reserved bit).
    Result<void> set_marks(PeerHandle peer, std::uint32_t marks) const
    {
        return to_result(table().set_marks(host(), peer.value(), marks), "marking a peer");
    }

    /// Where others reach us, as far as the host knows.
    [[nodiscard]] std::vector<Endpoint> own_endpoints() const
    {
        const shoal_endpoint* first = nullptr;
        std::uint32_t count = 0;
        std::vector<Endpoint> endpoints;
        if (table().own_endpoints == nullptr || table().own_endpoints(host(), &first, &count) < 0) return endpoints;
        for (std::uint32_t i = 0; i < count; ++i) endpoints.push_back(from_abi(first[i]));
        return endpoints;
    }
};

class Extension {
public:
    Extension() = default;
    Extension(const Extension&) = delete;
    Extension& operator=(const Extension&) = delete;
    virtual ~Extension() = default;

    /// A peer has made its extended handshake, or said later that something changed.
    virtual void on_peer(const PeerView& peer) = 0;

    /// At most 64 KiB, borrowed for the call.
    virtual void on_message(PeerHandle peer, ByteView payload) = 0;

    /// Only for peers that on_peer() told of; the handle is stale.
    virtual void on_peer_gone(PeerHandle) {}

    /// At most every 10 s for each peer that moved something, and a last time when such a peer goes: the sum of all is what was
    /// moved. Also for peers that on_peer() did not tell of.
    virtual void on_traffic(const PeerTraffic&) {}

    /// The instance is about to go: start nothing new.
    virtual void on_stop() {}
};

namespace detail {

template <std::derived_from<Extension> T>
struct ExtensionCalls {
    static_assert(requires { &T::on_traffic; }, "on_traffic must be public");
    static constexpr bool meters = !std::is_same_v<decltype(&T::on_traffic), decltype(&Extension::on_traffic)>;

    static void on_peer(void* self, const shoal_peer_view* raw) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "on_peer", [&] { instance.object.on_peer(from_abi(*raw)); });
    }

    static void on_message(void* self, std::uint64_t peer, shoal_bytes payload) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "on_message",
                   [&] { instance.object.on_message(PeerHandle{peer}, from_abi(payload)); });
    }

    static void on_peer_gone(void* self, std::uint64_t peer) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "on_peer_gone", [&] { instance.object.on_peer_gone(PeerHandle{peer}); });
    }

    static void on_traffic(void* self, const shoal_peer_traffic* raw) noexcept
    {
        auto& instance = Instance<T>::from(self);
        fence_void(instance.host.raw(), "on_traffic", [&] { instance.object.on_traffic(from_abi(*raw)); });
    }
};

// A message's name is part of the table, so each has a table of its own; a string literal cannot be a template argument.
template <class T>
struct ExtensionTable {
    using Calls = ExtensionCalls<T>;
    static constexpr shoal_extension_v1 table{sizeof(shoal_extension_v1),
                                              T::flags,
                                              to_abi(T::message),
                                              &Calls::on_peer,
                                              &Calls::on_message,
                                              &Calls::on_peer_gone,
                                              Calls::meters ? &Calls::on_traffic : nullptr};
};

} // namespace detail

/// The factory of extension `T` for SHOAL_PLUGIN. T has two static constants: `std::string_view message` ("ut_metadata", its name in
/// the handshake) and `std::uint32_t flags` (SHOAL_EXTENSION_… or 0).
template <std::derived_from<Extension> T>
[[nodiscard]] constexpr shoal_factory extension(std::string_view name)
{
    return detail::make_factory<T>(SHOAL_KIND_EXTENSION, name, &detail::ExtensionTable<T>::table);
}

} // namespace shoal
