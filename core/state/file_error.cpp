#include "state/file_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace shoal::state {

bool is_disk_full(int code)
{
    return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

bool is_forbidden(int code)
{
    return code == EACCES || code == EPERM || code == EROFS;
}

Error file_error(std::string_view verb, const std::string& path, int code)
{
    const auto errc = is_disk_full(code) ? Errc::disk_full : is_forbidden(code) ? Errc::permission_denied : Errc::io_error;
    return make_error(errc, fmt::format("cannot {} {}: {}", verb, path, std::generic_category().message(code)));
}

}  // namespace shoal::state
