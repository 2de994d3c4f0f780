#include "settings.hpp"

#include <shoal/hex.hpp>
#include <shoal/utf8.hpp>

#include <string>
#include <utility>

namespace shoal::embedded_tracker {
namespace {

Error wrong(std::string_view setting, std::string_view what)
{
    return make_error(Errc::invalid_argument, "setting '" + std::string(setting) + "': " + std::string(what));
}

std::vector<std::string_view> words_of(std::string_view text)
{
    constexpr std::string_view separators = ", \t\r\n";
    std::vector<std::string_view> words;
    for (;;) {
        const auto begin = text.find_first_not_of(separators);
        if (begin == text.npos) return words;
        words.push_back(text.substr(begin, text.find_first_of(separators, begin) - begin));
        text.remove_prefix(begin + words.back().size());
    }
}

} // namespace

Result<std::set<Hash20>> parse_info_hashes(std::string_view text)
{
    std::set<Hash20> hashes;
    for (const auto word : words_of(text)) {
        const auto octets = from_hex(word);
        const auto hash = octets ? Hash20::from(*octets) : octets.error();
        if (!hash) {
            return make_error(Errc::invalid_argument, "'" + printable(word.substr(0, 64))
                                                          + "' is no info-hash of 40 hexadecimal digits");
        }
        hashes.insert(*hash);
    }
    return hashes;
}

Result<std::vector<Endpoint>> parse_endpoints(std::string_view text)
{
    std::vector<Endpoint> endpoints;
    for (const auto word : words_of(text)) {
        const auto endpoint = Endpoint::parse(word);
        if (!endpoint) return endpoint.error();
        endpoints.push_back(*endpoint);
    }
    if (endpoints.empty()) return make_error(Errc::invalid_argument, "not an address and a port: nothing");
    return endpoints;
}

Result<Settings> read_settings(const shoal::Settings& given)
{
    auto listen = parse_endpoints(given.text("listen"));
    if (!listen) return wrong("listen", listen.error().text);
    const auto allowed = parse_info_hashes(given.text("allowed"));
    if (!allowed) return wrong("allowed", allowed.error().text);
    const bool is_open = given.boolean("open");
    if (!is_open && allowed->empty())
        return wrong("allowed", "is empty, and 'open' is off: nothing to serve");
    return Settings{.listen = std::move(*listen),
                    .uses_udp = given.boolean("udp"),
                    .interval = std::chrono::seconds(given.integer("interval")),
                    .max_torrents = static_cast<std::size_t>(given.integer("max_torrents")),
                    .max_peers = static_cast<std::size_t>(given.integer("max_peers")),
                    .is_open = is_open,
                    .allowed = *allowed,
                    .trusts_ip = given.boolean("trust_ip")};
}

} // namespace shoal::embedded_tracker
