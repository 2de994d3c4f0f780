#include "host/manifest_reader.hpp"

#include "host/manifest.hpp"
#include "made_plugins.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/stat.h>
#include <unistd.h>

namespace shoal::host {

namespace {

class Memory final : public RandomAccess {
public:
    explicit Memory(Bytes bytes) : bytes_(std::move(bytes)) {}

    std::uint64_t size() const override { return bytes_.size(); }

    Result<void> read(std::uint64_t offset, MutableBytes out) const override
    {
        // What a reader that trusts the file would do shows up here, not as a crash.
        REQUIRE(offset <= bytes_.size());
        REQUIRE(out.size() <= bytes_.size() - offset);
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
        return {};
    }

private:
    Bytes bytes_;
};

Bytes contents(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto view = as_bytes(text);
    return {view.begin(), view.end()};
}

Elf64_Ehdr header_of(const Bytes& file)
{
    Elf64_Ehdr header;
    std::memcpy(&header, file.data(), sizeof header);
    return header;
}

Bytes with_header(Bytes file, const Elf64_Ehdr& header)
{
    std::memcpy(file.data(), &header, sizeof header);
    return file;
}

}  // namespace

TEST_CASE("the manifest of a library is read without loading it", "[host][manifest]")
{
    const auto text = read_manifest(plugins / "good_picker.so");
    REQUIRE(text);
    CHECK(text->back() == '}');
    const auto manifest = parse_manifest(*text);
    REQUIRE(manifest);
    CHECK(manifest->id == "org.example.picker.good");
}

TEST_CASE("the C++ layer's manifest is read, too", "[host][manifest]")
{
    const auto text = read_manifest(plugins / "with_sdk.so");
    REQUIRE(text);
    CHECK(parse_manifest(*text));
}

TEST_CASE("what is no library is refused with a reason", "[host][manifest]")
{
    const auto folder = std::filesystem::temp_directory_path() / ("shoal-elf-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "empty.so");
    std::ofstream(folder / "text.so") << std::string(200, 'x');
    REQUIRE(::mkfifo((folder / "pipe.so").c_str(), 0600) == 0);
    CHECK(read_manifest(folder / "empty.so").error().text == "not a plug-in library: it ends too early");
    CHECK(read_manifest(folder / "text.so").error().text == "not a plug-in library: it is not an ELF file");
    CHECK(read_manifest(folder / "pipe.so").error().text
          == "not a plug-in library: it is not a regular file");
    CHECK(read_manifest(folder).error().code == Errc::bad_input);
    CHECK(read_manifest(folder / "absent.so").error().code == Errc::not_found);
    std::filesystem::remove_all(folder);
}

TEST_CASE("an executable and a library for another machine are told apart from plug-ins", "[host][manifest]")
{
    const auto file = contents(plugins / "good_picker.so");
    auto header = header_of(file);
    header.e_type = ET_REL;
    CHECK(read_manifest(Memory(with_header(file, header))).error().text
          == "not a plug-in library: it is not a shared library");

    header = header_of(file);
    header.e_machine = header.e_machine == EM_SPARCV9 ? EM_X86_64 : EM_SPARCV9;
    CHECK(read_manifest(Memory(with_header(file, header))).error().code == Errc::unsupported);

    header = header_of(file);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    CHECK(read_manifest(Memory(with_header(file, header))).error().code == Errc::unsupported);
}

TEST_CASE("a section table with impossible numbers is refused", "[host][manifest]")
{
    const auto file = contents(plugins / "good_picker.so");
    auto header = header_of(file);
    const auto check_refused = [&] { CHECK_FALSE(read_manifest(Memory(with_header(file, header)))); };
    SECTION("beyond the file")
    {
        header.e_shoff = file.size();
        check_refused();
    }
    SECTION("beyond all numbers")
    {
        header.e_shoff = UINT64_MAX - 8;
        check_refused();
    }
    SECTION("at zero")
    {
        header.e_shoff = 0;
        check_refused();
    }
    SECTION("more sections than octets")
    {
        header.e_shnum = 0xfeff;
        check_refused();
    }
    SECTION("entries of another size")
    {
        header.e_shentsize = 0;
        check_refused();
    }
    SECTION("names in no section")
    {
        header.e_shstrndx = 0xfefe;
        check_refused();
    }
    SECTION("names in a section that is not there")
    {
        header.e_shstrndx = header.e_shnum;
        check_refused();
    }
}

TEST_CASE("the numbers may be in the first section, as for huge libraries", "[host][manifest]")
{
    auto file = contents(plugins / "good_picker.so");
    auto header = header_of(file);
    Elf64_Shdr first;
    std::memcpy(&first, file.data() + header.e_shoff, sizeof first);
    first.sh_size = std::exchange(header.e_shnum, 0);
    first.sh_link = std::exchange(header.e_shstrndx, SHN_XINDEX);
    std::memcpy(file.data() + header.e_shoff, &first, sizeof first);
    const auto text = read_manifest(Memory(with_header(file, header)));
    REQUIRE(text);
    CHECK(parse_manifest(*text));
}

TEST_CASE("a library cut short at any length never misleads the reader", "[host][manifest]")
{
    const auto file = contents(plugins / "bad_manifest.so");
    REQUIRE(read_manifest(Memory(file)));
    for (std::size_t length = 0; length < file.size(); ++length) {
        const auto cut =
            read_manifest(Memory(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length))));
        // The section table is at the end, so that nothing shorter can be whole.
        if (cut) FAIL("read at " << length << " of " << file.size());
    }
}

TEST_CASE("a library with flipped octets never misleads the reader", "[host][manifest]")
{
    const auto file = contents(plugins / "bad_manifest.so");
    const auto header = header_of(file);
    RandomStream random(2026, 1);
    std::size_t refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        auto flipped = file;
        for (auto flips = 1 + random.below(4); flips > 0; --flips) {
            // Half of them where it hurts: in the header and in the section table.
            const auto table = random.below(file.size() - header.e_shoff) + header.e_shoff;
            const auto at = random.chance(1, 2) ? random.below(sizeof header) : table;
            flipped[at] ^= static_cast<std::byte>(1u << random.below(8));
        }
        if (const auto text = read_manifest(Memory(std::move(flipped))); !text) {
            ++refused;
        } else {
            static_cast<void>(parse_manifest(*text));
        }
    }
    CHECK(refused > 1000);
}

}  // namespace shoal::host
