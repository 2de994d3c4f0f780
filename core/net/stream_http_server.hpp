#pragma once

#include "environment/http.hpp"

#include <cstddef>

namespace shoal::net {

struct HttpServerLimits {
    environment::Duration idle = std::chrono::seconds{30};  // for a whole question, for a whole answer
    environment::Duration drain = std::chrono::seconds{2};  // for a refused client to notice
    std::uint32_t header_octets = 16 << 10;
    std::uint64_t body_octets = 1 << 20;
    std::size_t connections = 1024;
};

// HTTP/1.0 and 1.1 over any Network, so live and in the lab alike. Connections are kept alive and pipelined
// questions answered in order, one at a time. A bad question gets 400, a late one 408, a large one 413 or
// 431, and the connection ends. When all connections are taken, the one that has idled longest makes room;
// without one the newcomer is closed.
class StreamHttpServer final : public environment::HttpServer {
public:
    StreamHttpServer(environment::Loop& loop, environment::Network& network, HttpServerLimits limits = {})
        : loop_(loop), network_(network), limits_(limits)
    {}

    // Destroying the listener, also from inside `asked`, closes its connections; later answers go nowhere.
    Result<std::unique_ptr<environment::HttpListener>> listen(const Endpoint& local, Asked asked) override;

private:
    environment::Loop& loop_;
    environment::Network& network_;
    HttpServerLimits limits_;
};

}  // namespace shoal::net
