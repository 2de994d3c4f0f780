// Asks web servers for feeds, one GET and a further one for each redirect, which it follows itself: cookies and headers are for the
// feed's own site alone, and a site on the internet must not send us into the user's network. Each operation is in `operations_` until
// it has ended; taking it out is what makes its end the only one.
#pragma once

#include "definition.hpp"

#include <shoal/host.hpp>
#include <shoal/result.hpp>
#include <shoal/services/http.hpp>
#include <shoal/web_url.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace shoal::rss {

struct FetchRequest {
    FeedDefinition feed{}; // its address, cookies and headers
    std::string etag{};          // as a validator: of what is here already
    std::string last_modified{}; // likewise
    std::chrono::seconds patience{60};
};

struct Fetched {
    std::uint32_t status = 0; // 200, 304, or what refuses
    std::string url{};        // after redirects
    std::string etag{};
    std::string last_modified{};
    std::string content_type{};
    std::string retry_after{};
    Bytes body{};
};

class Fetcher {
public:
    static constexpr std::uint32_t most_redirects = 5;
    using Done = UniqueFunction<void(Result<Fetched>)>;

    explicit Fetcher(Host& host) : host_(host), http_(host.http()) {}

    /// `done` comes exactly once, later, or never after stop(). The texts of errors name the host and no more of the address.
    void fetch(FetchRequest request, Done done);
    void stop();

private:
    struct Operation {
        FetchRequest request;
        WebUrl typed;
        WebUrl url;
        LocalTargets targets = LocalTargets::all;
        std::uint32_t redirects = 0;
        std::chrono::nanoseconds deadline{};
        std::uint64_t handle = 0; // at the HTTP client
        Done done;
    };

    void ask(std::uint64_t number);
    void on_response(std::uint64_t number, const Result<HttpResponse>& response);
    void on_redirect(std::uint64_t number, std::string_view location);
    void finish(std::uint64_t number, Result<Fetched> outcome);

    Host host_;
    Http http_;
    std::map<std::uint64_t, Operation> operations_;
    std::uint64_t last_ = 0;
};

/// What a status other than 200 and 304 means for who reads the feed.
[[nodiscard]] Error refusal(std::uint32_t status, std::string_view host);

} // namespace shoal::rss
