#include "support/temporary_folder.hpp"

#include "disk/residency.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <string>
#include <unistd.h>

using namespace shoal;

TEST_CASE("what was just written can be sent without waiting for a disk", "[disk]")
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("file", std::string(100'000, 'x'));
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(descriptor >= 0);
    CHECK(disk::is_resident({descriptor, 0, 16'384}));
    CHECK(disk::is_resident({descriptor, 99'999, 1}));
    ::close(descriptor);
}

TEST_CASE("what lies behind the end of a file cannot be sent", "[disk]")
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("file", std::string(1000, 'x'));
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(descriptor >= 0);
    CHECK_FALSE(disk::is_resident({descriptor, 0, 1001}));
    CHECK_FALSE(disk::is_resident({descriptor, 1000, 1}));
    ::close(descriptor);
    CHECK_FALSE(disk::is_resident({descriptor, 0, 1}));
}
