#include "host/services/guard.hpp"

#include <shoal/abi/extension.h>
#include <shoal/utf8.hpp>

#include <string>
#include <vector>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_message = 64 << 10;
constexpr std::uint64_t longest_metadata = 16 << 20;
constexpr std::uint64_t longest_reason = 256;
constexpr std::uint32_t most_candidates = 10'000;
constexpr std::uint32_t candidate_flags = SHOAL_CANDIDATE_SEED | SHOAL_CANDIDATE_NOW;
constexpr std::uint32_t known_marks = SHOAL_MARK_PREFERRED | SHOAL_MARKS_PRIVATE;

// Checks what a plug-in says; the sink does it.
class ExtensionService final : public LentService {
public:
    static constexpr auto slot = Slot::extension;

    explicit ExtensionService(InstanceState& state) : state_(state) {}

    shoal_status send(std::uint64_t peer, shoal_bytes raw)
    {
        const auto payload = borrowed(raw, longest_message);
        if (!payload) return state_.bad_argument("extension.send", "the payload is NULL or longer than 64 KiB");
        return sink() == nullptr ? SHOAL_E_STATE : sink()->send(PeerHandle{peer}, *payload);
    }

    shoal_status peers(const shoal_peer_view** first, std::uint32_t* count, std::uint32_t* stride)
    {
        if (first == nullptr || count == nullptr || stride == nullptr) {
            return state_.bad_argument("extension.peers", "a place for the answer is NULL");
        }
        if (sink() == nullptr) return SHOAL_E_STATE;
        const auto views = sink()->peers();
        *first = views.data();
        *count = static_cast<std::uint32_t>(views.size());
        *stride = sizeof(shoal_peer_view);
        return SHOAL_OK;
    }

    shoal_status found(const shoal_candidate* raw, std::uint32_t count)
    {
        if (count > most_candidates || (raw == nullptr && count > 0)) {
            return state_.bad_argument("extension.found", "candidates is NULL or too long");
        }
        std::vector<FoundCandidate> candidates;
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto endpoint = borrowed(&raw[i].endpoint);
            if (!endpoint || raw[i].reserved != 0 || (raw[i].flags & ~candidate_flags) != 0) {
                return state_.bad_argument("extension.found", "a candidate has no address family or an unknown flag");
            }
            candidates.push_back({*endpoint, (raw[i].flags & SHOAL_CANDIDATE_NOW) != 0});
        }
        if (sink() == nullptr) return SHOAL_E_STATE;
        sink()->on_candidates(candidates);
        return SHOAL_OK;
    }

    shoal_status metadata(shoal_bytes* info)
    {
        if (info == nullptr) return state_.bad_argument("extension.metadata", "info is NULL");
        if (sink() == nullptr) return SHOAL_E_STATE;
        const auto known = sink()->metadata();
        if (!known) return SHOAL_E_NOT_FOUND;
        *info = to_abi(*known);
        return SHOAL_OK;
    }

    shoal_status set_metadata(shoal_bytes raw)
    {
        const auto info = borrowed(raw, longest_metadata);
        if (!info || info->empty()) {
            return state_.bad_argument("extension.set_metadata", "the metadata is empty or longer than 16 MiB");
        }
        return sink() == nullptr ? SHOAL_E_STATE : sink()->on_metadata(*info);
    }

    shoal_status piece_lost(std::uint64_t peer, std::uint32_t piece)
    {
        return sink() == nullptr ? SHOAL_E_STATE : sink()->on_piece_lost(PeerHandle{peer}, piece);
    }

    shoal_status disconnect(std::uint64_t peer, shoal_text raw)
    {
        const auto why = borrowed(raw, longest_reason);
        if (!why) return state_.bad_argument("extension.disconnect", "the reason is NULL or too long");
        return sink() == nullptr ? SHOAL_E_STATE : sink()->on_disconnect(PeerHandle{peer}, printable(*why));
    }

    shoal_status own_endpoints(const shoal_endpoint** first, std::uint32_t* count)
    {
        if (first == nullptr || count == nullptr) {
            return state_.bad_argument("extension.own_endpoints", "a place for the answer is NULL");
        }
        if (sink() == nullptr) return SHOAL_E_STATE;
        const auto endpoints = sink()->own_endpoints();
        *first = endpoints.data();
        *count = static_cast<std::uint32_t>(endpoints.size());
        return SHOAL_OK;
    }

    shoal_status set_marks(std::uint64_t peer, std::uint32_t marks)
    {
        if ((marks & ~known_marks) != 0) return state_.bad_argument("extension.set_marks", "a mark is reserved");
        return sink() == nullptr ? SHOAL_E_STATE : sink()->on_marks(PeerHandle{peer}, marks);
    }

private:
    ExtensionSink* sink() const { return state_.context().extension; }

    InstanceState& state_;
};

shoal_status send(const shoal_host* host, std::uint64_t peer, shoal_bytes payload)
{
    return on_strand<ExtensionService>(host, "extension.send",
                                       [&](ExtensionService& peers) { return peers.send(peer, payload); });
}

shoal_status peers(const shoal_host* host, const shoal_peer_view** first, std::uint32_t* count, std::uint32_t* stride)
{
    return on_strand<ExtensionService>(host, "extension.peers",
                                       [&](ExtensionService& all) { return all.peers(first, count, stride); });
}

shoal_status found(const shoal_host* host, const shoal_candidate* candidates, std::uint32_t count)
{
    return on_strand<ExtensionService>(host, "extension.found",
                                       [&](ExtensionService& peers) { return peers.found(candidates, count); });
}

shoal_status metadata(const shoal_host* host, shoal_bytes* info)
{
    return on_strand<ExtensionService>(host, "extension.metadata",
                                       [&](ExtensionService& peers) { return peers.metadata(info); });
}

shoal_status set_metadata(const shoal_host* host, shoal_bytes info)
{
    return on_strand<ExtensionService>(host, "extension.set_metadata",
                                       [&](ExtensionService& peers) { return peers.set_metadata(info); });
}

shoal_status piece_lost(const shoal_host* host, std::uint64_t peer, std::uint32_t piece)
{
    return on_strand<ExtensionService>(host, "extension.piece_lost",
                                       [&](ExtensionService& peers) { return peers.piece_lost(peer, piece); });
}

shoal_status disconnect(const shoal_host* host, std::uint64_t peer, shoal_text why)
{
    return on_strand<ExtensionService>(host, "extension.disconnect",
                                       [&](ExtensionService& peers) { return peers.disconnect(peer, why); });
}

shoal_status own_endpoints(const shoal_host* host, const shoal_endpoint** first, std::uint32_t* count)
{
    return on_strand<ExtensionService>(host, "extension.own_endpoints",
                                       [&](ExtensionService& ours) { return ours.own_endpoints(first, count); });
}

shoal_status set_marks(const shoal_host* host, std::uint64_t peer, std::uint32_t marks)
{
    return on_strand<ExtensionService>(host, "extension.set_marks",
                                       [&](ExtensionService& peers) { return peers.set_marks(peer, marks); });
}

constexpr shoal_host_extension_v1 extension_table{sizeof extension_table, 0,          send,       peers,         found,    metadata,
                                                  set_metadata,           piece_lost, disconnect, own_endpoints, set_marks};

}  // namespace

const Service& extension_service()
{
    static constexpr Service service{SHOAL_SERVICE_EXTENSION, "", &extension_table, make_lent<ExtensionService>};
    return service;
}

}  // namespace shoal::host::services
