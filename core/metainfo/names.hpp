// Names that a stranger chose for files on our disk: docs/decisions/0004-names-on-disk.md.
#pragma once

#include "metainfo/limits.hpp"
#include "metainfo/torrent_file.hpp"

#include <shoal/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shoal::metainfo {

/// Whether one component may become a file or folder; the text says why not, and quotes it. Errors:
/// bad_input, limit_exceeded.
[[nodiscard]] Result<void> check_component(std::string_view component, const Limits& limits);

/// The same for a relative path that a user chose, '/'-separated.
[[nodiscard]] Result<void> check_path(std::string_view path, const Limits& limits);

/// All paths together, padding aside: no two the same, none a folder in another, none too long or too deep
/// below `name`. `replaced[i]`: file i lost bytes that were no UTF-8; where that made it equal to another it
/// gets a number ("a~3.txt"), since the torrent meant two files. Errors: bad_input, limit_exceeded.
[[nodiscard]] Result<void> settle_paths(std::vector<File>& files, const std::vector<bool>& replaced,
                                        std::string_view name, const Limits& limits);

} // namespace shoal::metainfo
