#include "peer_host.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

namespace shoal::test {

PeerHost::PeerHost()
{
    services_ = {{SHOAL_SERVICE_TIMER, services_.at(SHOAL_SERVICE_TIMER)},
                 {SHOAL_SERVICE_RANDOM, &random_table},
                 {SHOAL_SERVICE_SETTINGS, &settings_table},
                 {SHOAL_SERVICE_TORRENT, &torrent_table},
                 {SHOAL_SERVICE_EXTENSION, &extension_table}};
    torrent_.struct_size = sizeof torrent_;
}

PeerHandle PeerHost::connect(const PeerSpec& spec)
{
    const PeerHandle peer{next_handle()};
    shoal_peer_view raw{};
    raw.struct_size = sizeof raw;
    raw.flags = spec.flags;
    raw.peer = peer.value();
    raw.remote = to_abi(Endpoint::parse(spec.remote).value());
    if (!spec.listening.empty()) raw.listening = to_abi(Endpoint::parse(spec.listening).value());
    raw.metadata_size = spec.metadata_size;
    connected[peer] = raw;
    return peer;
}

std::vector<Bytes> PeerHost::sent_to(PeerHandle peer) const
{
    std::vector<Bytes> payloads;
    for (const auto& message : sent) {
        if (message.peer == peer) payloads.push_back(message.payload);
    }
    return payloads;
}

const shoal_host_extension_v1 PeerHost::extension_table{
    sizeof(shoal_host_extension_v1), 0,
    [](const shoal_host* host, std::uint64_t handle, shoal_bytes payload) -> shoal_status {
        auto& self = of<PeerHost>(host);
        const PeerHandle peer{handle};
        CHECK(payload.size <= 64 << 10);
        if (!self.connected.contains(peer)) return SHOAL_E_STALE;
        if ((self.connected.at(peer).flags & SHOAL_EXTENSION_PEER_SPEAKS) == 0) return SHOAL_E_UNSUPPORTED;
        if (const auto status = self.send_status.find(peer); status != self.send_status.end()) return status->second;
        const auto octets = from_abi(payload);
        self.sent.push_back({peer, {octets.begin(), octets.end()}, self.now()});
        return SHOAL_OK;
    },
    [](const shoal_host* host, const shoal_peer_view** peers, std::uint32_t* count,
       std::uint32_t* stride) -> shoal_status {
        auto& self = of<PeerHost>(host);
        self.lent_.clear();
        for (const auto& [peer, raw] : self.connected) self.lent_.push_back(raw);
        *peers = self.lent_.data();
        *count = static_cast<std::uint32_t>(self.lent_.size());
        *stride = sizeof(shoal_peer_view);
        return SHOAL_OK;
    },
    [](const shoal_host* host, const shoal_candidate* candidates, std::uint32_t count) -> shoal_status {
        for (std::uint32_t i = 0; i < count; ++i) {
            of<PeerHost>(host).found.push_back({.endpoint = from_abi(candidates[i].endpoint),
                                                .is_seed = (candidates[i].flags & SHOAL_CANDIDATE_SEED) != 0,
                                                .is_urgent = (candidates[i].flags & SHOAL_CANDIDATE_NOW) != 0});
        }
        return SHOAL_OK;
    },
    [](const shoal_host* host, shoal_bytes* info) -> shoal_status {
        const auto& known = of<PeerHost>(host).known_metadata;
        if (!known) return SHOAL_E_NOT_FOUND;
        *info = to_abi(ByteView(*known));
        return SHOAL_OK;
    },
    [](const shoal_host* host, shoal_bytes info) -> shoal_status {
        auto& self = of<PeerHost>(host);
        ++self.metadata_offers;
        if (self.known_metadata) return SHOAL_E_STATE;
        if (!std::ranges::equal(from_abi(info), self.true_metadata)) return self.metadata_status;
        self.known_metadata = self.true_metadata;
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t peer, std::uint32_t piece) -> shoal_status {
        auto& self = of<PeerHost>(host);
        if (piece >= self.piece_count) return SHOAL_E_ARGUMENT;
        self.lost.emplace_back(PeerHandle{peer}, piece);
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t handle, shoal_text why) -> shoal_status {
        auto& self = of<PeerHost>(host);
        const PeerHandle peer{handle};
        if (self.connected.erase(peer) == 0) return SHOAL_E_STALE;
        CHECK(why.size > 0);
        CHECK(why.size <= 256);
        self.disconnected[peer] = from_abi(why);
        return SHOAL_OK;
    },
    [](const shoal_host* host, const shoal_endpoint** endpoints, std::uint32_t* count) -> shoal_status {
        *endpoints = of<PeerHost>(host).own.data();
        *count = static_cast<std::uint32_t>(of<PeerHost>(host).own.size());
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t handle, std::uint32_t marks) -> shoal_status {
        auto& self = of<PeerHost>(host);
        if (!self.connected.contains(PeerHandle{handle})) return SHOAL_E_STALE;
        self.marks[PeerHandle{handle}] = marks;
        return SHOAL_OK;
    }};

const shoal_host_settings_v1 PeerHost::settings_table{
    sizeof(shoal_host_settings_v1), 0,
    [](const shoal_host*, shoal_text, std::int64_t*) -> shoal_status { return SHOAL_E_NOT_FOUND; },
    [](const shoal_host*, shoal_text, double*) -> shoal_status { return SHOAL_E_NOT_FOUND; },
    [](const shoal_host* host, shoal_text name, shoal_text* value) -> shoal_status {
        const auto& texts = of<PeerHost>(host).text_settings;
        const auto found = texts.find(from_abi(name));
        if (found == texts.end()) return SHOAL_E_NOT_FOUND;
        *value = to_abi(std::string_view(found->second));
        return SHOAL_OK;
    }};

const shoal_host_random_v1 PeerHost::random_table{
    sizeof(shoal_host_random_v1), 0,
    [](const shoal_host* host) { return of<PeerHost>(host).random_.next(); },
    [](const shoal_host* host, std::uint64_t bound) { return of<PeerHost>(host).random_.below(bound); }};

const shoal_host_torrent_v1 PeerHost::torrent_table{
    sizeof(shoal_host_torrent_v1), 0, [](const shoal_host* host) -> const shoal_torrent_view* {
        auto& self = of<PeerHost>(host);
        self.torrent_.piece_count = self.piece_count;
        self.torrent_.flags = self.piece_count == 0 ? SHOAL_TORRENT_RESOLVING : 0;
        return &self.torrent_;
    }};

} // namespace shoal::test
