#pragma once

#include "piece/open_piece.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/geometry.hpp>

#include <functional>
#include <map>
#include <vector>

namespace shoal::torrent {

// Who sends corrupt data. All senders of a corrupt piece are suspected: until proven honest they get whole pieces of their own.
// Guilt needs proof: a corrupt piece with one sender, or a block that differs from the verified one. Three proofs are a ban.
// By address, so that reconnecting does not help.
class Suspicion {
public:
    static constexpr std::uint32_t most_guilt = 3;

    using AddressOf = std::function<Address(PeerHandle)>;
    struct Verdict {
        std::vector<Address> banned;
    };

    bool is_suspect(const Address& address) const;
    std::uint32_t guilt(const Address& address) const;

    Verdict on_corrupt(const Geometry& geometry, const piece::OpenPiece& piece, const AddressOf& address_of);
    // Verified: the kept blocks of earlier attempts are compared with it, and a lone suspect is cleared.
    Verdict on_verified(const Geometry& geometry, const piece::OpenPiece& piece, const AddressOf& address_of);

private:
    struct Record {
        std::uint32_t guilt = 0;
        bool is_suspected = false;
    };
    struct KeptBlock {
        Address sender;
        Hash20 digest;
    };
    using Attempt = std::vector<KeptBlock>;

    void prove(const Address& address, Verdict& verdict);

    std::map<Address, Record> records_;
    std::map<PieceIndex, std::vector<Attempt>> attempts_;
};

}  // namespace shoal::torrent
