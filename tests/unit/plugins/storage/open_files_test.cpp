#include "open_files.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>

using namespace shoal::file_storage;

namespace {

OpenFiles::Handle some_file()
{
    return std::make_shared<OpenFile>(OpenFile{Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC))});
}

bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }

} // namespace

TEST_CASE("the file used longest ago is closed first", "[storage][file]")
{
    OpenFiles files(2);
    const auto first = some_file();
    const int number = first->descriptor.number();
    files.keep(1, first);
    files.keep(2, some_file());
    CHECK(files.find(1) == first);
    files.keep(3, some_file());
    CHECK(files.find(2) == nullptr);
    CHECK(files.find(1) == first);
    CHECK(is_open(number));
}

TEST_CASE("a file that somebody works on is closed when they are done", "[storage][file]")
{
    OpenFiles files(2);
    auto held = some_file();
    const int number = held->descriptor.number();
    files.keep(1, held);
    files.keep(2, some_file());
    files.keep(3, some_file());
    CHECK(files.find(1) == nullptr);
    CHECK(is_open(number));
    held.reset();
    CHECK_FALSE(is_open(number));
}

TEST_CASE("half of the descriptors can be lent, and those stay", "[storage][file]")
{
    OpenFiles files(4);
    const auto one = some_file();
    const auto two = some_file();
    files.keep(1, one);
    CHECK(files.lend(1, one));
    CHECK(files.lend(2, two));
    CHECK_FALSE(files.lend(3, some_file()));
    for (std::uint32_t i = 10; i < 20; ++i) files.keep(i, some_file());
    CHECK(files.find(1) == one);
    CHECK(files.lent(2) == two);
    CHECK(files.drop_idle());
    CHECK_FALSE(files.drop_idle());
    CHECK(files.find(2) == two);
    files.clear();
    CHECK(files.find(1) == nullptr);
    CHECK(one.use_count() == 1);
}
