#pragma once

#include "environment/network.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>
#include <shoal/unique_function.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::torrent {

struct SearchQuery {
    Hash20 info_hash;
    bool is_seed = false;
    bool may_be_private = false;  // its metadata is not known yet
    environment::Duration timeout = std::chrono::minutes{2};
};

// The discovery plug-ins of a session, as a torrent uses them. Completions never run inline. [loop]
class DiscoveryClient {
public:
    using Found = UniqueFunction<void(const std::vector<Endpoint>&)>;
    using Ended = UniqueFunction<void(Result<void>)>;

    // The names of those in use; they live as long as the process.
    virtual std::vector<std::string_view> names() = 0;
    // Looks for peers, and tells others of us if we listen. `found` any number of times, then `ended` once.
    virtual environment::OperationId search(std::string_view name, SearchQuery query, Found found, Ended ended) = 0;
    // Destroys both without calling them.
    virtual void cancel(environment::OperationId operation) = 0;
    // A node that may know more, said by a torrent, a peer or the user.
    virtual void introduce(const std::string& host, std::uint16_t port) = 0;
    // What peers are told in a port message (BEP 5); 0: nothing.
    virtual std::uint16_t port() = 0;
    // How a tracker or a peer sees us; what enough of them agree on, if anything.
    // Where we can be reached, as far as we know: what we listen on, and that port at the address others see.
    virtual std::vector<Endpoint> own_endpoints() const = 0;
    virtual std::optional<Endpoint> vote(const Address& ours, const Address& teller) = 0;

protected:
    ~DiscoveryClient() = default;
};

}  // namespace shoal::torrent
