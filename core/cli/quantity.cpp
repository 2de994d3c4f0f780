#include "cli/quantity.hpp"

#include <fmt/format.h>

namespace shoal::cli {

Result<Endpoint> parse_peer(std::string_view text)
{
    const auto endpoint = Endpoint::parse(text);
    if (endpoint && endpoint->port != 0) return endpoint;
    return make_error(Errc::invalid_argument,
                      fmt::format("'{}' is no peer's address: {}", text,
                                  endpoint ? "a port is missing" : endpoint.error().text));
}

std::string count_text(std::uint64_t count, std::string_view noun)
{
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string shell_quoted(std::string_view argument)
{
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=+@%";
    if (!argument.empty() && argument.find_first_not_of(plain) == std::string_view::npos) return std::string(argument);
    std::string quoted = "'";
    for (const char c : argument) {
        if (c == '\'') quoted += "'\\''";
        else quoted += c;
    }
    return quoted + "'";
}

}  // namespace shoal::cli
