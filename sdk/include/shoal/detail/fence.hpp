// The fence between a plug-in's C++ and the C tables: no exception gets past it, and a Result becomes a
// status with its text told to the host.
#pragma once

#include <shoal/abi/host.h>
#include <shoal/crossing.hpp>
#include <shoal/result.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>

namespace shoal::detail {

// Does not allocate: the exception may be std::bad_alloc.
inline void report_exception(const shoal_host* host, const char* where, const char* what) noexcept
{
    char text[512];
    const int length = std::snprintf(text, sizeof text, "exception in %s: %s", where, what);
    const auto shown = static_cast<std::size_t>(std::clamp(length, 0, static_cast<int>(sizeof text) - 1));
    host->log(host, SHOAL_LOG_ERROR, {text, shown});
    host->set_error(host, SHOAL_E_EXCEPTION, {text, shown});
}

/// Runs `body`, which returns a status or a count.
template <class Body>
std::int32_t fence(const shoal_host* host, const char* where, Body&& body) noexcept
{
    try {
        return body();
    } catch (const std::exception& failure) {
        report_exception(host, where, failure.what());
    } catch (...) {
        report_exception(host, where, "not a std::exception");
    }
    return SHOAL_E_EXCEPTION;
}

/// For calls that return nothing: the exception is reported and the call ends.
template <class Body>
void fence_void(const shoal_host* host, const char* where, Body&& body) noexcept
{
    static_cast<void>(fence(host, where, [&]() -> std::int32_t {
        body();
        return SHOAL_OK;
    }));
}

/// The status of a Result, its text told to the host. An error without a text leaves what was said before.
template <class T>
shoal_status explained(const shoal_host* host, const Result<T>& result)
{
    if (result) return SHOAL_OK;
    const auto status = to_status(result.error().code);
    if (!result.error().text.empty()) host->set_error(host, status, to_abi(result.error().text));
    return status;
}

} // namespace shoal::detail
