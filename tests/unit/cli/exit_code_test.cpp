#include "cli/exit_code.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using namespace shoal::cli;

namespace {

int code_of(Errc code)
{
    return static_cast<int>(exit_code_of(make_error(code, "why")));
}

}  // namespace

TEST_CASE("every error has its exit code", "[cli]")
{
    CHECK(code_of(Errc::ok) == 0);
    CHECK(code_of(Errc::invalid_argument) == 2);
    CHECK(code_of(Errc::bad_input) == 5);
    CHECK(code_of(Errc::limit_exceeded) == 5);
    CHECK(code_of(Errc::unsupported) == 5);
    CHECK(code_of(Errc::not_found) == 5);
    CHECK(code_of(Errc::plugin_broken) == 5);
    CHECK(code_of(Errc::disk_full) == 4);
    CHECK(code_of(Errc::io_error) == 4);
    CHECK(code_of(Errc::permission_denied) == 8);
    CHECK(code_of(Errc::hash_mismatch) == 6);
    CHECK(code_of(Errc::cancelled) == 7);
    CHECK(code_of(Errc::network_error) == 1);
    CHECK(code_of(Errc::timed_out) == 1);
}

TEST_CASE("the numbers of the exit codes are frozen", "[cli]")
{
    CHECK(static_cast<int>(ExitCode::ok) == 0);
    CHECK(static_cast<int>(ExitCode::other) == 1);
    CHECK(static_cast<int>(ExitCode::usage) == 2);
    CHECK(static_cast<int>(ExitCode::no_peers) == 3);
    CHECK(static_cast<int>(ExitCode::disk) == 4);
    CHECK(static_cast<int>(ExitCode::bad_input) == 5);
    CHECK(static_cast<int>(ExitCode::hash_failure) == 6);
    CHECK(static_cast<int>(ExitCode::interrupted) == 7);
    CHECK(static_cast<int>(ExitCode::access) == 8);
}
