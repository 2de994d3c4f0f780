#include "torrent/rate_class.hpp"

#include <shoal/local_network.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace shoal::torrent {

namespace {

std::string_view trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<unsigned> parse_length(std::string_view digits, unsigned most)
{
    unsigned length = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (failure != std::errc{} || end != digits.data() + digits.size() || length > most) return std::nullopt;
    return length;
}

}  // namespace

Result<PeerRule> PeerRule::parse(std::string_view text)
{
    PeerRule rule;
    rule.text_ = text;
    for (std::size_t at = 0; at <= text.size();) {
        const auto comma = std::min(text.find(',', at), text.size());
        if (auto added = rule.add(trimmed(text.substr(at, comma - at))); !added) return added.error();
        at = comma + 1;
    }
    return rule;
}

Result<void> PeerRule::add(std::string_view part)
{
    if (part == "any") {
        is_any_ = true;
        return {};
    }
    if (part == "local") {
        is_local_ = true;
        return {};
    }
    const auto slash = part.find('/');
    const auto address = Address::parse(part.substr(0, slash));
    const unsigned bits = address && address->v6 ? 128 : 32;
    const auto length = slash == part.npos ? bits : parse_length(part.substr(slash + 1), bits);
    if (!address || !length) {
        return make_error(Errc::bad_input,
                          fmt::format("'{}' is neither 'any' nor 'local' nor a network such as 10.0.0.0/8", part));
    }
    subnets_.push_back({*address, *length});
    return {};
}

bool PeerRule::matches(const Address& address) const
{
    if (is_any_ || (is_local_ && is_local_address(address))) return true;
    const auto plain = address.unmapped();
    return std::ranges::any_of(subnets_, [&](const auto& subnet) { return subnet.contains(plain); });
}

std::vector<PeerClass> default_peer_classes()
{
    return {{.name = "lan", .rule = *PeerRule::parse("local")}, {.name = "strangers", .rule = *PeerRule::parse("any")}};
}

}  // namespace shoal::torrent
