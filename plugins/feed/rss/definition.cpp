#include "definition.hpp"

#include "arguments.hpp"
#include "ascii.hpp"

#include <shoal/hex.hpp>
#include <shoal/sha1.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace shoal::rss {
namespace {

constexpr std::size_t longest_cookies = 4 << 10;
constexpr std::size_t most_headers = 20;
constexpr std::size_t longest_header = 4 << 10;

Error wrong_feed(const std::string& what) { return make_error(Errc::bad_input, what); }

bool is_header_name(std::string_view name)
{
    return !name.empty() && name.size() <= 100 && std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}

bool is_header_text(std::string_view text)
{
    return text.size() <= longest_header && std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// These are ours to say.
bool is_own_header(std::string_view lower_case_name)
{
    constexpr std::array own = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "if-none-match", "if-modified-since"};
    return std::ranges::find(own, lower_case_name) != own.end();
}

Result<void> read_headers(const Value::Map& map, FeedDefinition& out)
{
    const auto* value = map.find("headers");
    if (value == nullptr || value->is_null()) return {};
    const auto* headers = value->as_map();
    if (headers == nullptr) return wrong_feed("'headers' has to be a map from names to texts");
    if (headers->size() > most_headers) return wrong_feed("more than " + std::to_string(most_headers) + " headers");
    for (std::size_t i = 0; i < headers->size(); ++i) {
        const auto& name = headers->keys()[i];
        const auto* text = headers->values()[i].as_text();
        if (!is_header_name(name) || text == nullptr || !is_header_text(*text)) return wrong_feed("the header '" + printable(name, 40) + "' cannot be sent");
        if (is_own_header(lower(name))) return wrong_feed("the header '" + printable(name, 40) + "' is Shoal's to choose");
        out.headers.emplace_back(name, *text);
    }
    return {};
}

// Seconds as a number, or "90", "45s", "30m", "2h", "1d".
std::optional<std::int64_t> seconds_of(const Value& value)
{
    if (const auto* integer = value.as_integer()) return *integer;
    if (const auto* real = value.as_real()) return std::isfinite(*real) && std::abs(*real) < 1e12 ? std::optional(std::llround(*real)) : std::nullopt;
    const auto* text = value.as_text();
    const auto digits = text == nullptr ? std::string::npos : text->find_first_not_of("0123456789");
    if (text == nullptr || digits == 0 || text->empty() || text->size() > 9) return std::nullopt;
    const auto count = std::stoll(text->substr(0, digits));
    const auto unit = digits == text->npos ? std::string("s") : text->substr(digits);
    if (unit == "s") return count;
    if (unit == "m") return count * 60;
    if (unit == "h") return count * 3600;
    return unit == "d" ? std::optional(count * 86'400) : std::nullopt;
}

Result<void> read_every(const Value::Map& map, FeedDefinition& out)
{
    const auto* value = map.find("every");
    if (value == nullptr || value->is_null()) return {};
    const auto seconds = seconds_of(*value);
    if (!seconds) return wrong_feed("'every' has to be seconds, or a text like 30m or 2h");
    if (*seconds < FeedDefinition::least_every.count()) return wrong_feed("'every' has to be 60 seconds or more: sites lock out who asks more often");
    if (*seconds > FeedDefinition::most_every.count()) return wrong_feed("'every' is more than 30 days");
    out.every = std::chrono::seconds(*seconds);
    return {};
}

// "all", "learn", or how old something may be.
Result<void> read_first_run(const Value::Map& map, FeedDefinition& out)
{
    const auto* value = map.find("first_run");
    if (value == nullptr || value->is_null()) return {};
    const auto word = text_in(map, "first_run");
    if (word == "all") return {};
    const auto seconds = word == "learn" ? std::optional<std::int64_t>(0) : seconds_of(*value);
    if (!seconds || *seconds < 0) return wrong_feed("'first_run' has to be all, learn, or how old an item may be then, like 2d");
    out.first_run = std::chrono::seconds(*seconds);
    return {};
}

Result<void> check_keys(const Value::Map& map)
{
    constexpr std::array known = {"url", "name", "every", "cookies", "headers", "first_run"};
    for (const auto& key : map.keys()) {
        if (std::ranges::find(known, key) == known.end()) return wrong_feed(printable(key, 40).insert(0, "a feed has no '").append("'"));
    }
    for (const auto* key : {"url", "name", "cookies"}) {
        const auto* value = map.find(key);
        if (value == nullptr || value->is_null() || value->as_text() != nullptr) continue;
        return wrong_feed(std::string(key).insert(0, 1, '\'').append("' has to be a text"));
    }
    return {};
}

} // namespace

Result<FeedDefinition> read_definition(const Value::Map& map)
{
    if (const auto keys = check_keys(map); !keys) return keys.error();
    FeedDefinition out{.name = std::string(trimmed(text_in(map, "name"))), .url = std::string(trimmed(text_in(map, "url"))),
                       .cookies = std::string(trimmed(text_in(map, "cookies")))};
    if (out.url.empty()) return wrong_feed("a feed needs a 'url'");
    if (const auto url = WebUrl::parse(out.url); !url) return url.error();
    if (out.name.size() > FeedDefinition::longest_name || printable(out.name) != out.name) return wrong_feed("'name' has to be a short text of one line");
    if (out.cookies.size() > longest_cookies || !is_header_text(out.cookies)) return wrong_feed("'cookies' has to be one line: NAME=VALUE; NAME=VALUE");
    if (const auto every = read_every(map, out); !every) return every.error();
    if (const auto first = read_first_run(map, out); !first) return first.error();
    if (const auto headers = read_headers(map, out); !headers) return headers.error();
    return out;
}

std::string name_after(const WebUrl& url, bool is_taken)
{
    const auto host = url.host.starts_with("www.") ? url.host.substr(4) : url.host;
    return is_taken ? host + "-" + to_hex(Sha1::of(as_bytes(url.text())).bytes).substr(0, 4) : host;
}

// Jackett: /api/v2.0/indexers/all/results/torznab/…; Prowlarr: /1/api?apikey=…; others: /torznab/…
bool is_torznab(const WebUrl& url)
{
    const auto path = lower(url.path);
    const auto query = lower(url.query);
    if (path.find("torznab") != path.npos) return true;
    const bool has_key = query.find("apikey=") != query.npos;
    const bool is_asking = query.find("?t=") != query.npos || query.find("&t=") != query.npos;
    return path.ends_with("/api") && (has_key || is_asking);
}

} // namespace shoal::rss
