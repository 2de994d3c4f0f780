#pragma once

#include <shoal/result.hpp>

namespace shoal::cli {

// What the process says when it ends; documented in the README, frozen.
enum class ExitCode : int {
    ok = 0,           // all wanted data is verified
    other = 1,
    usage = 2,
    no_peers = 3,     // nobody to get it from, in time
    disk = 4,
    bad_input = 5,    // a torrent, magnet link or plug-in that makes no sense
    hash_failure = 6,
    interrupted = 7,  // resumable
    access = 8,
};

inline ExitCode exit_code_of(const Error& error)
{
    switch (error.code) {
    case Errc::ok: return ExitCode::ok;
    case Errc::invalid_argument: return ExitCode::usage;
    case Errc::bad_input:
    case Errc::limit_exceeded:
    case Errc::unsupported:
    case Errc::not_found:
    case Errc::plugin_broken: return ExitCode::bad_input;
    case Errc::disk_full:
    case Errc::io_error: return ExitCode::disk;
    case Errc::permission_denied: return ExitCode::access;
    case Errc::hash_mismatch: return ExitCode::hash_failure;
    case Errc::cancelled: return ExitCode::interrupted;
    default: return ExitCode::other;
    }
}

}  // namespace shoal::cli
