// A web address as grants and redirects need it: its host and port, and a spelling in which nothing is left that one program reads as this
// host and another as that one.
#pragma once

#include <shoal/result.hpp>
#include <shoal/web_url.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::script_lua {

struct WebAddress {
    /// Errors: those of WebUrl; bad_input: with a name or a password, or a port that is none.
    [[nodiscard]] static Result<WebAddress> parse(std::string_view text) { return of(WebUrl::parse(text)); }
    /// Where a redirect leads, which may be said in short.
    [[nodiscard]] Result<WebAddress> follow(std::string_view location) const { return of(url.follow(location)); }

    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool is_secure() const { return url.is_secure; }
    [[nodiscard]] const std::string& host() const { return url.host; }
    [[nodiscard]] bool has_usual_port() const { return port == (url.is_secure ? 443 : 80); }
    /// For people and grants: the port only when it is not the usual one.
    [[nodiscard]] std::string place() const;

    WebUrl url;
    std::uint16_t port = 80;

private:
    static Result<WebAddress> of(Result<WebUrl> url);
};

} // namespace shoal::script_lua
