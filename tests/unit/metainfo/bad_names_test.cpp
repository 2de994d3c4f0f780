// The lines M11–M16 of the catalogue of bad inputs: names that strangers choose for files on our disk.
#include "torrent_text.hpp"

using namespace shoal;
using namespace shoal::metainfo;
using namespace shoal::metainfo::test;

namespace {

const std::string replacement = "\xef\xbf\xbd";

Result<TorrentFile> with_name(const std::string& name)
{
    return parsed(single_file().set("name", str(name)));
}

Result<TorrentFile> with_path(const std::vector<std::string>& components)
{
    return parsed(several_files({file(5, components)}));
}

} // namespace

TEST_CASE("M11 a name that is missing, no string or empty is refused", "[metainfo][bad-input]")
{
    refuses(parsed(single_file().drop("name")), Errc::bad_input, "the torrent has no name");
    refuses(parsed(single_file().set("name", num(5))), Errc::bad_input, "the torrent has no name");
    refuses(with_name(""), Errc::bad_input, "a name is empty");
}

TEST_CASE("M11 a name of invalid bytes alone becomes replacement characters", "[metainfo][bad-input]")
{
    const auto torrent = with_name("\xff\xfe");
    accepts(torrent);
    CHECK(torrent->name == replacement + replacement);
}

TEST_CASE("M11 the name of a torrent is checked like any other", "[metainfo][bad-input]")
{
    for (const auto* name : {".", "..", "/", "/etc", "a/b", "../x", "a\\b", "..\\x"}) {
        INFO(name);
        CHECK_FALSE(with_name(name));
        CHECK_FALSE(parsed(several_files({file(5, {"a"})}).set("name", str(name))));
    }
}

TEST_CASE("M12 a path that is missing or no list of names is refused", "[metainfo][bad-input]")
{
    const auto with = [](const std::string& value) {
        return parsed(several_files({Dict{{"length", num(5)}, {"path", value}}.text()}));
    };
    refuses(parsed(several_files({Dict{{"length", num(5)}}.text()})), Errc::bad_input,
            "file 1: it has no path");
    refuses(with(str("a")), Errc::bad_input, "not a list of names");
    refuses(with(list({})), Errc::bad_input, "not a list of names");
    refuses(with(list({str("a"), num(1)})), Errc::bad_input, "not a list of names");
}

TEST_CASE("M12 path components that leave their folder or are no names are refused", "[metainfo][bad-input]")
{
    refuses(with_path({""}), Errc::bad_input, "a name is empty");
    refuses(with_path({"a", ""}), Errc::bad_input, "a name is empty");
    refuses(with_path({"."}), Errc::bad_input, "leads out of its folder");
    refuses(with_path({"a", "..", "b"}), Errc::bad_input, "file 1: the name \"..\" leads out of its folder");
    refuses(with_path({"/"}), Errc::bad_input, "contains a slash");
    refuses(with_path({"/etc/passwd"}), Errc::bad_input, "contains a slash");
    refuses(with_path({"a/b"}), Errc::bad_input, "contains a slash");
    refuses(with_path({"a\\b"}), Errc::bad_input, "contains a slash");
    refuses(with_path({"x.avi /../../.."}), Errc::bad_input, "contains a slash");
    refuses(with_path({std::string("a\0b", 3)}), Errc::bad_input, "contains a NUL byte");
}

TEST_CASE("M12 a component of 255 bytes is accepted, of 256 refused", "[metainfo][bad-input]")
{
    accepts(with_path({std::string(255, 'n')}));
    refuses(with_path({std::string(256, 'n')}), Errc::limit_exceeded, "is 256 bytes long, 255 are allowed");
    // What counts is the name on disk: an invalid byte becomes three.
    refuses(with_path({std::string(100, '\xff')}), Errc::limit_exceeded, "is 300 bytes long");
}

TEST_CASE("M12 names that only other systems reserve are plain names", "[metainfo][bad-input]")
{
    for (const auto* name :
         {"C:", "CON", "aux.txt", "nul", "trailing.", "trailing ", " ", "...", "..a", "~", "-rf", "a:b"}) {
        INFO(name);
        const auto torrent = with_path({name});
        accepts(torrent);
        CHECK(torrent->files[0].path == name);
    }
}

TEST_CASE("M12 the text of a refusal is safe to print", "[metainfo][bad-input]")
{
    const auto torrent = with_path({"\x1b[2J/"});
    REQUIRE_FALSE(torrent);
    CHECK_THAT(torrent.error().text, Catch::Contains("\\x1b[2J"));
    CHECK(torrent.error().text.find('\x1b') == std::string::npos);
}

TEST_CASE("M13 every path that leaves the metainfo stays in its folder", "[metainfo][bad-input]")
{
    const auto torrent =
        parsed(several_files({file(1, {"..."}), file(1, {"a", "b"}), padding(3), file(2, {"..a", "b.."})}));
    accepts(torrent);
    for (const auto index : torrent->geometry.files()) {
        for (const auto& path : {torrent->disk_path(index), torrent->file(index).path}) {
            INFO(path);
            CHECK_FALSE(path.starts_with('/'));
            CHECK(("/" + path + "/").find("/../") == std::string::npos);
            CHECK(("/" + path + "/").find("//") == std::string::npos);
        }
    }
}

