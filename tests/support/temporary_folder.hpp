// A folder of its own for one test, removed with all that is in it.
#pragma once

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <stdlib.h>

namespace shoal::test {

class TemporaryFolder {
public:
    TemporaryFolder()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "shoal-XXXXXX").native();
        const auto* made = ::mkdtemp(pattern.data());
        REQUIRE(made != nullptr);
        path_ = pattern;
    }

    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    ~TemporaryFolder()
    {
        std::error_code ignored; // a test that took rights away may leave something behind
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).native(); }

    /// Writes a file, with the folders it needs, and returns its path.
    std::string write(const std::string& name, std::string_view content) const
    {
        const auto file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << content;
        return file.native();
    }

    [[nodiscard]] std::string read(const std::string& name) const
    {
        std::ifstream file(path_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    [[nodiscard]] bool has(const std::string& name) const
    {
        return std::filesystem::exists(std::filesystem::symlink_status(path_ / name));
    }

private:
    std::filesystem::path path_;
};

} // namespace shoal::test
