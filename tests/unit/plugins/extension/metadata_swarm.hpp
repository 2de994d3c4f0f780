// Peers that have metadata, or say so: each answers what it is asked as its manner is, when the test lets it.
#pragma once

#include "metadata_exchange.hpp"
#include "peer_host.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace shoal::metadata_exchange {

/// `size` octets that differ from each other and from those of another seed.
Bytes made_metadata(std::size_t size, std::uint8_t seed = 0);

/// The part of `whole` that a block is.
ByteView block_of(ByteView whole, std::uint32_t block);

class MetadataSwarm : public test::Wired<MetadataExchange> {
public:
    /// What a peer says when it is asked for a block; nothing at all: it is silent.
    using Manner = std::function<std::optional<Bytes>(std::uint32_t block)>;

    /// The metadata that the torrent has.
    explicit MetadataSwarm(std::size_t size) { true_metadata = made_metadata(size); }

    PeerHandle add(Manner manner, std::uint32_t size, std::string address = {});
    PeerHandle add_honest(std::string address = {});
    PeerHandle add_liar(std::size_t size, std::uint8_t seed = 99, std::string address = {});

    /// Everybody answers what he was asked, until nobody is asked any more.
    void exchange();
    /// exchange() once a second.
    void run_for(std::chrono::seconds duration);

    /// Blocks that were asked of the peer so far.
    [[nodiscard]] std::vector<std::uint32_t> asked_of(PeerHandle peer) const;
    [[nodiscard]] bool is_resolved() const { return known_metadata.has_value(); }

    static Manner gives(Bytes metadata);
    static Manner rejects();
    static Manner is_silent();

    std::size_t answers = 0; // of all peers

private:
    std::map<PeerHandle, Manner> manners_;
    std::size_t heard_ = 0; // of what was sent
    std::uint32_t addresses_ = 0;
};

} // namespace shoal::metadata_exchange
