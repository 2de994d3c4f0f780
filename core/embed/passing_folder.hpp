#pragma once

#include <shoal/result.hpp>

#include <filesystem>
#include <string>
#include <system_error>

#include <stdlib.h>

namespace shoal::embed {

// Of a client that keeps nothing; removed with it.
class PassingFolder {
public:
    PassingFolder() = default;
    ~PassingFolder()
    {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    PassingFolder(const PassingFolder&) = delete;
    PassingFolder& operator=(const PassingFolder&) = delete;

    Result<std::string> make()
    {
        std::error_code problem;
        auto pattern = (std::filesystem::temp_directory_path(problem) / "shoal-XXXXXX").native();
        const char* made = problem ? nullptr : ::mkdtemp(pattern.data());
        if (made == nullptr) return make_error(Errc::io_error, "no folder could be made for what must be kept while the client lives");
        return path_ = made;
    }

private:
    std::string path_;
};

}  // namespace shoal::embed
