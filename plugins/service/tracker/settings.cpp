#include "settings.hpp"

#include <shoal/hex.hpp>
#include <shoal/utf8.hpp>

#include <string>

namespace shoal::embedded_tracker {
namespace {

Error wrong(std::string_view setting, std::string_view what)
{
    return make_error(Errc::invalid_argument, "setting '" + std::string(setting) + "': " + std::string(what));
}

} // namespace

Result<std::set<Hash20>> parse_info_hashes(std::string_view text)
{
    constexpr std::string_view separators = ", \t\r\n";
    std::set<Hash20> hashes;
    for (;;) {
        const auto begin = text.find_first_not_of(separators);
        if (begin == text.npos) return hashes;
        const auto word = text.substr(begin, text.find_first_of(separators, begin) - begin);
        text.remove_prefix(begin + word.size());
        const auto octets = from_hex(word);
        const auto hash = octets ? Hash20::from(*octets) : octets.error();
        if (!hash) {
            return make_error(Errc::invalid_argument, "'" + printable(word.substr(0, 64))
                                                          + "' is no info-hash of 40 hexadecimal digits");
        }
        hashes.insert(*hash);
    }
}

Result<Settings> read_settings(const shoal::Settings& given)
{
    const auto listen = Endpoint::parse(given.text("listen"));
    if (!listen) return wrong("listen", listen.error().text);
    const auto allowed = parse_info_hashes(given.text("allowed"));
    if (!allowed) return wrong("allowed", allowed.error().text);
    const bool is_open = given.boolean("open");
    if (!is_open && allowed->empty())
        return wrong("allowed", "is empty, and 'open' is off: nothing to serve");
    return Settings{.listen = *listen,
                    .uses_udp = given.boolean("udp"),
                    .interval = std::chrono::seconds(given.integer("interval")),
                    .max_torrents = static_cast<std::size_t>(given.integer("max_torrents")),
                    .max_peers = static_cast<std::size_t>(given.integer("max_peers")),
                    .is_open = is_open,
                    .allowed = *allowed,
                    .trusts_ip = given.boolean("trust_ip")};
}

} // namespace shoal::embedded_tracker
