// The peers of one answer: each once, none that cannot be connected to, and no more than a torrent can use,
// so that an answer of a megabyte costs no more than reading it.
#pragma once

#include <shoal/endpoint.hpp>

#include <cstddef>
#include <set>
#include <utility>
#include <vector>

namespace shoal {

class PeerList {
public:
    static constexpr std::size_t most = 2000;

    [[nodiscard]] bool is_full() const noexcept { return peers_.size() >= most; }

    /// Dropped: port 0, addresses that are nobody's (unspecified) or everybody's (multicast), repetitions,
    /// and all beyond `most`. An IPv4-mapped address is the IPv4 one.
    void add(const Endpoint& peer)
    {
        const Endpoint plain{peer.address.unmapped(), peer.port};
        const bool is_useless =
            plain.port == 0 || plain.address.is_unspecified() || plain.address.is_multicast();
        if (is_useless || is_full() || !seen_.insert(plain).second) return;
        peers_.push_back(plain);
    }

    /// In the order in which they came.
    [[nodiscard]] std::vector<Endpoint> take()
    {
        seen_.clear();
        return std::exchange(peers_, {});
    }

private:
    std::vector<Endpoint> peers_;
    std::set<Endpoint> seen_; // ordered: an answer made to collide in a hash table costs nothing here
};

} // namespace shoal
