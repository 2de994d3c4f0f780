#include "host/services/guard.hpp"

#include <shoal/abi/services.h>

namespace shoal::host::services {

namespace {

class RandomService final : public LentService {
public:
    static constexpr auto slot = Slot::random;

    explicit RandomService(InstanceState& state) : stream_(state.context().random) {}

    RandomStream& stream() { return stream_; }

private:
    RandomStream& stream_;
};

std::uint64_t next(const shoal_host* host)
{
    std::uint64_t number = 0;
    on_strand<RandomService>(host, "random.next", [&](RandomService& random) {
        number = random.stream().next();
        return SHOAL_OK;
    });
    return number;
}

std::uint64_t below(const shoal_host* host, std::uint64_t bound)
{
    std::uint64_t number = 0;
    on_strand<RandomService>(host, "random.below", [&](RandomService& random) {
        if (bound > 0) number = random.stream().below(bound);
        return SHOAL_OK;
    });
    return number;
}

constexpr shoal_host_random_v1 random_table{sizeof random_table, 0, next, below};

}  // namespace

const Service& random_service()
{
    static constexpr Service service{SHOAL_SERVICE_RANDOM, "", &random_table, make_lent<RandomService>};
    return service;
}

}  // namespace shoal::host::services
