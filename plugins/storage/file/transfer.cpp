#include "transfer.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace shoal::file_storage {

namespace {

constexpr std::size_t batch = 64; // parts a call; a piece of 1 MiB in blocks of 16 KiB
constexpr std::uint64_t copy_step = 4 << 20; // between two looks at whether it is still wanted

struct Extent {
    std::uint64_t begin;
    std::uint64_t end;
};

// The next that is no hole, at or after `at`; empty at `size` when there is none. Where the file system does not say:
// all of it.
Extent next_extent(int file, std::uint64_t at, std::uint64_t size)
{
    const auto begin = ::lseek(file, static_cast<off_t>(at), SEEK_DATA);
    if (begin < 0) return errno == ENXIO ? Extent{size, size} : Extent{at, size};
    const auto end = ::lseek(file, begin, SEEK_HOLE);
    if (end < 0) return {static_cast<std::uint64_t>(begin), size};
    return {std::min(static_cast<std::uint64_t>(begin), size), std::min(static_cast<std::uint64_t>(end), size)};
}

bool is_not_for_this_pair(int error)
{
    return error == EXDEV || error == ENOSYS || error == EINVAL || error == EOPNOTSUPP || error == EBADF;
}

int copy_through_memory(int from, int to, Extent range)
{
    std::vector<std::byte> buffer(static_cast<std::size_t>(range.end - range.begin));
    const auto got = read_at(from, range.begin, buffer);
    if (got.error != 0) return got.error;
    if (got.size < buffer.size()) return EIO; // it became shorter meanwhile
    const shoal_part part{buffer.data(), buffer.size()};
    return write_at(to, range.begin, WriteParts(std::span(&part, 1))).error;
}

// By the kernel where it can: it may share the blocks.
int copy_range(int from, int to, Extent range)
{
    while (range.begin < range.end) {
        auto in = static_cast<off_t>(range.begin);
        auto out = in;
        const auto copied = ::copy_file_range(from, &in, to, &out, range.end - range.begin, 0);
        if (copied < 0 && errno == EINTR) continue;
        if (copied < 0 && is_not_for_this_pair(errno)) return copy_through_memory(from, to, range);
        if (copied < 0) return errno;
        if (copied == 0) return EIO;
        range.begin += static_cast<std::uint64_t>(copied);
    }
    return 0;
}

} // namespace

Transferred read_at(int descriptor, std::uint64_t offset, MutableBytes into)
{
    Transferred done;
    while (done.size < into.size()) {
        const auto rest = into.subspan(done.size);
        const auto got =
            ::pread(descriptor, rest.data(), rest.size(), static_cast<off_t>(offset + done.size));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) done.error = errno;
        if (got <= 0) break;
        done.size += static_cast<std::uint64_t>(got);
    }
    return done;
}

Transferred write_at(int descriptor, std::uint64_t offset, const WriteParts& parts)
{
    Transferred done;
    std::size_t part = 0;
    std::size_t skip = 0; // bytes of that part that are written
    while (part < parts.size()) {
        std::array<iovec, batch> vectors{};
        std::size_t count = 0;
        for (; count < batch && part + count < parts.size(); ++count) {
            const auto bytes = parts[part + count].subspan(count == 0 ? skip : 0);
            vectors[count] = {const_cast<std::byte*>(bytes.data()), bytes.size()};
        }
        const auto put = ::pwritev(descriptor, vectors.data(), static_cast<int>(count),
                                   static_cast<off_t>(offset + done.size));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) {
            done.error = errno;
            break;
        }
        done.size += static_cast<std::uint64_t>(put);
        for (skip += static_cast<std::size_t>(put); part < parts.size() && skip >= parts[part].size();
             ++part) {
            skip -= parts[part].size();
        }
    }
    return done;
}

int copy_file(int from, int to, std::uint64_t size, const Copying& copying)
{
    for (std::uint64_t at = 0; at < size;) {
        auto extent = next_extent(from, at, size);
        extent.end = std::min(extent.end, extent.begin + copy_step);
        if (const int error = copy_range(from, to, extent); error != 0) return error;
        if (!copying(extent.end - at)) return ECANCELED;
        at = extent.end;
    }
    if (::ftruncate(to, static_cast<off_t>(size)) != 0) return errno;
    return ::fsync(to) == 0 ? 0 : errno;
}

} // namespace shoal::file_storage
