#include "granted_files.hpp"

#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/stat.h>

namespace shoal::script_lua::test {
namespace {

namespace fs = std::filesystem;

// A folder that is granted to be written, one to be read, and one beside them.
struct Room {
    explicit Room(const std::string& more = "")
    {
        for (const auto* name : {"rw", "r", "secret"}) fs::create_directories(folder / name);
        put("secret/key", "secret");
        put("r/film", "moving");
        auto parsed = Grants::parse("-- grants: fs(" + (folder / "rw") + ":rw, " + (folder / "r") + ") " + more + "\n");
        REQUIRE(parsed);
        grants = std::move(*parsed);
    }

    void put(const std::string& name, const std::string& text) const { std::ofstream(folder / name) << text; }
    std::string got(const std::string& name) const
    {
        std::ifstream file(folder / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    bool is_there(const std::string& name) const { return fs::exists(folder / name); }

    Result<Value> ask(const std::string& verb, const std::string& path, const std::string& to = "", bool replaces = false) const
    {
        Value::Map what;
        what.set("verb", verb).set("path", path.starts_with('/') ? path : folder / path);
        what.set("to", to.starts_with('/') ? to : folder / to).set("text", to).set("replace", replaces);
        return GrantedFiles(grants, is_over).carry_out(what);
    }
    Errc why_not(const std::string& verb, const std::string& path, const std::string& to = "", bool replaces = false) const
    {
        const auto answer = ask(verb, path, to, replaces);
        return answer ? Errc::ok : answer.error().code;
    }

    shoal::test::TemporaryFolder folder;
    Grants grants;
    std::atomic<bool> is_over{false};
};

} // namespace

TEST_CASE("files are read and listed below what is granted, and nowhere else", "[script][fs]")
{
    const Room room;
    CHECK(room.ask("read", "r/film").value() == Value("moving"));
    CHECK(room.ask("exists", "r/film").value() == Value(true));
    CHECK(room.ask("exists", "r/other").value() == Value(false));
    const auto entries = room.ask("list", "r");
    REQUIRE(entries);
    REQUIRE(entries->as_list()->size() == 1);
    CHECK(*(*entries->as_list())[0].as_map()->find("name") == Value("film"));
    CHECK(*(*entries->as_list())[0].as_map()->find("kind") == Value("file"));
    CHECK(room.why_not("read", "secret/key") == Errc::permission_denied);
    CHECK(room.why_not("list", "/") == Errc::permission_denied);
    CHECK(room.why_not("read", "rx/film") == Errc::permission_denied);
    CHECK_THAT(room.ask("read", "/etc/passwd").error().text, Catch::Contains("-- grants: fs(/etc)"));
    CHECK_THAT(room.ask("write", "r/new").error().text, Catch::Contains("r:rw)\""));
}

TEST_CASE("S1 no path leads out of what is granted: neither dots nor links nor octets", "[script][fs][limits]")
{
    const Room room;
    fs::create_symlink(room.folder / "secret", room.folder / "rw/folder");
    fs::create_symlink(room.folder / "secret/key", room.folder / "rw/link");
    fs::create_symlink("..", room.folder / "rw/up");
    const auto* path = GENERATE("rw/../secret/key", "rw/./../secret/key", "rw//../secret/key", "rw/folder/key", "rw/link", "rw/up/secret/key", "rw/..");
    CAPTURE(path);
    for (const auto* verb : {"read", "list", "append", "copy", "move", "link", "mkdir", "remove"}) {
        CAPTURE(verb);
        CHECK(room.why_not(verb, path, "rw/taken") != Errc::ok);
    }
    CHECK(room.why_not("write", std::string(path) + "/new", "x") != Errc::ok);
    CHECK(room.got("secret/key") == "secret");
    CHECK_FALSE(room.is_there("secret/new"));
    CHECK_FALSE(room.is_there("rw/taken"));
    CHECK(room.why_not("read", std::string("rw/a\0b", 6)) != Errc::ok);
}

TEST_CASE("files are written, and what is there is not overwritten without the grant to delete", "[script][fs]")
{
    const Room room;
    REQUIRE(room.why_not("write", "rw/a", "one") == Errc::ok);
    CHECK(room.got("rw/a") == "one");
    CHECK(room.why_not("write", "rw/a", "two") == Errc::io_error);
    CHECK(room.why_not("write", "rw/a", "two", true) == Errc::permission_denied);
    CHECK(room.why_not("append", "rw/a", "two") == Errc::ok);
    CHECK(room.got("rw/a") == "onetwo");
    CHECK(room.why_not("remove", "rw/a") == Errc::permission_denied);
    const Room other("delete_data");
    other.put("rw/a", "one");
    CHECK(other.why_not("write", "rw/a", "two", true) == Errc::ok);
    CHECK(other.got("rw/a") == "two");
    CHECK(other.why_not("remove", "rw/a") == Errc::ok);
    CHECK_FALSE(other.is_there("rw/a"));
    CHECK(other.why_not("remove", "r/film") == Errc::permission_denied);
}

TEST_CASE("files are moved, copied and linked, never over another", "[script][fs]")
{
    const Room room;
    room.put("rw/a", "one");
    REQUIRE(room.why_not("mkdir", "rw/deep/er") == Errc::ok);
    CHECK(room.why_not("mkdir", "rw/deep/er") == Errc::ok);
    CHECK(room.why_not("move", "rw/a", "rw/deep/er/b") == Errc::ok);
    CHECK(room.got("rw/deep/er/b") == "one");
    CHECK(room.why_not("copy", "r/film", "rw/film") == Errc::ok);
    CHECK(room.why_not("copy", "r/film", "rw/film") == Errc::io_error);
    CHECK(room.why_not("move", "rw/deep/er/b", "rw/film") == Errc::io_error);
    CHECK(room.why_not("link", "r/film", "rw/linked") == Errc::ok);
    CHECK(room.got("rw/linked") == "moving");
    CHECK(room.why_not("move", "r/film", "rw/film2") == Errc::permission_denied);
    CHECK(room.why_not("copy", "rw/film", "r/copy") == Errc::permission_denied);
    CHECK(room.why_not("move", "rw", "rw/inside") != Errc::ok);
}

TEST_CASE("a file that may only be read cannot be changed through a second name", "[script][fs][limits]")
{
    const Room room;
    REQUIRE(room.why_not("link", "r/film", "rw/film") == Errc::ok);
    CHECK(room.why_not("append", "rw/film", "x") == Errc::invalid_argument);
    CHECK(room.got("r/film") == "moving");
}

TEST_CASE("S1 what is no ordinary file is not read, nor waited for, and what is too long is an error", "[script][fs][limits]")
{
    Room room;
    const auto fifo = room.folder / "rw/fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(room.why_not("read", "rw/fifo") == Errc::invalid_argument);
    CHECK(room.why_not("append", "rw/fifo", "x") != Errc::ok);
    CHECK(room.why_not("copy", "rw/fifo", "rw/copy") == Errc::invalid_argument);
    auto devices = Grants::parse("-- grants: fs(/dev)\n");
    REQUIRE(devices);
    room.grants = std::move(*devices);
    CHECK(room.why_not("read", "/dev/zero") == Errc::invalid_argument);
    const Room big;
    big.put("rw/big", std::string(2u << 20, 'x'));
    CHECK(big.why_not("read", "rw/big") == Errc::limit_exceeded);
}

TEST_CASE("a copy ends when the script that wanted it has gone", "[script][fs]")
{
    Room room;
    room.is_over = true;
    CHECK(room.why_not("copy", "r/film", "rw/film") == Errc::cancelled);
    CHECK_FALSE(room.is_there("rw/film"));
}

TEST_CASE("a large copy is done in parts, and what is not whole goes when it is given up", "[script][fs]")
{
    Room room;
    room.put("r/film", std::string(20u << 20, 'x'));
    const auto what = Value::Map{}.set("verb", "copy").set("path", room.folder / "r/film").set("to", room.folder / "rw/film");
    {
        GrantedFiles files(room.grants, room.is_over);
        CHECK_FALSE(files.go_on(what));
        CHECK(room.is_there("rw/film"));
    }
    CHECK_FALSE(room.is_there("rw/film"));
    GrantedFiles files(room.grants, room.is_over);
    int parts = 1;
    auto answer = files.go_on(what);
    for (; !answer; answer = files.go_on(what)) ++parts;
    CHECK(parts == 3);
    CHECK(*answer);
    CHECK(room.got("rw/film").size() == 20u << 20);
}

} // namespace shoal::script_lua::test
