// What a test does that this machine or user gives no chance: it says so. With CI=true nothing is let off: there it fails.
#pragma once

#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>
#include <string_view>

namespace shoal::test {

// Ends the test case only where it fails; return after it.
inline void cannot_run(const std::string& why)
{
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") FAIL("cannot run here: " << why);
    WARN("cannot run here: " << why);
    SUCCEED();
}

} // namespace shoal::test
