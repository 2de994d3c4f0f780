#include "metainfo/sources.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace shoal::metainfo {

namespace {

constexpr std::size_t url_size = 2048;
constexpr std::size_t host_size = 255;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

// In lower case; empty unless "scheme://" and the first character of a host follow (RFC 3986 §3.1).
std::string scheme_of(std::string_view url)
{
    const auto end = url.find("://");
    if (end == url.npos || end == 0 || !is_letter(url.front())) return {};
    if (end + 3 >= url.size() || url[end + 3] == '/' || url[end + 3] == '?' || url[end + 3] == '#') return {};
    std::string scheme;
    for (const char c : url.substr(0, end)) {
        if (!is_letter(c) && !is_digit(c) && c != '+' && c != '-' && c != '.') return {};
        scheme += is_letter(c) ? static_cast<char>(c | 0x20) : c;
    }
    return scheme;
}

bool is_host(std::string_view host)
{
    const auto fits = [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == ':';
    };
    return !host.empty() && host.size() <= host_size && std::ranges::all_of(host, fits);
}

// One tier after the other; a URL keeps the first place it is found at.
class Tiers {
public:
    explicit Tiers(std::size_t limit) : limit_(limit) {}

    void add_tier(bencode::Node list)
    {
        tiers_.emplace_back();
        for (const auto item : list.items()) add(item);
        if (tiers_.back().empty()) tiers_.pop_back();
    }

    void add_alone(bencode::Node item)
    {
        tiers_.emplace_back();
        add(item);
        if (tiers_.back().empty()) tiers_.pop_back();
    }

    [[nodiscard]] bool empty() const { return tiers_.empty(); }
    std::vector<std::vector<std::string>> take() { return std::move(tiers_); }

private:
    void add(bencode::Node item)
    {
        const auto text = item.string();
        if (!text || known_.size() >= limit_) return;
        auto url = tracker_url(*text);
        if (url && known_.insert(*url).second) tiers_.back().push_back(std::move(*url));
    }

    std::size_t limit_;
    std::unordered_set<std::string> known_;
    std::vector<std::vector<std::string>> tiers_;
};

} // namespace

std::optional<std::string> tracker_url(std::string_view text)
{
    const auto url = trimmed(text);
    const auto breaks = [](char c) { return is_blank(c) || is_control(c); };
    if (url.size() > url_size || std::ranges::any_of(url, breaks) || !is_valid_utf8(url)) return std::nullopt;
    const auto scheme = scheme_of(url);
    if (scheme.empty() || scheme == "file") return std::nullopt;
    return std::string(url);
}

std::optional<std::string> web_seed_url(std::string_view text)
{
    const auto given = trimmed(text);
    const auto scheme = scheme_of(given);
    if (scheme != "http" && scheme != "https") return std::nullopt;
    if (given.size() > url_size || std::ranges::any_of(given, is_control) || !is_valid_utf8(given))
        return std::nullopt;
    std::string url;
    for (const char c : given) c == ' ' ? url.append("%20") : url.append(1, c);
    return url;
}

std::optional<HostPort> host_port(std::string_view host, std::int64_t port)
{
    if (!is_host(host) || port < 1 || port > 65535) return std::nullopt;
    return HostPort{std::string(host), static_cast<std::uint16_t>(port)};
}

std::optional<HostPort> host_port(std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    const auto digits = text.substr(colon + 1);
    std::int64_t port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;

    auto host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    // Only brackets tell the colons of an address from the one before the port.
    if (bracketed != (host.find(':') != host.npos)) return std::nullopt;
    return host_port(host, port);
}

std::vector<std::vector<std::string>> read_trackers(bencode::Node root, std::size_t limit)
{
    Tiers tiers(limit);
    if (const auto list = root.find_list("announce-list")) {
        // A tier is a list; some torrents put the URL itself there.
        for (const auto tier : list->items()) tier.is_list() ? tiers.add_tier(tier) : tiers.add_alone(tier);
    }
    if (const auto announce = root.find("announce"); announce && tiers.empty()) tiers.add_alone(*announce);
    return tiers.take();
}

std::vector<std::string> read_web_seeds(bencode::Node root, std::size_t limit)
{
    std::vector<std::string> seeds;
    std::unordered_set<std::string> known;
    const auto add = [&](bencode::Node item) {
        auto url = web_seed_url(item.string().value_or(""));
        if (url && seeds.size() < limit && known.insert(*url).second) seeds.push_back(std::move(*url));
    };
    const auto list = root.find("url-list");
    if (!list) return seeds;
    if (list->is_string()) add(*list);
    for (const auto item : list->items()) add(item);
    return seeds;
}

std::vector<HostPort> read_nodes(bencode::Node root, std::size_t limit)
{
    std::vector<HostPort> nodes;
    const auto list = root.find_list("nodes");
    if (!list) return nodes;
    for (const auto pair : list->items()) {
        if (nodes.size() >= limit) break;
        if (!pair.is_list() || pair.size() != 2) continue;
        auto at = pair.items().begin();
        const auto host = (*at).string().value_or("");
        const auto port = (*++at).integer().value_or(0);
        if (auto node = host_port(host, port)) nodes.push_back(std::move(*node));
    }
    return nodes;
}

} // namespace shoal::metainfo
