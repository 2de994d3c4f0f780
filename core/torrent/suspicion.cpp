#include "torrent/suspicion.hpp"

#include <algorithm>
#include <set>

namespace shoal::torrent {

namespace {
// A piece that fails again and again keeps the memory of its last attempts only.
constexpr std::size_t most_attempts = 4;

std::set<Address> senders_of(const piece::OpenPiece& piece, const Suspicion::AddressOf& address_of)
{
    std::set<Address> addresses;
    for (const PeerHandle sender : piece.senders()) addresses.insert(address_of(sender));
    return addresses;
}
}  // namespace

bool Suspicion::is_suspect(const Address& address) const
{
    const auto at = records_.find(address);
    return at != records_.end() && at->second.is_suspected;
}

std::uint32_t Suspicion::guilt(const Address& address) const
{
    const auto at = records_.find(address);
    return at == records_.end() ? 0 : at->second.guilt;
}

void Suspicion::prove(const Address& address, Verdict& verdict)
{
    Record& record = records_[address];
    record.is_suspected = true;
    if (++record.guilt == most_guilt) verdict.banned.push_back(address);
}

Suspicion::Verdict Suspicion::on_corrupt(const Geometry& geometry, const piece::OpenPiece& piece,
                                         const AddressOf& address_of)
{
    Verdict verdict;
    const auto senders = senders_of(piece, address_of);
    for (const auto& address : senders) records_[address].is_suspected = true;
    if (senders.size() == 1) {
        prove(*senders.begin(), verdict);
        return verdict;
    }
    if (piece.is_blockwise()) return verdict;  // its blocks are no longer in memory: only lone senders can be proven
    Attempt attempt;
    for (const BlockIndex block : geometry.blocks(piece.index())) {
        attempt.push_back({address_of(piece.sender(block)), piece.block_digest(block)});
    }
    auto& kept = attempts_[piece.index()];
    if (kept.size() == most_attempts) kept.erase(kept.begin());
    kept.push_back(std::move(attempt));
    return verdict;
}

Suspicion::Verdict Suspicion::on_verified(const Geometry& geometry, const piece::OpenPiece& piece,
                                          const AddressOf& address_of)
{
    Verdict verdict;
    const auto kept = attempts_.find(piece.index());
    if (kept != attempts_.end() && !piece.is_blockwise()) {
        for (const Attempt& attempt : kept->second) {
            std::set<Address> liars;
            for (const BlockIndex block : geometry.blocks(piece.index())) {
                const KeptBlock& then = attempt[block.value()];
                if (then.digest != piece.block_digest(block)) liars.insert(then.sender);
            }
            for (const auto& address : liars) prove(address, verdict);
            for (const auto& then : attempt) {
                if (!liars.contains(then.sender) && guilt(then.sender) == 0) records_.erase(then.sender);
            }
        }
        attempts_.erase(kept);
    }
    const auto senders = senders_of(piece, address_of);
    if (senders.size() == 1 && guilt(*senders.begin()) == 0) records_.erase(*senders.begin());
    return verdict;
}

}  // namespace shoal::torrent
