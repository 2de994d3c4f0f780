#include "settings.hpp"

#include <shoal/utf8.hpp>

#include <charconv>
#include <chrono>
#include <utility>

namespace shoal::dht {
namespace {

Error wrong(std::string_view setting, std::string_view what)
{
    return make_error(Errc::invalid_argument, "setting '" + std::string(setting) + "': " + std::string(what));
}

Result<HostPort> parse_host_port(std::string_view word)
{
    auto text = printable(word.substr(0, 64));
    text.insert(0, 1, '\'').append("' is no host:port");
    const auto error = make_error(Errc::invalid_argument, std::move(text));
    const auto colon = word.rfind(':');
    if (colon == word.npos || colon == 0) return error;
    auto host = word.substr(0, colon);
    if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    const auto digits = word.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure != std::errc{} || end != digits.data() + digits.size() || port == 0 || host.empty()) return error;
    return HostPort{std::string(host), port};
}

/// Where to listen in a family; an empty text: nowhere.
Result<std::optional<Endpoint>> listen_address(const Settings& given, std::string_view name, bool is_v6)
{
    const auto text = given.text(name);
    if (text.empty()) return std::optional<Endpoint>{};
    const auto address = Address::parse(text);
    if (!address) return wrong(name, address.error().text);
    if (address->v6 != is_v6) return wrong(name, is_v6 ? "is no IPv6 address" : "is no IPv4 address");
    return std::optional(Endpoint{*address, static_cast<std::uint16_t>(given.integer("port"))});
}

std::size_t size(const Settings& given, std::string_view name)
{
    return static_cast<std::size_t>(given.integer(name));
}

NodeSettings node_settings(const Settings& given)
{
    NodeSettings node;
    node.asker.is_read_only = given.boolean("read_only");
    node.asker.patience.slow = std::chrono::milliseconds(given.integer("slow_after"));
    node.asker.patience.silent = std::chrono::milliseconds(given.integer("silent_after"));
    node.lookups.at_once = size(given, "lookups");
    node.lookups.traversal.in_flight = size(given, "in_flight");
    node.lookups.traversal.paths = size(given, "paths");
    node.responder.peers.torrents = size(given, "max_torrents");
    node.responder.peers.peers = size(given, "max_peers");
    node.responder.items.items = size(given, "max_items");
    node.responder.sample_interval = std::chrono::seconds(given.integer("sample_interval"));
    node.flood.per_second = static_cast<std::uint64_t>(given.integer("queries_per_second"));
    node.flood.burst = 8 * node.flood.per_second;
    node.flood.ban = std::chrono::seconds(given.integer("ban"));
    node.upload = static_cast<std::uint64_t>(given.integer("upload"));
    return node;
}

} // namespace

Result<std::vector<HostPort>> parse_host_ports(std::string_view text)
{
    constexpr std::string_view separators = ", \t\r\n";
    std::vector<HostPort> all;
    for (;;) {
        const auto begin = text.find_first_not_of(separators);
        if (begin == text.npos) return all;
        const auto word = text.substr(begin, text.find_first_of(separators, begin) - begin);
        text.remove_prefix(begin + word.size());
        auto parsed = parse_host_port(word);
        if (!parsed) return parsed.error();
        all.push_back(std::move(*parsed));
    }
}

Result<PluginSettings> read_settings(const Settings& given)
{
    auto listen_v4 = listen_address(given, "listen_v4", false);
    if (!listen_v4) return listen_v4.error();
    auto listen_v6 = listen_address(given, "listen_v6", true);
    if (!listen_v6) return listen_v6.error();
    auto routers = parse_host_ports(given.text("routers"));
    if (!routers) return wrong("routers", routers.error().text);
    if (given.integer("silent_after") <= given.integer("slow_after")) {
        return wrong("silent_after", "has to be longer than 'slow_after'");
    }
    return PluginSettings{*listen_v4, *listen_v6, std::move(*routers), node_settings(given)};
}

} // namespace shoal::dht
