// What the operating system said, as a person can act on it.
#pragma once

#include <shoal/result.hpp>

#include <string_view>

namespace shoal::file_storage {

/// `path` is named in the text; `error` is an errno.
[[nodiscard]] Error failure(std::string_view path, int error);

} // namespace shoal::file_storage
