// A file from its first octet to its last, if it has no more than it should. Blocks.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace shoal::file_source {

/// How long a pipe or a device may say nothing.
inline constexpr std::chrono::milliseconds longest_silence{10'000};

/// Errors begin with the path: not_found, permission_denied, bad_input (a folder), limit_exceeded, timed_out (of what is no
/// file, and says nothing), io_error. [any]
[[nodiscard]] Result<Bytes> read_whole_file(const std::string& path, std::size_t most,
                                            std::chrono::milliseconds silence = longest_silence);

} // namespace shoal::file_source
