#include "transfer.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace shoal::file_storage {

namespace {

constexpr std::size_t batch = 64; // parts a call; a piece of 1 MiB in blocks of 16 KiB

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

} // namespace shoal::file_storage
