#include "daemon/peer_classes.hpp"

#include "control/quantity.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

namespace shoal::daemon {

namespace {

Error no_class(std::string_view text, const std::string& why)
{
    return make_error(Errc::invalid_argument, fmt::format("'{}': {}; write something like 10.0.0.0/8 down=1M up=512k, or local free",
                                                          printable(text, 80), why));
}

Result<void> read_limit(std::string_view word, torrent::PeerClass& peers)
{
    if (word == "free") {
        peers.is_free = true;
        return {};
    }
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    if (equals == word.npos || (name != "down" && name != "up")) {
        return make_error(Errc::invalid_argument, fmt::format("'{}' is neither down=RATE nor up=RATE nor free", printable(word, 40)));
    }
    const auto rate = control::parse_size(word.substr(equals + 1));
    if (!rate) return rate.error();
    (name == "down" ? peers.rates.down : peers.rates.up) = *rate;
    return {};
}

}  // namespace

Result<torrent::PeerClass> parse_peer_class(std::string_view text)
{
    const auto words = control::split(text, ' ');
    if (words.size() < 2) return no_class(text, "it has to say whom, and what holds for them");
    auto rule = torrent::PeerRule::parse(words[0]);
    if (!rule) return no_class(text, rule.error().text);
    torrent::PeerClass peers{.name = words[0], .rule = std::move(*rule)};
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (const auto read = read_limit(words[i], peers); !read) return no_class(text, read.error().text);
    }
    if (peers.is_free && (peers.rates.down != 0 || peers.rates.up != 0)) return no_class(text, "who is free has no limit");
    return peers;
}

std::vector<torrent::PeerClass> peer_classes(const std::vector<std::string>& texts)
{
    std::vector<torrent::PeerClass> classes;
    for (const auto& text : texts) {
        if (auto peers = parse_peer_class(text)) classes.push_back(std::move(*peers));
    }
    return classes.empty() ? torrent::default_peer_classes() : classes;
}

}  // namespace shoal::daemon
