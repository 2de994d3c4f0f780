// Addresses that gave false metadata: until when nobody there is asked. It takes the place of the connection, which is gone, so that
// coming back at once is of no use.
#pragma once

#include "source.hpp"

#include <shoal/endpoint.hpp>

#include <cstddef>
#include <cstdint>
#include <map>

namespace shoal::metadata_exchange {

class Distrust {
public:
    static constexpr std::size_t most = 256;
    static constexpr Duration first = std::chrono::minutes{1};
    static constexpr Duration longest = std::chrono::hours{1};

    /// Twice as long each time.
    void add(const Address& address, Time now);
    /// When the address may be asked again.
    [[nodiscard]] Time ends(const Address& address) const;

private:
    struct Entry {
        Time until;
        std::uint32_t times = 0;
    };

    std::map<Address, Entry> entries_;
};

} // namespace shoal::metadata_exchange
