#pragma once

#include "machine.hpp"
#include "net/curl_http_client.hpp"

#include <optional>

namespace shoal::net::test {

using Fetched = std::optional<Result<environment::HttpResponse>>;

// One exchange from beginning to end.
inline Result<environment::HttpResponse> fetch(Machine& machine, environment::HttpClient& client,
                                               environment::HttpRequest request)
{
    Fetched fetched;
    client.request(std::move(request), [&](auto answer) { fetched.emplace(std::move(answer)); });
    REQUIRE_FALSE(fetched);  // never inline
    REQUIRE(machine.turn_until([&] { return fetched.has_value(); }));
    return std::move(*fetched);
}

inline bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

inline std::string body_of(const environment::HttpResponse& response)
{
    return std::string(as_text(response.body));
}

}  // namespace shoal::net::test
