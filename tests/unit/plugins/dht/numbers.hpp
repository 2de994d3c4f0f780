// Repeatable random numbers and ids for the tests of the DHT.
#pragma once

#include "random_source.hpp"
#include "node_id.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/hex.hpp>
#include <shoal/random.hpp>

#include <string>
#include <string_view>

namespace shoal::test {

class Numbers final : public dht::RandomSource {
public:
    explicit Numbers(std::uint64_t stream = 1) : stream_(7, stream) {}
    std::uint64_t next() override { return stream_.next(); }
    std::uint64_t below(std::uint64_t bound) override { return stream_.below(bound); }

private:
    RandomStream stream_;
};

/// The digits from the left, zeros after them.
inline dht::NodeId id(std::string_view digits)
{
    std::string all(digits);
    all.resize(40, '0');
    return *dht::NodeId::from(*from_hex(all));
}

inline Endpoint at(std::string_view text)
{
    return *Endpoint::parse(text);
}

inline Address ip(std::string_view text)
{
    return *Address::parse(text);
}

inline std::string text(ByteView octets)
{
    return std::string(as_text(octets));
}

} // namespace shoal::test
