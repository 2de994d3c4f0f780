// The Bencode lines (B…) of the catalogue of bad inputs, as far as they concern a .torrent.
#include "torrent_text.hpp"

using namespace shoal;
using namespace shoal::metainfo;
using namespace shoal::metainfo::test;

TEST_CASE("B1 a torrent nested a hundred or a million deep is refused", "[metainfo][bad-input]")
{
    for (const std::size_t depth : {100U, 1'000'000U}) {
        const auto nested = std::string(depth, 'l') + std::string(depth, 'e');
        refuses(parsed("d1:a" + nested + "4:info" + single_file().text() + "e"), Errc::limit_exceeded,
                "deeper than 64");
    }
}

TEST_CASE("B2 a string longer than the torrent is refused", "[metainfo][bad-input]")
{
    refuses(parsed("d4:infod4:name999999999:a"), Errc::bad_input, "expected a string of at most");
}

TEST_CASE("B3 lengths and integers that are no numbers are refused", "[metainfo][bad-input]")
{
    for (const auto* value : {"2147483648:a", "4294967296:a", "9223372036854775808:a", "04:spam", "i-0e",
                              "i-e", "i--1e", "ie", "i03e"}) {
        INFO(value);
        const auto text = "d1:a" + std::string(value) + "4:info" + single_file().text() + "e";
        refuses(parsed(text), Errc::bad_input, "not a torrent: bencode: byte");
    }
}

TEST_CASE("B4 an integer one digit too long is refused", "[metainfo][bad-input]")
{
    auto info = single_file();
    refuses(parsed(info.set("length", "i92233720368547758080e")), Errc::bad_input, "64 bits");
    refuses(parsed(info.set("length", num(INT64_MIN))), Errc::bad_input,
            "its length is -9223372036854775808");
}

TEST_CASE("B5 an integer cut short under a key nobody knows is refused", "[metainfo][bad-input]")
{
    refuses(parsed("d7:unknowni12"), Errc::bad_input, "expected a digit or 'e'");
}

TEST_CASE("B6 an overlong integer inside the info is refused", "[metainfo][bad-input]")
{
    refuses(parsed(single_file().set("meta version", "i0002e")), Errc::bad_input, "leading zeros");
}

TEST_CASE("B7 a key that is there twice is refused, next to itself or not", "[metainfo][bad-input]")
{
    const auto piece = "6:pieces" + hashes(1);
    refuses(parsed("d4:infod6:lengthi5e4:name1:a12:piece lengthi16384e" + piece + piece + "ee"),
            Errc::bad_input, "a key that is not there already");
    refuses(parsed("d4:infod" + piece + "6:lengthi5e4:name1:a12:piece lengthi16384e" + piece + "ee"),
            Errc::bad_input, "only once");
}

TEST_CASE("B8 a torrent of more values than the limit is refused", "[metainfo][bad-input]")
{
    std::string many = "d1:al";
    for (int i = 0; i < 3'000'001; ++i) many += "0:";
    refuses(parsed(many + "e4:info" + single_file().text() + "e"), Errc::limit_exceeded,
            "more than 3000000 values");
}

TEST_CASE("B9 a torrent of more bytes than the limit is refused", "[metainfo][bad-input]")
{
    const auto filler = str(std::string(32U << 20, 'x'));
    refuses(parsed("d1:a" + filler + "4:info" + single_file().text() + "e"), Errc::limit_exceeded,
            "larger than 33554432 bytes");
}

TEST_CASE("B10 a torrent with something behind it is refused", "[metainfo][bad-input]")
{
    refuses(parsed(torrent(single_file()) + "garbage"), Errc::bad_input, "expected the end of the input");
}

TEST_CASE("B11 a torrent that is a string, an integer or a list is refused", "[metainfo][bad-input]")
{
    for (const auto* text : {"4:spam", "i5e", "l4:infoe"}) {
        refuses(parsed(text), Errc::bad_input, "not a torrent: it is not a dictionary");
    }
    refuses(parsed("de"), Errc::bad_input, "it has no info");
    refuses(parsed("d4:infoi5ee"), Errc::bad_input, "the info of the torrent is not a dictionary");
}

TEST_CASE("B12 names that are no UTF-8 become valid, and what a terminal would obey is kept as a name",
          "[metainfo][bad-input]")
{
    const std::string overlong = "\xc0\xaf";
    const std::string surrogate = "\xed\xa0\x80";
    const std::string latin1 = "caf\xe9";
    const std::string bidi = "exe\xe2\x80\xaetxt";
    const auto torrent = parsed(
        several_files({file(1, {overlong}), file(1, {surrogate, "a"}), file(1, {latin1}), file(1, {bidi})}));
    accepts(torrent);
    CHECK(torrent->files[0].path == "\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(torrent->files[1].path == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd/a");
    CHECK(torrent->files[2].path == "caf\xef\xbf\xbd");
    CHECK(torrent->files[3].path == bidi);
}
