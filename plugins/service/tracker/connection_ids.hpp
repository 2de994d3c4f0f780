// Who asks by UDP may say that he is somebody else. He is believed when he returns what was sent to the address
// he gives (BEP 15): a number that is computed anew when it comes back, so that nothing is kept for strangers.
#pragma once

#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>

#include <chrono>
#include <cstdint>

namespace shoal::embedded_tracker {

class ConnectionIds {
public:
    /// An id is good for two minutes at least, four at most.
    static constexpr std::chrono::minutes epoch{2};

    /// Whoever knows the secret can be anybody.
    explicit ConnectionIds(const Hash32& secret) : secret_(secret) {}

    [[nodiscard]] std::uint64_t make(const Address& client, std::chrono::nanoseconds now) const
    {
        return id_of(client, now / epoch);
    }

    [[nodiscard]] bool is_valid(std::uint64_t id, const Address& client, std::chrono::nanoseconds now) const
    {
        return id == id_of(client, now / epoch) || id == id_of(client, now / epoch - 1);
    }

private:
    [[nodiscard]] std::uint64_t id_of(const Address& client, std::int64_t epoch_number) const;

    Hash32 secret_;
};

} // namespace shoal::embedded_tracker
