// A file storage on a folder of its own.
#pragma once

#include "file_storage.hpp"
#include "support/temporary_folder.hpp"
#include "testing/storage_trial.hpp"

#include <shoal/bytes.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::file_storage::test {

using shoal::testing::TrialFile;

inline std::size_t open_descriptors()
{
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

inline Result<void> open(FileStorage& storage, const std::string& folder, const std::vector<TrialFile>& files,
                         std::uint32_t flags = 0)
{
    const testing::TrialLayout layout(folder, files, flags);
    return storage.open(StorageLayout(layout.raw()));
}

inline Result<void> write(FileStorage& storage, std::uint32_t file, std::uint64_t offset,
                          std::string_view text)
{
    const shoal_part part{text.data(), text.size()};
    return storage.write(file, offset, WriteParts(std::span(&part, 1)));
}

inline Result<std::string> read(FileStorage& storage, std::uint32_t file, std::uint64_t offset,
                                std::size_t size)
{
    std::string text(size, '?');
    const auto got = storage.read(file, offset, std::as_writable_bytes(std::span(text.data(), text.size())));
    if (!got) return got.error();
    text.resize(*got);
    return text;
}

template <class T>
void succeeds(const Result<T>& result)
{
    INFO((result ? std::string() : result.error().text));
    CHECK(result);
}

template <class T>
void fails(const Result<T>& result, Errc code, const std::string& text)
{
    REQUIRE_FALSE(result);
    CHECK(errc_name(result.error().code) == errc_name(code));
    CHECK_THAT(result.error().text, Catch::Contains(text));
}

} // namespace shoal::file_storage::test
