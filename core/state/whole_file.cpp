#include "state/whole_file.hpp"

#include "state/file_error.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

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

}  // namespace shoal::state