TEST_CASE("M14 name.utf-8 and path.utf-8 win where they are valid", "[metainfo][bad-input]")
{
    const auto entry =
        Dict{{"length", num(5)}, {"path", path({"caf\xe9"})}, {"path.utf-8", path({"caf\xc3\xa9"})}}.text();
    const auto torrent =
        parsed(several_files({entry}).set("name", str("b\xe9")).set("name.utf-8", str("b\xc3\xa9")));
    accepts(torrent);
    CHECK(torrent->disk_path(*torrent->geometry.file(0)) == "b\xc3\xa9/caf\xc3\xa9");
}

TEST_CASE("M14 variants that are not UTF-8 or of the wrong type are passed over", "[metainfo][bad-input]")
{
    for (const auto& variant : {str("\xff"), num(1), str("")}) {
        const auto torrent = parsed(single_file().set("name.utf-8", variant));
        accepts(torrent);
        CHECK(torrent->name == "alice.txt");
    }
    for (const auto& variant : {path({"\xff"}), path({}), str("b"), list({num(1)})}) {
        const auto entry = Dict{{"length", num(5)}, {"path", path({"a"})}, {"path.utf-8", variant}}.text();
        const auto torrent = parsed(several_files({entry}));
        accepts(torrent);
        CHECK(torrent->files[0].path == "a");
    }
}

TEST_CASE("M14 the variants are checked like the names they replace", "[metainfo][bad-input]")
{
    const auto entry =
        Dict{{"length", num(5)}, {"path", path({"a"})}, {"path.utf-8", path({"..", "a"})}}.text();
    refuses(parsed(several_files({entry})), Errc::bad_input, "leads out of its folder");
    refuses(parsed(single_file().set("name.utf-8", str(".."))), Errc::bad_input, "leads out of its folder");
}

TEST_CASE("M15 two files of the same path are refused, be it one pair or 50,000", "[metainfo][bad-input]")
{
    refuses(parsed(several_files({file(1, {"a", "b"}), file(1, {"c"}), file(1, {"a", "b"})})),
            Errc::bad_input, "two files have the same path, \"a/b\"");
    refuses(parsed(several_files(std::vector<std::string>(50'000, file(0, {"same"})))), Errc::bad_input,
            "no content");
    refuses(parsed(several_files(std::vector<std::string>(16'000, file(1, {"same"})))), Errc::bad_input,
            "same path");
}

TEST_CASE("M15 a file that is also a folder is refused, names that only begin alike are not",
          "[metainfo][bad-input]")
{
    refuses(parsed(several_files({file(1, {"a"}), file(1, {"a", "b"})})), Errc::bad_input,
            "\"a\" is a file and also the folder of \"a/b\"");
    refuses(
        parsed(several_files({file(1, {"a", "b", "c"}), file(1, {"a.x"}), file(1, {"a-"}), file(1, {"a"})})),
        Errc::bad_input, "also the folder");
    accepts(parsed(several_files({file(1, {"a"}), file(1, {"a.x"}), file(1, {"a!", "b"}), file(1, {"ab"})})));
}

TEST_CASE("M15 padding may share a path, also with a file", "[metainfo][bad-input]")
{
    accepts(parsed(several_files({file(1, {".pad", "same"}), padding(3), padding(3), file(1, {"a"})})));
}

TEST_CASE("M15 files that differ only in bytes that were no UTF-8 stay two files", "[metainfo][bad-input]")
{
    const auto torrent =
        parsed(several_files({file(1, {"\xe9.txt"}), file(1, {"\xe8.txt"}), file(1, {"\xe7", "a"}),
                              file(1, {"\xe6", "a"}), file(1, {replacement + ".txt"})}));
    accepts(torrent);
    CHECK(torrent->files[0].path == replacement + "~0.txt");
    CHECK(torrent->files[1].path == replacement + "~1.txt");
    CHECK(torrent->files[2].path == replacement + "/a");
    CHECK(torrent->files[3].path == replacement + "/a~3");
    CHECK(torrent->files[4].path == replacement + ".txt");
}

TEST_CASE("M15 a name that is made longer to differ still fits", "[metainfo][bad-input]")
{
    const auto name = [](char last) { return std::string(1, last) + std::string(248, 'n') + ".txt"; };
    const auto torrent = parsed(several_files({file(1, {name('\xe9')}), file(1, {name('\xe8')})}));
    accepts(torrent);
    CHECK(torrent->files[1].path == replacement + std::string(246, 'n') + "~1.txt");
    CHECK(torrent->files[1].path.size() == 255);
}

TEST_CASE("M16 64 folders deep is accepted, 65 refused, and so are 4,097 bytes", "[metainfo][bad-input]")
{
    const std::vector<std::string> deep(63, "d");
    accepts(with_path(deep)); // the torrent's own folder is the first
    refuses(with_path(std::vector<std::string>(64, "d")), Errc::limit_exceeded, "lies 65 folders deep");
    refuses(with_path(std::vector<std::string>(101, "d")), Errc::limit_exceeded, "folders deep");
    refuses(with_path(std::vector<std::string>(20, std::string(250, 'd'))), Errc::limit_exceeded,
            "bytes long, 4096");
}
