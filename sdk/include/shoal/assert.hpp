// SHOAL_ASSERT: for our own bugs only. What the network, a disk, a plug-in or a user can cause is a Result.
// Checked in every build: a client that goes on with a broken invariant writes wrong bytes to a disk.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace shoal::detail {

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) noexcept
{
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    std::abort();
}

} // namespace shoal::detail

// Variadic, so that a condition may hold a comma: SHOAL_ASSERT(std::is_same_v<A, B>).
#define SHOAL_ASSERT(...)                                                                                    \
    (static_cast<bool>((__VA_ARGS__)) ? static_cast<void>(0)                                                 \
                                      : ::shoal::detail::assertion_failed(#__VA_ARGS__, __FILE__, __LINE__))
