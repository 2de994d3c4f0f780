// What scripts ask of web servers: only those that are granted, also after redirects, so many at a time and so much of an answer.
#pragma once

#include "grants.hpp"
#include "turns.hpp"
#include "web_address.hpp"

#include <shoal/host.hpp>
#include <shoal/value.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shoal::script_lua {

class Web {
public:
    using Done = std::function<void(const Result<Value>&)>;

    explicit Web(Host& host) : http_(host.http()) {}

    /// `what`: method, url, and perhaps headers (a map), body, timeout (seconds), max_bytes. Answers with status, ok (2xx), url, headers, body.
    /// Errors: permission_denied, which names the line that is missing, and those of the host's. [strand]
    void ask(std::shared_ptr<const Grants> grants, const Value::Map& what, Done done);
    /// What the user himself has set: it may lead anywhere, and no redirect is followed.
    void tell(const std::string& url, std::string body, Done done);
    void stop() { turns_.clear(); }

private:
    struct Exchange {
        std::shared_ptr<const Grants> grants; // null: whatever the user has set
        WebAddress address{};
        std::string method;
        std::vector<std::pair<std::string, std::string>> headers{};
        std::string body{};
        std::chrono::nanoseconds timeout{};
        std::uint64_t max_bytes = 0;
        int redirects = 0;
        Done done;
    };
    using Shared = std::shared_ptr<Exchange>;

    void begin(const Shared& exchange);
    void send(const Shared& exchange);
    void on_answer(const Shared& exchange, const Result<HttpResponse>& answer);
    void follow(const Shared& exchange, std::uint32_t status, std::string_view location);
    void finish(const Shared& exchange, const Result<Value>& answer);

    Http http_;
    Turns turns_{8};
};

} // namespace shoal::script_lua
