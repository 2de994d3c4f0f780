#include "state/whole_file.hpp"

#include "state/file_error.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace shoal::state {

Result<void> write_whole_file(const std::string& path, ByteView octets)
{
    const auto failed = [&](int code) { return file_error("write", path, code); };
    const std::string partial = path + ".part";
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    if (!file) return failed(errno);
    file.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
    file.close();
    if (!file) return failed(errno);
    std::error_code problem;
    std::filesystem::rename(partial, path, problem);
    if (problem) return failed(problem.value());
    return {};
}

Result<void> begin_private_file(const std::string& path)
{
    ::unlink(path.c_str());
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return file_error("create", path, errno);
    ::close(descriptor);
    return {};
}

Result<void> sync_file(const std::string& path)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return file_error("open", path, errno);
    const int code = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    if (code != 0) return file_error("write", path, code);
    return {};
}

}  // namespace shoal::state
