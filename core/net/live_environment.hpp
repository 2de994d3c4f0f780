#pragma once

#include "environment/environment.hpp"
#include "net/curl_http_client.hpp"
#include "net/live_loop.hpp"
#include "net/live_network.hpp"
#include "net/live_resolver.hpp"
#include "net/stream_http_server.hpp"
#include "net/worker_pool.hpp"

#include <cstdint>

namespace shoal::net {

struct LiveSettings {
    std::uint32_t workers = 0;  // 0: one for each core of the machine, at least 2
    WorkerPool::Attendance attend_worker = {};
    HttpClientSettings http = {};
    HttpServerLimits http_server = {};
};

// Owns the live implementation of everything in an Environment. Make it first and destroy it last: sessions
// refer to it. Destroying it waits for the work that was handed in, but for no name server and no tracker.
class LiveEnvironment {
public:
    explicit LiveEnvironment(const LiveSettings& settings = {});

    LiveLoop& loop() { return loop_; }
    WorkerPool& workers() { return workers_; }

    // Each call gives another random stream, keyed by the machine's entropy.
    environment::Environment environment();

private:
    LiveLoop loop_;
    LiveNetwork network_;
    LiveResolver resolver_;
    CurlHttpClient http_;
    StreamHttpServer http_server_;
    WorkerPool workers_;
    RandomStream random_;
    std::uint64_t environments_ = 0;
};

}  // namespace shoal::net
