#include "metainfo/magnet.hpp"

#include "metainfo/sources.hpp"

#include <shoal/hex.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace shoal::metainfo {

namespace {

constexpr std::string_view scheme = "magnet:?";
constexpr std::string_view sha256_multihash = "1220"; // BEP 52: the code of SHA-256 and its length, in hex

Error bad(std::string_view what, std::string_view value)
{
    const auto shown = printable(value.substr(0, 80));
    return make_error(Errc::bad_input, fmt::format("magnet link: {}: \"{}\"", what, shown));
}

bool equal_in_any_case(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool starts_in_any_case(std::string_view text, std::string_view start)
{
    return text.size() >= start.size() && equal_in_any_case(text.substr(0, start.size()), start);
}

Result<std::string> unescaped(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto octet = from_hex(text.substr(i + 1, 2));
        if (!octet || octet->size() != 1) return bad("a '%' without two hexadecimal digits", text.substr(i));
        out += static_cast<char>(octet->front());
        i += 2;
    }
    return out;
}

// RFC 3986 §2.3: what needs no escape anywhere.
std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                           || std::string_view("-._~").find(c) != std::string_view::npos;
        if (plain) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

template <class Hash>
Result<void> set_hash(std::optional<Hash>& hash, const Result<Bytes>& digits, std::string_view topic)
{
    const auto read = digits ? Hash::from(*digits) : Result<Hash>(digits.error());
    if (!read) return bad("an info-hash that is none", topic);
    if (hash && *hash != *read) return bad("two different info-hashes", topic);
    hash = *read;
    return {};
}

// xt=urn:btih:<40 hex or 32 base32>, xt=urn:btmh:1220<64 hex>; topics of other networks are passed over.
Result<void> read_topic(Magnet& magnet, std::string_view topic)
{
    constexpr std::string_view v1 = "urn:btih:";
    constexpr std::string_view v2 = "urn:btmh:";
    if (topic.empty()) return bad("an empty xt", topic);
    if (starts_in_any_case(topic, v1)) {
        const auto digits = topic.substr(v1.size());
        const bool is_hex = digits.size() == 2 * Hash20::size;
        return set_hash(magnet.info_hash.v1, is_hex ? from_hex(digits) : from_base32(digits), topic);
    }
    if (starts_in_any_case(topic, v2)) {
        const auto digits = topic.substr(v2.size());
        if (!digits.starts_with(sha256_multihash)) return bad("a hash that is not SHA-256", topic);
        return set_hash(magnet.info_hash.v2, from_hex(digits.substr(sha256_multihash.size())), topic);
    }
    return {};
}

std::optional<std::uint32_t> file_number(std::string_view digits)
{
    std::uint32_t number = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = failure == std::errc{} && end == digits.data() + digits.size();
    return whole && number <= max_file_number ? std::optional(number) : std::nullopt;
}

// so=0,2,4-7 (BEP 53). Ranges stay ranges: a link of 20 bytes cannot ask for 4 GiB of numbers.
Result<void> read_selection(Magnet& magnet, std::string_view list)
{
    for (std::size_t at = 0; at <= list.size();) {
        const auto item = list.substr(at, list.find(',', at) - at);
        const auto dash = item.find('-');
        const auto first = file_number(item.substr(0, dash));
        const auto last = dash == item.npos ? first : file_number(item.substr(dash + 1));
        if (!first || !last || *first > *last) return bad("a selection of files (so) that is none", item);
        magnet.selection.push_back({*first, *last});
        at += item.size() + 1;
    }
    return {};
}

void merge_selection(std::vector<FileRange>& ranges)
{
    std::ranges::sort(ranges, {}, &FileRange::first);
    std::vector<FileRange> merged;
    for (const auto range : ranges) {
        if (merged.empty() || range.first > merged.back().last + 1) {
            merged.push_back(range);
        } else {
            merged.back().last = std::max(merged.back().last, range.last);
        }
    }
    ranges = std::move(merged);
}

template <class T>
void add_once(std::vector<T>& list, std::optional<T> item, std::size_t limit)
{
    if (item && list.size() < limit && std::ranges::find(list, *item) == list.end())
        list.push_back(std::move(*item));
}

Result<void> read_parameter(Magnet& magnet, std::string_view key, std::string_view raw, const Limits& limits)
{
    // "xt.1", "tr.2": several of a kind, numbered.
    const auto kind = key == "x.pe" ? key : key.substr(0, key.find('.'));
    std::string encoded(raw);
    if (kind == "dn") std::ranges::replace(encoded, '+', ' '); // as HTML forms write blanks
    const auto value = unescaped(encoded);
    if (!value) return value.error();
    if (kind == "xt") return read_topic(magnet, *value);
    if (kind == "so") return read_selection(magnet, *value);
    if (kind == "tr") add_once(magnet.trackers, tracker_url(*value), limits.trackers);
    if (kind == "ws") add_once(magnet.web_seeds, web_seed_url(*value), limits.web_seeds);
    if (kind == "x.pe") add_once(magnet.peers, host_port(*value), limits.nodes);
    if (kind == "dn" && magnet.name.empty()) magnet.name = to_valid_utf8(*value);
    return {};
}

} // namespace

