#include "metainfo/torrent_file.hpp"
#include "support/temporary_folder.hpp"
#include "torrent_text.hpp"

#include <shoal/sha1.hpp>
#include <shoal/sha256.hpp>

using namespace shoal;
using namespace shoal::metainfo;
using namespace shoal::metainfo::test;

TEST_CASE("a single-file torrent is read", "[metainfo]")
{
    const auto torrent = parsed(single_file());
    accepts(torrent);
    CHECK(torrent->name == "alice.txt");
    CHECK(torrent->single_file);
    REQUIRE(torrent->files.size() == 1);
    CHECK(torrent->files[0] == File{.path = "alice.txt", .offset = 0, .length = 40'000, .padding = false});
    CHECK(torrent->geometry.total_length() == 40'000);
    CHECK(torrent->geometry.piece_count() == 3);
    CHECK(torrent->disk_path(*torrent->geometry.file(0)) == "alice.txt");
}

TEST_CASE("the files of a torrent lie one after the other, below its name", "[metainfo]")
{
    const auto torrent =
        parsed(several_files({file(10, {"1.txt"}), file(0, {"empty"}), file(7, {"more", "2.txt"})}));
    accepts(torrent);
    CHECK_FALSE(torrent->single_file);
    REQUIRE(torrent->files.size() == 3);
    CHECK(torrent->files[1] == File{.path = "empty", .offset = 10, .length = 0, .padding = false});
    CHECK(torrent->files[2] == File{.path = "more/2.txt", .offset = 10, .length = 7, .padding = false});
    CHECK(torrent->disk_path(*torrent->geometry.file(2)) == "books/more/2.txt");
    CHECK(torrent->geometry.file_span(*torrent->geometry.file(2)) == FileSpan{10, 7, false});
}

TEST_CASE("the piece hashes are those of the torrent, in its order", "[metainfo]")
{
    const std::string first(20, 'a');
    const std::string last(20, 'z');
    const auto torrent = parsed(single_file().set("pieces", str(first + std::string(20, 'm') + last)));
    accepts(torrent);
    CHECK(as_text(torrent->hash(*torrent->geometry.piece(0)).bytes) == first);
    CHECK(as_text(torrent->hash(*torrent->geometry.piece(2)).bytes) == last);
}

TEST_CASE("the info-hash is SHA-1 of the info as it stands", "[metainfo]")
{
    const auto info = single_file().text();
    const auto torrent = parsed(single_file());
    accepts(torrent);
    CHECK(as_text(torrent->info) == info);
    CHECK(torrent->info_hash.v1 == Sha1::of(as_bytes(info)));
    // Computed with another program's SHA-1 over the same 127 bytes.
    CHECK(torrent->info_hash.hex() == "6c1d4951550e988e13a78a8c27f310ec89cb88b6");
    CHECK_FALSE(torrent->info_hash.v2.has_value());
}

TEST_CASE("an info whose keys are out of order keeps its bytes and the hash of them", "[metainfo]")
{
    const std::string info = "d6:pieces20:hhhhhhhhhhhhhhhhhhhh12:piece lengthi16384e4:name1:a6:lengthi5ee";
    const auto torrent = parsed("d4:info" + info + "e");
    accepts(torrent);
    CHECK(as_text(torrent->info) == info);
    CHECK(torrent->info_hash.v1 == Sha1::of(as_bytes(info)));
}

TEST_CASE("a hybrid torrent has both hashes, one of version 2 alone is not supported", "[metainfo]")
{
    auto hybrid = single_file().set("file tree", "de").set("meta version", num(2));
    const auto both = parsed(hybrid);
    accepts(both);
    CHECK(both->info_hash.v1 == Sha1::of(as_bytes(hybrid.text())));
    CHECK(both->info_hash.v2 == Sha256::of(as_bytes(hybrid.text())));
    refuses(parsed(hybrid.drop("pieces")), Errc::unsupported, "version 2 alone");
}

TEST_CASE("padding files keep their place but not their name", "[metainfo]")
{
    const auto torrent =
        parsed(several_files({file(10, {"1"}), padding(16'374), file(5, {"2"}), padding(9)}, 2));
    accepts(torrent);
    CHECK_FALSE(torrent->files[0].padding);
    CHECK(torrent->files[1].padding);
    CHECK(torrent->files[1].path == ".pad/16374");
    CHECK(torrent->files[2].offset == 16'384);
    CHECK(torrent->geometry.file_span(*torrent->geometry.file(3)) == FileSpan{16'389, 9, true});
}

TEST_CASE("the outer keys of a torrent are read", "[metainfo]")
{
    const auto text = Dict{{"announce", str("http://one/announce")},
                           {"comment", str("hello")},
                           {"created by", str("somebody")},
                           {"creation date", num(1'700'000'000)},
                           {"info", single_file().set("private", num(1)).text()},
                           {"url-list", str("http://seed/a b")}}
                          .text();
    const auto torrent = parsed(text);
    accepts(torrent);
    CHECK(torrent->trackers == std::vector<std::vector<std::string>>{{"http://one/announce"}});
    CHECK(torrent->web_seeds == std::vector<std::string>{"http://seed/a%20b"});
    CHECK(torrent->comment == "hello");
    CHECK(torrent->created_by == "somebody");
    CHECK(torrent->creation_date == 1'700'000'000);
    CHECK(torrent->is_private);
}

TEST_CASE("the tiers of announce-list count, and announce where there are none", "[metainfo]")
{
    const auto tiers = list({list({str("http://a/"), str("http://b/")}), list({str("udp://c:1")})});
    auto both =
        Dict{{"announce", str("http://x/")}, {"announce-list", tiers}, {"info", single_file().text()}};
    const auto torrent = parsed(both.text());
    accepts(torrent);
    CHECK(torrent->trackers
          == std::vector<std::vector<std::string>>{{"http://a/", "http://b/"}, {"udp://c:1"}});
    const auto empty = parsed(both.set("announce-list", list({list({}), list({str("junk")})})).text());
    accepts(empty);
    CHECK(empty->trackers == std::vector<std::vector<std::string>>{{"http://x/"}});
}

TEST_CASE("the info alone is read as peers send it", "[metainfo]")
{
    const auto info = several_files({file(3, {"1"}), file(4, {"2"})}).text();
    const auto torrent = parse_info(as_bytes(info));
    accepts(torrent);
    CHECK(torrent->info_hash.v1 == Sha1::of(as_bytes(info)));
    CHECK(torrent->trackers.empty());
    refuses(parse_info(as_bytes("4:spam")), Errc::bad_input, "not a dictionary");
    refuses(parse_info(as_bytes(info + "x")), Errc::bad_input, "expected the end");
    refuses(parse_info(as_bytes(info), {.info_size = 20}), Errc::limit_exceeded, "larger than 20 bytes");
}

TEST_CASE("a torrent is loaded from a file, and what is wrong with the file is said", "[metainfo]")
{
    const shoal::test::TemporaryFolder folder;
    accepts(load(folder.write("good.torrent", torrent(single_file()))));
    refuses(load(folder / "absent.torrent"), Errc::not_found, "absent.torrent: No such file");
    refuses(load(folder.path().native()), Errc::bad_input, "a folder, not a torrent");
    refuses(load(folder.write("empty.torrent", "")), Errc::bad_input, "empty.torrent: not a torrent");
    refuses(load(folder.write("large.torrent", torrent(single_file())), {.torrent_size = 50}),
            Errc::limit_exceeded, "larger than 50 bytes");
    refuses(load("/dev/zero", {.torrent_size = 1 << 20}), Errc::limit_exceeded, "larger than");
}
