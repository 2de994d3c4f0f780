#pragma once

#include "environment/network.hpp"

#include <string>
#include <utility>
#include <vector>

namespace shoal::environment {

// Which addresses that are not public (loopback, unspecified, link-local, private) a request may go to. It is
// asked of the address that was connected to, before a request is sent, and again after every redirect; from a
// public address no redirect leads to one that is not, unless all are allowed.
enum class LocalTargets {
    all,
    trackers,  // those whose path is a tracker's: see shoal/local_network.hpp
    none
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
    std::string url = {};  // http or https
    std::string method = "GET";
    HttpHeaders headers = {};
    Bytes body = {};
    Duration timeout = std::chrono::seconds{60};  // the whole exchange
    std::uint64_t max_body = 1 << 20;             // of the answer, unpacked (a packed bomb stops here, too)
    std::uint32_t max_redirects = 5;              // http and https only, never from https down to http; 0: a redirect is the answer
    LocalTargets local_targets = LocalTargets::all;
};

struct HttpResponse {
    std::uint32_t status = 0;
    std::string url;      // after redirects
    HttpHeaders headers;  // names in lower case
    Bytes body;           // unpacked
};

// Connections are kept alive per origin. An answer of any status is a value; errors: not_found (name), refused,
// timed_out, limit_exceeded (body, redirects), permission_denied (local_targets), protocol_error, network_error.
// [loop]; `done` never runs inline.
class HttpClient {
public:
    using Done = UniqueFunction<void(Result<HttpResponse>)>;
    virtual ~HttpClient() = default;
    virtual OperationId request(HttpRequest request, Done done) = 0;
    // Destroys `done` without calling it.
    virtual void cancel(OperationId operation) = 0;
};

struct HttpQuestion {
    std::string method;
    std::string target;   // path and query as sent
    HttpHeaders headers;  // names in lower case
    Bytes body;           // at most 1 MiB
    Endpoint from;
};

struct HttpAnswer {
    std::uint32_t status = 200;
    std::string content_type = "text/plain";
    Bytes body = {};
};

// Small answers to small questions; accepts while it lives. [loop]
class HttpListener {
public:
    virtual ~HttpListener() = default;
    virtual Endpoint local() const = 0;
};

class HttpServer {
public:
    using Answer = UniqueFunction<void(HttpAnswer)>;  // call once, now or later; dropping it answers 500
    using Asked = UniqueFunction<void(HttpQuestion, Answer)>;
    virtual ~HttpServer() = default;
    virtual Result<std::unique_ptr<HttpListener>> listen(const Endpoint& local, Asked asked) = 0;
};

}  // namespace shoal::environment
