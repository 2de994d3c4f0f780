#include "memory_storage.hpp"

#include "testing/storage_trial.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace shoal;
using namespace shoal::memory_storage;
using shoal::testing::TrialFile;
using shoal::testing::TrialLayout;

namespace {

void open(MemoryStorage& storage, const std::vector<TrialFile>& files, std::uint32_t flags = 0)
{
    const TrialLayout layout("/nowhere/at/all", files, flags);
    REQUIRE(storage.open(StorageLayout(layout.raw())));
}

Result<void> write(MemoryStorage& storage, std::uint32_t file, std::uint64_t offset, std::string_view text)
{
    const shoal_part part{text.data(), text.size()};
    return storage.write(file, offset, WriteParts(std::span(&part, 1)));
}

std::string read(MemoryStorage& storage, std::uint32_t file, std::uint64_t offset, std::size_t size)
{
    std::string text(size, '?');
    const auto got = storage.read(file, offset, std::as_writable_bytes(std::span(text.data(), text.size())));
    REQUIRE(got);
    text.resize(*got);
    return text;
}

} // namespace

TEST_CASE("memory is taken as bytes arrive, kept over a pause, and given back when it is removed", "[storage][memory]")
{
    MemoryStorage storage(200'000);
    const std::vector<TrialFile> files{{"large", std::uint64_t{1} << 40}, {"small", 3}};
    open(storage, files);
    CHECK(write(storage, 0, (std::uint64_t{1} << 40) - 5, "12345"));
    CHECK(write(storage, 0, 100, "abc"));
    CHECK(write(storage, 1, 0, "xyz"));
    CHECK(read(storage, 0, 98, 7) == std::string("\0\0abc\0\0", 7));
    CHECK(*storage.size(0) == std::uint64_t{1} << 40);
    storage.close();
    open(storage, files);
    CHECK(read(storage, 0, 98, 7) == std::string("\0\0abc\0\0", 7));
    CHECK(storage.remove(std::vector<std::uint32_t>{0, 1}));
    CHECK(*storage.size(0) == 0);
    CHECK(*storage.size(1) == 0);
    CHECK(write(storage, 0, 0, std::string(180'000, 'x'))); // there is room for it again
}

TEST_CASE("a torrent larger than the setting is told that the disk is full", "[storage][memory]")
{
    MemoryStorage storage(100'000);
    open(storage, {{"a", 1'000'000}, {"b", 10}});
    CHECK(write(storage, 0, 0, "x"));
    const auto refused = write(storage, 0, 500'000, "x");
    REQUIRE_FALSE(refused);
    CHECK(errc_name(refused.error().code) == "disk_full");
    CHECK_THAT(refused.error().text, Catch::Contains("more than 100000 bytes"));
    CHECK(write(storage, 1, 0, "0123456789")); // small files take what they need, not a whole chunk
    CHECK(*storage.size(0) == 1);
    CHECK(read(storage, 1, 0, 10) == "0123456789");
}

TEST_CASE("numbers and offsets that the torrent in memory does not have are refused", "[storage][memory]")
{
    MemoryStorage storage(100'000);
    open(storage, {{"a", 10}, {"", 5, SHOAL_FILE_PADDING}});
    for (const std::uint32_t file : {1U, 2U}) {
        CHECK(errc_name(storage.size(file).error().code) == "invalid_argument");
        CHECK(errc_name(write(storage, file, 0, "x").error().code) == "invalid_argument");
    }
    CHECK(errc_name(write(storage, 0, 8, "xyz").error().code) == "invalid_argument");
    CHECK(errc_name(write(storage, 0, UINT64_MAX, "x").error().code) == "invalid_argument");
    CHECK(*storage.size(0) == 0);
}

TEST_CASE("opened for reading alone there is nothing in memory", "[storage][memory]")
{
    MemoryStorage storage(100'000);
    open(storage, {{"a", 10}}, SHOAL_STORAGE_READ_ONLY);
    CHECK(read(storage, 0, 0, 10).empty());
    CHECK(errc_name(write(storage, 0, 0, "x").error().code) == "permission_denied");
}
