#include "host/manifest_reader.hpp"

#include <shoal/abi/plugin.h>

#include <fmt/format.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>
#include <utility>

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shoal::host {

namespace {

constexpr std::uint64_t largest_manifest = 1u << 20;
constexpr std::uint64_t most_sections = 65'536;
constexpr std::uint64_t largest_names = 4u << 20;

Error damaged(std::string_view what)
{
    return make_error(Errc::bad_input, fmt::format("not a plug-in library: {}", what));
}

// Reads with pread: a mapping would turn a file that is cut short meanwhile into a signal.
class DiskFile final : public RandomAccess {
public:
    static Result<DiskFile> open(const std::filesystem::path& path)
    {
        // Without O_NONBLOCK a FIFO called x.so would hang the scan.
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor < 0) return failure(errno);
        DiskFile file(descriptor);
        struct stat status {};
        if (::fstat(descriptor, &status) != 0) return failure(errno);
        if (!S_ISREG(status.st_mode)) return damaged("it is not a regular file");
        file.size_ = static_cast<std::uint64_t>(status.st_size);
        return file;
    }

    DiskFile(DiskFile&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_)
    {}
    DiskFile& operator=(DiskFile&&) = delete;
    ~DiskFile() override
    {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    std::uint64_t size() const override { return size_; }

    Result<void> read(std::uint64_t offset, MutableBytes out) const override
    {
        while (!out.empty()) {
            const auto got = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return failure(errno);
            if (got == 0) return damaged("it ends too early");
            offset += static_cast<std::uint64_t>(got);
            out = out.subspan(static_cast<std::size_t>(got));
        }
        return {};
    }

private:
    explicit DiskFile(int descriptor) : descriptor_(descriptor) {}

    static Error failure(int code)
    {
        const auto kind = code == ENOENT   ? Errc::not_found
                          : code == EACCES ? Errc::permission_denied
                                           : Errc::io_error;
        return make_error(kind, std::generic_category().message(code));
    }

    int descriptor_;
    std::uint64_t size_ = 0;
};

constexpr std::uint16_t our_machine()
{
#if defined(__x86_64__)
    return EM_X86_64;
#elif defined(__aarch64__)
    return EM_AARCH64;
#elif defined(__riscv)
    return EM_RISCV;
#elif defined(__powerpc64__)
    return EM_PPC64;
#elif defined(__s390x__)
    return EM_S390;
#elif defined(__loongarch__)
    return 258;
#else
    return EM_NONE;  // not known: dlopen will tell
#endif
}

template <class Struct>
Result<Struct> load(const RandomAccess& file, std::uint64_t offset)
{
    Struct out;
    if (offset > file.size() || file.size() - offset < sizeof out) return damaged("it ends too early");
    if (auto done = file.read(offset, std::as_writable_bytes(std::span(&out, 1))); !done) return done.error();
    return out;
}

Result<std::string> load_text(const RandomAccess& file, const Elf64_Shdr& section)
{
    if (section.sh_offset > file.size() || file.size() - section.sh_offset < section.sh_size) {
        return damaged("a section lies outside the file");
    }
    std::string out(static_cast<std::size_t>(section.sh_size), '\0');
    if (auto done = file.read(section.sh_offset, std::as_writable_bytes(std::span(out))); !done)
        return done.error();
    return out;
}

Result<Elf64_Ehdr> read_header(const RandomAccess& file)
{
    auto header = load<Elf64_Ehdr>(file, 0);
    if (!header) return header;
    constexpr auto our_order = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
    if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return damaged("it is not an ELF file");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != our_order
        || (our_machine() != EM_NONE && header->e_machine != our_machine())) {
        return make_error(Errc::unsupported, "it is built for another machine");
    }
    if (header->e_type != ET_DYN) return damaged("it is not a shared library");
    if (header->e_shoff == 0 || header->e_shentsize != sizeof(Elf64_Shdr))
        return damaged("it has no section table");
    return header;
}

struct SectionTable {
    std::uint64_t offset = 0;
    std::uint64_t count = 0;
    std::uint64_t names = 0;  // index of the section with the names

    Result<Elf64_Shdr> section(const RandomAccess& file, std::uint64_t index) const
    {
        return load<Elf64_Shdr>(file, offset + index * sizeof(Elf64_Shdr));
    }
};

Result<SectionTable> read_table(const RandomAccess& file, const Elf64_Ehdr& header)
{
    SectionTable table{header.e_shoff, header.e_shnum, header.e_shstrndx};
    // Numbers too large for the header are kept in the first section (ELF gABI, "Section Header").
    if (table.count == 0 || table.names == SHN_XINDEX) {
        auto first = load<Elf64_Shdr>(file, table.offset);
        if (!first) return first.error();
        if (table.count == 0) table.count = first->sh_size;
        if (table.names == SHN_XINDEX) table.names = first->sh_link;
    }
    if (table.count > most_sections || table.offset > file.size()
        || (file.size() - table.offset) / sizeof(Elf64_Shdr) < table.count) {
        return damaged("its section table lies outside the file");
    }
    if (table.names >= table.count) return damaged("its sections have no names");
    return table;
}

bool is_named(std::string_view names, std::uint32_t at, std::string_view wanted)
{
    if (at >= names.size()) return false;
    const auto rest = names.substr(at);
    return rest.size() > wanted.size() && rest.starts_with(wanted) && rest[wanted.size()] == '\0';
}

Result<std::string> read_section(const RandomAccess& file, const Elf64_Shdr& section)
{
    if (section.sh_type != SHT_PROGBITS || (section.sh_flags & SHF_COMPRESSED) != 0) {
        return damaged("its manifest is not plain text");
    }
    if (section.sh_size > largest_manifest) return damaged("its manifest is larger than 1 MiB");
    auto text = load_text(file, section);
    if (!text) return text;
    // A C literal brings its terminator along.
    text->erase(text->find_last_not_of('\0') + 1);
    if (text->empty()) return damaged("its manifest is empty");
    return text;
}

}  // namespace

Result<std::string> read_manifest(const RandomAccess& file)
{
    auto header = read_header(file);
    if (!header) return header.error();
    auto table = read_table(file, *header);
    if (!table) return table.error();
    auto names_section = table->section(file, table->names);
    if (!names_section) return names_section.error();
    if (names_section->sh_size > largest_names) return damaged("its section names are too long");
    auto names = load_text(file, *names_section);
    if (!names) return names.error();

    for (std::uint64_t i = 0; i < table->count; ++i) {
        auto section = table->section(file, i);
        if (!section) return section.error();
        if (is_named(*names, section->sh_name, SHOAL_MANIFEST_SECTION)) return read_section(file, *section);
    }
    return damaged("it has no section " SHOAL_MANIFEST_SECTION);
}

Result<std::string> read_manifest(const std::filesystem::path& path)
{
    auto file = DiskFile::open(path);
    if (!file) return file.error();
    return read_manifest(*file);
}

}  // namespace shoal::host
