#include "failure.hpp"

#include <shoal/utf8.hpp>

#include <cerrno>
#include <cstring>
#include <string>

namespace shoal::file_storage {

namespace {

Errc code_of(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT: return Errc::disk_full;
    case EACCES:
    case EPERM:
    case EROFS:
    case ETXTBSY:
    case ELOOP:
    case EXDEV: return Errc::permission_denied;
    case ENOENT: return Errc::not_found;
    case EMFILE:
    case ENFILE:
    case ENAMETOOLONG:
    case EFBIG: return Errc::limit_exceeded;
    default: return Errc::io_error;
    }
}

std::string reason(int error)
{
    switch (error) {
    case ENOSPC: return "the disk is full";
    case EDQUOT: return "the disk quota is used up";
    case EROFS: return "the file system is read-only";
    case ELOOP:
    case EXDEV: return "a symbolic link is in its way, and links are not followed";
    case ENOTDIR: return "a file is where a folder has to be";
    case EISDIR: return "a folder is where the file has to be";
    case EMFILE:
    case ENFILE:
        return "too many files are open; raise the limit (ulimit -n) or lower the setting 'descriptors'";
    case EFBIG: return "the file system cannot hold so large a file";
    default: return std::strerror(error);
    }
}

} // namespace

Error failure(std::string_view path, int error)
{
    return make_error(code_of(error), printable(path) + ": " + reason(error));
}

} // namespace shoal::file_storage
