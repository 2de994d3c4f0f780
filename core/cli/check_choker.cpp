#include "cli/check_choker.hpp"

#include <testing/findings.hpp>

#include <shoal/abi/choker.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace shoal::cli {

namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint32_t every_flag = SHOAL_CHOKER_PEER_INTERESTED | SHOAL_CHOKER_PEER_UNCHOKED | SHOAL_CHOKER_PEER_SNUBBED | SHOAL_CHOKER_PEER_SEED;

constexpr std::array<ChokerCase, 5> cases{{
    {"it decides while nobody is there", 0, 4, 0},
    {"it decides about one peer", 1, 4, 0},
    {"while downloading it names peers that are there, each once, no more than there are slots", 60, 4, 0},
    {"while seeding it names peers that are there, each once, no more than there are slots", 60, 4, SHOAL_CHOKER_SEEDING},
    {"with more slots than peers it names each once at most", 5, 50, 0},
}};

// Of every kind; who is who changes from round to round, as in life.
std::vector<shoal_choker_peer> made_peers(std::uint32_t count, std::uint64_t round)
{
    std::vector<shoal_choker_peer> peers(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint64_t mixed = (i + round) * 2654435761u;
        peers[i] = {.peer = 1000 + std::uint64_t{i} * 7,
                    .flags = static_cast<std::uint32_t>(mixed >> 16) & every_flag,
                    .marks = 0,
                    .download_rate = mixed % 100'000,
                    .upload_rate = mixed % 77'777,
                    .downloaded = mixed % 10'000'000,
                    .uploaded = mixed % 9'000'000,
                    .connected_at_ns = second * (1 + i),
                    .unchoked_at_ns = i % 2 == 0 ? second * (2 + i) : 0};
    }
    return peers;
}

class OpenChoker {
public:
    OpenChoker(const ChokerSubject& subject, testing::Findings& findings)
        : factory_(*subject.factory), table_(*static_cast<const shoal_choker_v1*>(factory_.table)), findings_(findings),
          host_(subject.settings, subject.texts)
    {
        torrent_.struct_size = sizeof torrent_;
        host_.lend_torrent(torrent_, 1);
        const auto status = factory_.create(host_.raw(), &self_);
        if (!findings_.expect(status == SHOAL_OK, fmt::format("create failed with {}: {}", status, host_.take_error()))) self_ = nullptr;
    }
    OpenChoker(const OpenChoker&) = delete;
    OpenChoker& operator=(const OpenChoker&) = delete;
    ~OpenChoker()
    {
        if (self_ == nullptr) return;
        if (factory_.stop != nullptr) factory_.stop(self_);
        factory_.destroy(self_);
    }

    void decide(const ChokerCase& wanted, std::uint64_t round)
    {
        if (self_ == nullptr) return;
        const auto peers = made_peers(wanted.peers, round);
        const shoal_choker_view view{.struct_size = sizeof view,
                                     .flags = wanted.flags,
                                     .trigger = static_cast<std::uint32_t>(round % 2 == 0 ? SHOAL_CHOKER_TRIGGER_TIMER : SHOAL_CHOKER_TRIGGER_CHANGE),
                                     .slots = wanted.slots,
                                     .now_ns = second * (100 + round * 10),
                                     .peers = peers.data(),
                                     .peer_count = wanted.peers,
                                     .peer_stride = sizeof(shoal_choker_peer)};
        std::vector<shoal_unchoke> unchokes(wanted.slots);
        const auto count = table_.decide(self_, &view, unchokes.data(), wanted.slots);
        if (!findings_.expect(count >= 0, fmt::format("decide failed with {}: {}", count, host_.take_error()))) return;
        if (!findings_.expect(static_cast<std::uint32_t>(count) <= wanted.slots, fmt::format("{} peers for {} slots", count, wanted.slots))) return;
        std::set<std::uint64_t> named;
        for (const auto& unchoke : std::span(unchokes).first(static_cast<std::uint32_t>(count))) {
            findings_.expect(std::ranges::find(peers, unchoke.peer, &shoal_choker_peer::peer) != peers.end(), fmt::format("peer {} is not there", unchoke.peer));
            findings_.expect(named.insert(unchoke.peer).second, fmt::format("peer {} twice", unchoke.peer));
        }
    }

private:
    const shoal_factory& factory_;
    const shoal_choker_v1& table_;
    testing::Findings& findings_;
    shoal_torrent_view torrent_{};
    testing::BareHost host_;
    void* self_ = nullptr;
};

}  // namespace

std::span<const ChokerCase> choker_cases()
{
    return cases;
}

std::vector<std::string> findings_of(const ChokerCase& wanted, const ChokerSubject& subject)
{
    testing::Findings findings;
    OpenChoker choker(subject, findings);
    for (std::uint64_t round = 0; round < 20; ++round) choker.decide(wanted, round);
    return findings.take();
}

}  // namespace shoal::cli
