#include "disk/residency.hpp"

#include <sys/uio.h>

#include <cerrno>

namespace shoal::disk {

bool is_resident(const environment::FileRegion& region)
{
    char last = 0;
    const iovec place{&last, 1};
    const auto at = static_cast<off_t>(region.offset + region.length - 1);
    const ssize_t got = ::preadv2(region.descriptor, &place, 1, at, RWF_NOWAIT);
    if (got == 1) return true;
    return got < 0 && errno == EOPNOTSUPP;
}

}  // namespace shoal::disk