bool is_magnet(std::string_view text)
{
    return starts_in_any_case(text, scheme.substr(0, scheme.size() - 1));
}

Result<Magnet> parse_magnet(std::string_view link, const Limits& limits)
{
    if (link.size() > limits.magnet_size) {
        return make_error(Errc::limit_exceeded,
                          fmt::format("the magnet link is larger than {} bytes", limits.magnet_size));
    }
    if (!starts_in_any_case(link, scheme)) return bad("it does not begin with \"magnet:?\"", link);
    const auto query = link.substr(scheme.size());
    Magnet magnet;
    for (std::size_t at = 0; at <= query.size();) {
        const auto parameter = query.substr(at, query.find('&', at) - at);
        at += parameter.size() + 1;
        const auto equals = std::min(parameter.find('='), parameter.size());
        const auto value = parameter.substr(std::min(equals + 1, parameter.size()));
        if (auto read = read_parameter(magnet, parameter.substr(0, equals), value, limits); !read) {
            return std::move(read).error();
        }
    }
    if (!magnet.info_hash.v1 && !magnet.info_hash.v2) {
        return make_error(Errc::bad_input, "the magnet link has no BitTorrent info-hash (xt=urn:btih:…)");
    }
    merge_selection(magnet.selection);
    return magnet;
}

Result<void> check_can_be_fetched(const Magnet& magnet)
{
    if (magnet.info_hash.v1) return {};
    return make_error(Errc::unsupported, "the magnet link is of BitTorrent v2 alone (urn:btmh), which Shoal does not fetch yet; one that "
                                         "has urn:btih, too, would do");
}

std::string to_magnet(const TorrentFile& torrent)
{
    std::string link(scheme);
    const auto& hash = torrent.info_hash;
    if (hash.v1) link += fmt::format("xt=urn:btih:{}", hash.v1->hex());
    if (hash.v2)
        link += fmt::format("{}xt=urn:btmh:{}{}", hash.v1 ? "&" : "", sha256_multihash, hash.v2->hex());
    link += fmt::format("&dn={}", escaped(torrent.name));
    const auto add = [&](std::string_view key, std::string_view url) {
        const auto parameter = fmt::format("&{}={}", key, escaped(url));
        if (link.size() + parameter.size() <= Limits{}.magnet_size) link += parameter;
    };
    for (const auto& tier : torrent.trackers) {
        for (const auto& url : tier) add("tr", url);
    }
    for (const auto& url : torrent.web_seeds) add("ws", url);
    return link;
}

} // namespace shoal::metainfo
