// The web address of a .torrent, taken apart as far as asking and being redirected needs it.
#pragma once

#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace shoal::http_source {

struct WebUrl {
    static constexpr std::size_t longest = 8192;

    /// http or https. Errors: bad_input, and they name the host and never path or query, which may carry keys.
    [[nodiscard]] static Result<WebUrl> parse(std::string_view text);
    /// Begins like one, in whatever case.
    [[nodiscard]] static bool is_one(std::string_view text);

    /// Where a redirect leads, which may be said in short (RFC 3986 §4.2): errors as parse().
    [[nodiscard]] Result<WebUrl> follow(std::string_view location) const;

    [[nodiscard]] std::string text() const;
    /// It says itself that it is this machine or in the local network; a name may lead there without saying so.
    [[nodiscard]] bool is_near() const;

    bool is_secure = false;  // https
    std::string authority;   // "user:word@host:80", as given
    std::string host;        // lower case, without brackets or port: for people and for rules
    std::optional<Address> address{}; // when the host is one
    std::string path;        // begins with '/'; no octet left that a request line cannot carry
    std::string query;       // with its '?', or empty; likewise
};

} // namespace shoal::http_source
