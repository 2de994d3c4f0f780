#include "connection_ids.hpp"

#include <shoal/bytes.hpp>
#include <shoal/sha256.hpp>

#include <array>

namespace shoal::embedded_tracker {

// Secret first is safe here: what follows has one length for each family, and most of the digest is not told.
// The client's port is left out: clients, and the address translators before them, change it.
std::uint64_t ConnectionIds::id_of(const Address& client, std::int64_t epoch_number) const
{
    std::array<std::byte, 8> number;
    store_be(number.data(), static_cast<std::uint64_t>(epoch_number));
    Sha256 hash;
    hash.update(secret_.view());
    hash.update(number);
    hash.update(client.unmapped().view());
    return load_be<std::uint64_t>(hash.finish().bytes.data());
}

} // namespace shoal::embedded_tracker
