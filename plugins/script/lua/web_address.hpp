// An http or https address, taken apart as far as grants and redirects need it. What is strange in it is refused: what one program reads
// as this host and another as that one must not get past a list of hosts.
#pragma once

#include <shoal/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::script_lua {

struct WebAddress {
    static constexpr std::size_t longest = 8192;

    /// Errors: invalid_argument, without path and query, which may carry keys.
    [[nodiscard]] static Result<WebAddress> parse(std::string_view text);
    /// Where a redirect leads, which may be said in short (RFC 3986 §4.2).
    [[nodiscard]] Result<WebAddress> follow(std::string_view location) const;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool has_usual_port() const { return port == (is_secure ? 443 : 80); }
    /// For people and grants: the port only when it is not the usual one.
    [[nodiscard]] std::string place() const;

    bool is_secure = false;
    std::string host; // in lower case, without brackets
    std::uint16_t port = 80;
    std::string target = "/"; // path and query
};

} // namespace shoal::script_lua
