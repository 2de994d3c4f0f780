#include "state/whole_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace shoal::state {

Result<void> write_whole_file(const std::string& path, ByteView octets)
{
    const auto failed = [&](const std::error_code& problem) {
        const int code = problem.value();
        const auto errc = code == EACCES || code == EPERM || code == EROFS ? Errc::permission_denied : Errc::io_error;
        return make_error(errc, fmt::format("cannot write {}: {}", path, problem.message()));
    };
    const auto last = [] { return std::error_code(errno, std::generic_category()); };
    const std::string partial = path + ".part";
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    if (!file) return failed(last());
    file.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
    file.close();
    if (!file) return failed(last());
    std::error_code problem;
    std::filesystem::rename(partial, path, problem);
    if (problem) return failed(problem);
    return {};
}

}  // namespace shoal::state
