#pragma once

#include <shoal/result.hpp>

#include <string>
#include <string_view>

namespace shoal::state {

// "cannot open /a/b: Permission denied". Of errno: permission_denied, disk_full, io_error.
Error file_error(std::string_view verb, const std::string& path, int code);

bool is_disk_full(int code);
bool is_forbidden(int code);

}  // namespace shoal::state
