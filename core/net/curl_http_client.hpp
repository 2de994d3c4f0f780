#pragma once

#include "environment/http.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace shoal::net {

struct HttpClientSettings {
    std::string user_agent = "Shoal/0.1";
    std::string proxy = {};    // empty: none, whatever the process environment says
    std::string ca_file = {};  // PEM; empty: the system's certificates
    std::uint32_t connections_per_host = 8;
    std::uint32_t connections = 64;
    std::chrono::seconds longest_crawl{30};  // an exchange of less than 16 bytes a second ends after so long
};

// libcurl on a thread of its own. Limits beside those of the request: 64 KiB of headers in the whole
// exchange; less than 16 bytes a second for longest_crawl counts as timed_out. Only http and https, a chain that
// reached https stays there, and credentials stay with the origin they were meant for. Errors name the host
// and the cause, never path or query: those carry pass keys. Beyond what HttpClient lists: bad_input for a
// request that cannot be sent.
class CurlHttpClient final : public environment::HttpClient {
public:
    explicit CurlHttpClient(environment::Loop& loop, HttpClientSettings settings = {});
    // Ends what is under way without an answer.
    ~CurlHttpClient() override;

    environment::OperationId request(environment::HttpRequest request, Done done) override;
    void cancel(environment::OperationId operation) override;

private:
    class Engine;
    struct Waiting {
        std::unordered_map<environment::OperationId, Done> done;
    };

    std::shared_ptr<Waiting> waiting_;  // tasks on their way through the loop hold it weakly
    std::unique_ptr<Engine> engine_;
    std::uint64_t next_operation_ = 1;
};

}  // namespace shoal::net
