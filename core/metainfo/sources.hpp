// Where else to look: tracker URLs, web seeds and addresses as torrents and magnet links carry them. What
// makes no sense is left out. Nothing here resolves a name or opens a connection; which schemes are served is
// for the plug-ins.
#pragma once

#include "metainfo/limits.hpp"
#include "metainfo/torrent_file.hpp"

#include <shoal/bencode.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::metainfo {

/// The URL without white space around it, if it is one that names a host; none for file: URLs.
[[nodiscard]] std::optional<std::string> tracker_url(std::string_view text);

/// The same, http and https alone; blanks within become %20, as old torrents have them.
[[nodiscard]] std::optional<std::string> web_seed_url(std::string_view text);

[[nodiscard]] std::optional<HostPort> host_port(std::string_view host, std::int64_t port);
/// "host:port", "1.2.3.4:port" or "[::1]:port".
[[nodiscard]] std::optional<HostPort> host_port(std::string_view text);

/// Of the top level of a .torrent: `announce-list` where it names any tracker, else `announce` (BEP 12).
[[nodiscard]] std::vector<std::vector<std::string>> read_trackers(bencode::Node root, std::size_t limit);
/// `url-list`, a string or a list (BEP 19).
[[nodiscard]] std::vector<std::string> read_web_seeds(bencode::Node root, std::size_t limit);
/// `nodes` (BEP 5).
[[nodiscard]] std::vector<HostPort> read_nodes(bencode::Node root, std::size_t limit);

} // namespace shoal::metainfo
