#include "net/live_environment.hpp"

#include <algorithm>
#include <random>
#include <thread>

namespace shoal::net {

namespace {

std::uint64_t entropy(std::random_device& source)
{
    static_assert(sizeof(std::random_device::result_type) == sizeof(std::uint32_t));
    return std::uint64_t{source()} << 32 | source();
}

RandomStream unrepeatable_stream()
{
    std::random_device source;
    const auto experiment = entropy(source);
    return {experiment, entropy(source)};
}

std::uint32_t worker_count(const LiveSettings& settings)
{
    return settings.workers != 0 ? settings.workers : std::max(std::thread::hardware_concurrency(), 2U);
}

}  // namespace

LiveEnvironment::LiveEnvironment(const LiveSettings& settings)
    : network_(loop_),
      resolver_(loop_),
      http_(loop_, settings.http),
      http_server_(loop_, network_, settings.http_server),
      workers_(loop_, worker_count(settings), settings.attend_worker),
      random_(unrepeatable_stream())
{}

environment::Environment LiveEnvironment::environment()
{
    return {.loop = loop_,
            .network = network_,
            .resolver = resolver_,
            .http = http_,
            .http_server = http_server_,
            .workers = workers_,
            .random = random_.fork(environments_++)};
}

}  // namespace shoal::net
