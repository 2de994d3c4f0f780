// A disk that says no.
#include "disk_fixture.hpp"
#include "failure.hpp"
#include "support/as_nobody.hpp"
#include "support/cannot_run.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace shoal;
using namespace shoal::file_storage;
using namespace shoal::file_storage::test;
using shoal::test::AsNobody;
using shoal::test::cannot_run;
using shoal::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

// A user may mount only where he is root: in a namespace of his own, where the kernel allows him one.
bool may_mount()
{
    const auto user = ::geteuid();
    const auto group = ::getegid();
    if (user == 0) return ::unshare(CLONE_NEWNS) == 0;
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
    return ::geteuid() == 0 && ::getegid() == 0;
}

// Fills a file system of 64 KiB; 0: the storage said so as it should, 77: this process may not mount one.
int fill_small_disk(const std::string& at)
{
    if (!may_mount()) return 77;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
    if (::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=64k") != 0) return 77;
    FileStorage storage({});
    if (!open(storage, at, {{"large", 1'000'000}, {"other", 10}})) return 1;
    const auto written = write(storage, 0, 0, std::string(1'000'000, 'x'));
    if (written || written.error().code != Errc::disk_full) return 2;
    if (written.error().text.find("large.part: the disk is full") == std::string::npos) return 3;
    return 0;
}

} // namespace

TEST_CASE("a full disk is an error that names the file", "[storage][file]")
{
    const TemporaryFolder folder;
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(fill_small_disk(folder.path()));
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) return cannot_run("there is no right to mount a small file system");
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a full disk and a full quota are both the disk's fault", "[storage][file]")
{
    fails(Result<void>(failure("/in/a", ENOSPC)), Errc::disk_full, "/in/a: the disk is full");
    fails(Result<void>(failure("/in/a", EDQUOT)), Errc::disk_full, "/in/a: the disk quota is used up");
}

TEST_CASE("a limit on the size of files is an error, after what still fits was written", "[storage][file]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    succeeds(open(storage, folder.path(), {{"a", 100'000}}));
    auto* handler = ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit small{40'000, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto written = write(storage, 0, 0, std::string(100'000, 'x'));
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
    fails(written, Errc::limit_exceeded, "a.part: the file system cannot hold so large a file");
    CHECK(*storage.size(0) == 40'000);
    succeeds(write(storage, 0, 0, std::string(100'000, 'x')));
}

TEST_CASE("a folder that may not be written to is an error that names it", "[storage][file]")
{
    const TemporaryFolder folder;
    folder.write("in/books/old", "x");
    fs::permissions(folder.path(), fs::perms::all);
    fs::permissions(folder / "in", fs::perms::others_read | fs::perms::others_exec | fs::perms::owner_all);
    fs::permissions(folder / "in/books", fs::perms::owner_read | fs::perms::owner_exec
                                             | fs::perms::others_read | fs::perms::others_exec);
    {
        const AsNobody rights;
        FileStorage storage({});
        succeeds(open(storage, folder / "in", {{"books/a", 5}}));
        CHECK(*storage.size(0) == 0);
        fails(write(storage, 0, 0, "x"), Errc::permission_denied, "in/books/a.part: Permission denied");
        FileStorage elsewhere({});
        fails(open(elsewhere, folder / "in/books/below", {{"a", 5}}), Errc::permission_denied,
              "Permission denied");
    }
    fs::permissions(folder / "in/books", fs::perms::owner_all); // so that it can be removed
}

TEST_CASE("a file that may only be read is good enough to be seeded", "[storage][file]")
{
    const TemporaryFolder folder;
    folder.write("a", "01234");
    fs::permissions(folder.path(), fs::perms::all);
    fs::permissions(folder / "a", fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    const AsNobody rights;
    FileStorage storage({});
    succeeds(open(storage, folder.path(), {{"a", 5}}));
    CHECK(*read(storage, 0, 0, 5) == "01234");
    succeeds(storage.locate(0));
    succeeds(storage.finish(0));
    fails(write(storage, 0, 0, "x"), Errc::permission_denied, "a: Permission denied");
}

TEST_CASE("a file that may not even be read is an error", "[storage][file]")
{
    const TemporaryFolder folder;
    folder.write("a", "01234");
    fs::permissions(folder.path(), fs::perms::all);
    fs::permissions(folder / "a", fs::perms::none);
    const AsNobody rights;
    FileStorage storage({});
    succeeds(open(storage, folder.path(), {{"a", 5}}));
    fails(read(storage, 0, 0, 5), Errc::permission_denied, "a: Permission denied");
}

TEST_CASE("a name that is too long for the file system is an error", "[storage][file]")
{
    const TemporaryFolder folder;
    FileStorage storage({});
    succeeds(open(storage, folder.path(), {{std::string(300, 'n') + "/a", 5}}));
    fails(write(storage, 0, 0, "x"), Errc::limit_exceeded, "File name too long");
}

TEST_CASE("paths longer than the system takes at once are walked", "[storage][file]")
{
    const TemporaryFolder folder;
    std::string path;
    for (int i = 0; i < 30; ++i) path += std::string(200, 'd') + "/";
    FileStorage storage({});
    succeeds(open(storage, folder.path(), {{path + "a", 5}}));
    succeeds(write(storage, 0, 0, "01234"));
    succeeds(storage.finish(0));
    succeeds(storage.flush());
    storage.close();
    FileStorage again({});
    succeeds(open(again, folder.path(), {{path + "a", 5}}));
    CHECK(*read(again, 0, 0, 5) == "01234");
}

TEST_CASE("where the process may open no more files, those kept for speed are closed first",
          "[storage][file]")
{
    const TemporaryFolder folder;
    std::vector<TrialFile> files;
    for (int i = 0; i < 40; ++i) files.push_back({std::to_string(i), 5});
    FileStorage storage({});
    succeeds(open(storage, folder.path(), files));
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit few{open_descriptors() + 10, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    bool all = true;
    for (std::uint32_t i = 0; i < 40; ++i) all = all && write(storage, i, 0, "01234");
    for (std::uint32_t i = 0; i < 40; ++i) all = all && read(storage, i, 0, 5).value_or("") == "01234";
    ::setrlimit(RLIMIT_NOFILE, &before);
    CHECK(all);
}
