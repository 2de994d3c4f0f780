#include "secrets.hpp"

#include "ascii.hpp"

#include <algorithm>
#include <array>

namespace shoal::rss {
namespace {

constexpr std::string_view hidden = "…";
constexpr std::size_t shortest_secret = 4; // what is shorter hides nothing, and would be cut out of any text
constexpr std::size_t shortest_key = 16;   // in a path

// Names in a query whose values say what is asked for, not who asks.
constexpr std::array harmless = {"t",  "q",     "cat", "cats", "category", "c",    "f",      "s",    "p",    "page",
                                 "ep", "limit", "offset", "season", "extended", "sort", "order", "filter", "type", "rss"};

bool is_harmless(std::string_view name) { return std::ranges::find(harmless, lower(name)) != harmless.end(); }

// "0a1b2c3d4e5f60718293": letters and digits, both, and long.
bool looks_like_key(std::string_view segment)
{
    const bool is_plain = std::ranges::all_of(segment, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
    return segment.size() >= shortest_key && is_plain && std::ranges::any_of(segment, is_digit);
}

// Calls `see` with each part between separators, and whether it is a secret.
template <class See>
void for_each_path_part(std::string_view path, const See& see)
{
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        const auto part = path.substr(at, end - at);
        see(part, looks_like_key(part));
        at = end + 1;
    }
}

template <class See>
void for_each_query_part(std::string_view query, const See& see)
{
    for (std::size_t at = std::min<std::size_t>(1, query.size()); at < query.size();) {
        const auto end = std::min(query.find('&', at), query.size());
        const auto part = query.substr(at, end - at);
        const auto equals = part.find('=');
        const auto name = equals == part.npos ? std::string_view{} : part.substr(0, equals);
        see(name, equals == part.npos ? part : part.substr(equals + 1), !is_harmless(name));
        at = end + 1;
    }
}

std::string shown_path(std::string_view path)
{
    std::string out;
    for_each_path_part(path.substr(1), [&](std::string_view part, bool is_secret) { // it begins with '/'
        out += '/';
        out += is_secret ? hidden : part;
    });
    return out;
}

std::string shown_query(std::string_view query)
{
    std::string out;
    for_each_query_part(query, [&](std::string_view name, std::string_view value, bool is_secret) {
        out += out.empty() ? "?" : "&";
        if (!name.empty()) out += std::string(name) + "=";
        out += is_secret && !value.empty() ? hidden : value;
    });
    return out;
}

} // namespace

std::string shown_url(std::string_view text)
{
    const auto url = WebUrl::parse(text);
    if (!url) return std::string(hidden);
    const auto at = url->authority.find('@');
    const auto place = at == std::string::npos ? url->authority : std::string(hidden) + url->authority.substr(at);
    return (url->is_secure ? "https://" : "http://") + place + shown_path(url->path) + shown_query(url->query);
}

Secrets::Secrets(const FeedDefinition& feed)
{
    if (const auto url = WebUrl::parse(feed.url)) {
        for_each_query_part(url->query, [this](std::string_view, std::string_view value, bool is_secret) {
            if (is_secret) add(value);
        });
        for_each_path_part(url->path, [this](std::string_view part, bool is_secret) {
            if (is_secret) add(part);
        });
        const auto user = std::string_view(url->authority).substr(0, std::min(url->authority.find('@'), url->authority.size()));
        if (user.size() < url->authority.size()) {
            add(user);
            add(user.substr(std::min(user.find(':') + 1, user.size())));
        }
    }
    for (std::string_view rest = feed.cookies; !rest.empty();) {
        const auto cookie = rest.substr(0, rest.find(';'));
        add(trimmed(cookie.substr(std::min(cookie.find('=') + 1, cookie.size()))));
        rest.remove_prefix(std::min(cookie.size() + 1, rest.size()));
    }
    for (const auto& [name, value] : feed.headers) {
        add(value);
        add(std::string_view(value).substr(value.rfind(' ') + 1)); // "Bearer …"
    }
    std::ranges::sort(all_, std::ranges::greater{}, &std::string::size); // one may be a part of another
}

void Secrets::add(std::string_view secret)
{
    if (secret.size() >= shortest_secret) all_.emplace_back(secret);
}

std::string Secrets::without(std::string text) const
{
    for (const auto& secret : all_) {
        for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at + hidden.size())) text.replace(at, secret.size(), hidden);
    }
    return text;
}

} // namespace shoal::rss
