#include "query.hpp"

#include <shoal/hex.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace shoal::http_tracker {
namespace {

constexpr std::array<std::string_view, 15> announce_arguments = {
    "info_hash", "peer_id",   "port",       "uploaded",      "downloaded", "left", "compact", "numwant",
    "key",       "trackerid", "no_peer_id", "supportcrypto", "event",      "ipv4", "ipv6"};
constexpr std::array<std::string_view, 1> scrape_arguments = {"info_hash"};

bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'
           || c == '.' || c == '~';
}

/// "info%5Fhash" is info_hash to the tracker, so it has to be to us.
std::string decoded(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto octet = text[i] == '%' ? from_hex(text.substr(i + 1, 2)) : Bytes{};
        if (octet && octet->size() == 1) {
            out += static_cast<char>(octet->front());
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

/// What the URL brings, without arguments named in `ours`.
std::string foreign_arguments(std::string_view query, std::span<const std::string_view> ours)
{
    std::string out;
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto argument = query.substr(0, end);
        query.remove_prefix(end == query.npos ? query.size() : end + 1);
        const auto name = decoded(argument.substr(0, argument.find('=')));
        if (argument.empty() || std::ranges::find(ours, name) != ours.end()) continue;
        out += argument;
        out += '&';
    }
    return out;
}

std::string_view event_name(AnnounceEvent event)
{
    switch (event) {
    case AnnounceEvent::none: break;
    case AnnounceEvent::completed: return "completed";
    case AnnounceEvent::started: return "started";
    case AnnounceEvent::stopped: return "stopped";
    }
    return {};
}

std::string hex_key(std::uint32_t key)
{
    std::array<std::byte, 4> octets;
    store_be(octets.data(), key);
    return to_hex(octets);
}

} // namespace

std::string percent_encoded(ByteView octets)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(octets.size() * 3);
    for (const char c : as_text(octets)) {
        const auto octet = static_cast<unsigned char>(c);
        if (is_unreserved(c)) {
            out += c;
        } else {
            out += {'%', digits[octet >> 4], digits[octet & 15]};
        }
    }
    return out;
}

std::string announce_url(const TrackerUrl& url, const Announce& announce)
{
    auto out = url.origin + url.path + '?' + foreign_arguments(url.query, announce_arguments);
    const auto number = [&](std::string_view name, std::uint64_t value) {
        out += name;
        out += std::to_string(value);
    };
    out += "info_hash=" + percent_encoded(announce.info_hash.view());
    out += "&peer_id=" + percent_encoded(announce.peer_id.view());
    number("&port=", announce.port);
    number("&uploaded=", announce.uploaded);
    number("&downloaded=", announce.downloaded);
    number("&left=", announce.left);
    out += "&compact=1&no_peer_id=1";
    number("&numwant=", announce.num_want);
    out += "&key=" + hex_key(announce.key);
    if (const auto event = event_name(announce.event); !event.empty()) out.append("&event=").append(event);
    if (announce.ipv4) out += "&ipv4=" + announce.ipv4->to_string();
    if (announce.ipv6) out += "&ipv6=" + percent_encoded(as_bytes(announce.ipv6->to_string()));
    if (!announce.tracker_id.empty()) out += "&trackerid=" + percent_encoded(announce.tracker_id);
    return out;
}

Result<std::string> scrape_url(const TrackerUrl& url, std::span<const Hash20> info_hashes)
{
    constexpr std::string_view announce = "announce";
    const auto component = url.path.rfind('/') + 1;
    // The convention looks at the whole URL: a '/' among the arguments is its last one, too.
    const bool is_conventional = std::string_view(url.path).substr(component).starts_with(announce)
                                 && url.query.find('/') == std::string::npos;
    if (!is_conventional) return make_error(Errc::unsupported, url.host + " has no scrape: its URL says so");
    // Without any, a tracker would send all it has.
    if (info_hashes.empty()) return make_error(Errc::invalid_argument, "a scrape of nothing");
    if (info_hashes.size() > most_scraped) {
        return make_error(Errc::limit_exceeded,
                          "at most " + std::to_string(most_scraped) + " torrents in one scrape");
    }
    auto path = url.path;
    path.replace(component, announce.size(), "scrape");
    auto out = url.origin + path + '?' + foreign_arguments(url.query, scrape_arguments);
    for (const auto& hash : info_hashes) out += "info_hash=" + percent_encoded(hash.view()) + '&';
    out.pop_back();
    return out;
}

} // namespace shoal::http_tracker
