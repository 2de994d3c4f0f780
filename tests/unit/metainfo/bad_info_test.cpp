// The lines M1–M10 and M17–M25 of the catalogue of bad inputs: numbers, hashes, flags and URLs. Names:
// bad_names_test.
#include "torrent_text.hpp"

using namespace shoal;
using namespace shoal::metainfo;
using namespace shoal::metainfo::test;

namespace {

std::string with_outer(const std::string& key, const std::string& value)
{
    return Dict{{"info", single_file().text()}, {key, value}}.text();
}

std::vector<std::string> trackers_of(const std::string& announce_list)
{
    const auto torrent = parsed(with_outer("announce-list", announce_list));
    accepts(torrent);
    std::vector<std::string> all;
    for (const auto& tier : torrent->trackers) all.insert(all.end(), tier.begin(), tier.end());
    return all;
}

} // namespace

TEST_CASE("M1 a missing piece length is refused", "[metainfo][bad-input]")
{
    refuses(parsed(single_file().drop("piece length")), Errc::bad_input, "the piece length is missing");
}

TEST_CASE("M1 a piece length that is zero, negative or no integer is refused", "[metainfo][bad-input]")
{
    refuses(parsed(single_file().set("piece length", num(0))), Errc::bad_input, "the piece length is 0");
    refuses(parsed(single_file().set("piece length", num(-16'384))), Errc::bad_input,
            "the piece length is -16384");
    refuses(parsed(single_file().set("piece length", str("16384"))), Errc::bad_input, "is not an integer");
}

TEST_CASE("M2 a piece length of 2^32 + 16384 does not pass for 16384", "[metainfo][bad-input]")
{
    refuses(parsed(single_file().set("piece length", num(4'294'983'680))), Errc::limit_exceeded,
            "4294983680");
}

TEST_CASE("M3 a piece length that is no power of two is accepted", "[metainfo][bad-input]")
{
    const auto torrent = parsed(single_file().set("piece length", num(10'000)).set("pieces", hashes(4)));
    accepts(torrent);
    CHECK(torrent->geometry.piece_length() == 10'000);
}

TEST_CASE("M4 a piece length of 32767 blocks is accepted, one block more is refused", "[metainfo][bad-input]")
{
    const auto large = single_file().set("pieces", hashes(1));
    accepts(parsed(Dict(large).set("piece length", num(536'854'528))));
    refuses(parsed(Dict(large).set("piece length", num(536'870'912))), Errc::limit_exceeded,
            "at most 536854528");
}

TEST_CASE("M5 piece hashes that are missing, no string or no multiple of 20 are refused",
          "[metainfo][bad-input]")
{
    refuses(parsed(single_file().drop("pieces")), Errc::bad_input, "the piece hashes are missing");
    refuses(parsed(single_file().set("pieces", list({}))), Errc::bad_input, "not a string");
    refuses(parsed(single_file().set("pieces", str(std::string(59, 'h')))), Errc::bad_input, "59 bytes");
}

TEST_CASE("M5 no, too few and too many piece hashes are refused", "[metainfo][bad-input]")
{
    refuses(parsed(single_file().set("pieces", hashes(0))), Errc::bad_input, "0 piece hashes for 3 pieces");
    refuses(parsed(single_file().set("pieces", hashes(2))), Errc::bad_input, "2 piece hashes for 3 pieces");
    refuses(parsed(single_file().set("pieces", hashes(4))), Errc::bad_input, "4 piece hashes for 3 pieces");
}

TEST_CASE("M6 two million pieces are accepted, more than 2^22 are refused", "[metainfo][bad-input]")
{
    auto large = single_file().set("piece length", num(1));
    accepts(parsed(Dict(large).set("length", num(1 << 20)).set("pieces", hashes(1 << 20))));
    refuses(parsed(large.set("length", num((1 << 22) + 1)).set("pieces", hashes(1))), Errc::limit_exceeded,
            "4194305 pieces");
}

TEST_CASE("M7 a negative length is refused, also where the piece count would wrap to zero",
          "[metainfo][bad-input]")
{
    refuses(parsed(single_file().set("length", num(-1))), Errc::bad_input, "its length is -1");
    refuses(parsed(single_file().set("length", num(-16'384)).set("pieces", hashes(0))), Errc::bad_input,
            "-16384");
    refuses(parsed(several_files({file(10, {"a"}), file(-5, {"b"})})), Errc::bad_input,
            "file 2: its length is -5");
    refuses(parsed(single_file().set("length", str("40000"))), Errc::bad_input,
            "its length is not an integer");
}

TEST_CASE("M8 lengths that add up to more than 63 bits are refused", "[metainfo][bad-input]")
{
    refuses(parsed(several_files({file(INT64_MAX, {"a"}), file(1, {"b"})})), Errc::bad_input,
            "add up to more than 2^63");
    refuses(parsed(several_files({file(INT64_MAX, {"a"}), file(INT64_MAX, {"b"}), file(3, {"c"})})),
            Errc::bad_input, "add up");
    refuses(parsed(single_file().set("length", num(INT64_MAX))), Errc::limit_exceeded,
            "pieces are more than");
}

TEST_CASE("M9 a torrent without content is refused", "[metainfo][bad-input]")
{
    refuses(parsed(single_file().set("length", num(0)).set("pieces", hashes(0))), Errc::bad_input,
            "no content");
    refuses(parsed(single_file().drop("length")), Errc::bad_input, "neither a length nor a list of files");
    refuses(parsed(several_files({}, 0)), Errc::bad_input, "the list of files is empty");
    refuses(parsed(several_files({file(0, {"a"}), file(0, {"b"})}, 0)), Errc::bad_input, "no content");
    refuses(parsed(several_files({padding(100)})), Errc::bad_input, "only padding");
    refuses(parsed(several_files({}).set("files", num(1))), Errc::bad_input, "is not a list");
    refuses(parsed(several_files({num(1)})), Errc::bad_input, "file 1: it is not a dictionary");
}

TEST_CASE("M10 where a torrent has a length and a list of files, the list counts", "[metainfo][bad-input]")
{
    const auto torrent = parsed(several_files({file(5, {"a"})}).set("length", num(99'999)));
    accepts(torrent);
    CHECK_FALSE(torrent->single_file);
    CHECK(torrent->geometry.total_length() == 5);
}

TEST_CASE("M17 a symbolic link with content is refused, one without is never on disk",
          "[metainfo][bad-input]")
{
    const auto link = [](std::int64_t length, const std::vector<std::string>& target) {
        return Dict{{"attr", str("l")},
                    {"length", num(length)},
                    {"path", path({"link"})},
                    {"symlink path", path(target)}}
            .text();
    };
    refuses(parsed(several_files({link(10, {"a"}), file(5, {"a"})})), Errc::unsupported,
            "file 1: it is a symbolic link");
    refuses(parsed(single_file().set("attr", str("l"))), Errc::unsupported, "symbolic link");
    for (const auto& target : {std::vector<std::string>{".."}, {"/etc/passwd"}, {"link"}, {"absent"}, {}}) {
        const auto torrent = parsed(several_files({link(0, target), file(5, {"a"}), link(0, target)}));
        accepts(torrent);
        CHECK(torrent->files[0].padding);
        CHECK(torrent->files[0].length == 0);
        CHECK(torrent->files[1].path == "a");
    }
}

TEST_CASE("M19 padding of any size at any place, with no path or the same one, is accepted",
          "[metainfo][bad-input]")
{
    const auto nameless = Dict{{"attr", str("p")}, {"length", num(50'000)}}.text();
    const auto torrent =
        parsed(several_files({padding(3), padding(100), file(5, {"a"}), nameless, padding(1)}, 4));
    accepts(torrent);
    CHECK(torrent->geometry.total_length() == 50'109);
    for (const auto index : torrent->geometry.files()) {
        CHECK(torrent->geometry.file_span(index).padding == (index.value() != 2));
        CHECK(torrent->file(index).padding == (index.value() != 2));
    }
}

TEST_CASE("M20 a torrent of 400,000 files in 30,000 folders is read", "[metainfo][bad-input]")
{
    std::string files = "l";
    for (int i = 0; i < 400'000; ++i)
        files += file(1, {"folder " + std::to_string(i % 30'000), std::to_string(i)});
    const auto torrent = parsed(several_files({}).set("files", files + "e").set("pieces", hashes(25)));
    accepts(torrent);
    CHECK(torrent->files.size() == 400'000);
    CHECK(torrent->disk_path(*torrent->geometry.file(399'999)) == "books/folder 9999/399999");
}

TEST_CASE("M20 a torrent of a million files has more values than the limit", "[metainfo][bad-input]")
{
    std::string files = "l";
    for (int i = 0; i < 1'000'000; ++i) files += file(1, {std::to_string(i)});
    refuses(parsed(several_files({}).set("files", files + "e")), Errc::limit_exceeded, "values");
}

TEST_CASE("M21 only a private flag of zero, or none, lets a torrent be public", "[metainfo][bad-input]")
{
    CHECK_FALSE(parsed(single_file())->is_private);
    CHECK_FALSE(parsed(single_file().set("private", num(0)))->is_private);
    for (const auto& flag : {num(1), num(2), num(-1), str("0"), str("yes"), list({})}) {
        INFO(flag);
        CHECK(parsed(single_file().set("private", flag))->is_private);
    }
    CHECK(parse_info(as_bytes(single_file().set("private", num(1)).text()))->is_private);
}

TEST_CASE("M22 an announce-list of odd shape gives the URLs that it has", "[metainfo][bad-input]")
{
    CHECK(trackers_of(str("http://a/")).empty());
    CHECK(trackers_of(list({str("http://a/"), num(5), list({str("http://b/")})}))
          == std::vector<std::string>{"http://a/", "http://b/"});
    CHECK(trackers_of(list({list({list({str("http://a/")}), Dict{{"k", num(1)}}.text()})})).empty());
    CHECK(trackers_of(list({list({str("http://a/")}), list({str("http://a/")})}))
          == std::vector<std::string>{"http://a/"});
}

TEST_CASE("M22 of more than a thousand trackers the first thousand are kept", "[metainfo][bad-input]")
{
    std::vector<std::string> urls;
    for (int i = 0; i < 5000; ++i) urls.push_back(str("http://" + std::to_string(i) + "/"));
    const auto kept = trackers_of(list({list(urls)}));
    CHECK(kept.size() == 1000);
    CHECK(kept.back() == "http://999/");
}

TEST_CASE("M22 white space around a tracker URL goes, what names no host is left out",
          "[metainfo][bad-input]")
{
    CHECK(trackers_of(list({list({str(" \thttp://a/announce\r\n")})}))
          == std::vector<std::string>{"http://a/announce"});
    std::vector<std::string> junk;
    for (const auto* url : {"", "   ", "tracker", "http:/a", "http://", "http:///announce", "://a",
                            "1http://a", "ht tp://a/", "http://a/an nounce", "file:///etc/passwd",
                            "FILE://a/b", "data:text/plain,hello", "http://a/\x1b[31m", "http://\xff/"}) {
        junk.push_back(str(url));
    }
    CHECK(trackers_of(list({list(junk)})).empty());
    const auto long_url = "http://a/" + std::string(5000, 'x');
    CHECK(trackers_of(list({list({str(long_url)})})).empty());
    // Nobody serves it today; a plug-in may.
    CHECK(trackers_of(list({list({str("gopher://a/")})})) == std::vector<std::string>{"gopher://a/"});
}

TEST_CASE("M22 web seeds are http and https alone", "[metainfo][bad-input]")
{
    const auto seeds = list({str("http://a/x"), str("HTTPS://b/y"), str("ftp://c/z"),
                             str("file:///etc/passwd"), num(1), str("http://a/x"), str("junk")});
    const auto torrent = parsed(with_outer("url-list", seeds));
    accepts(torrent);
    CHECK(torrent->web_seeds == std::vector<std::string>{"http://a/x", "HTTPS://b/y"});
    CHECK(parsed(with_outer("url-list", num(3)))->web_seeds.empty());
}

TEST_CASE("M23 nodes with a bad port or host are left out", "[metainfo][bad-input]")
{
    const auto nodes =
        list({list({str("router.example.org"), num(6881)}), list({str("a"), num(0)}),
              list({str("b"), num(65'536)}), list({str("c"), num(-1)}), list({str("d"), str("6881")}),
              list({str(""), num(6881)}), list({str("e")}), list({str("f"), num(1), num(2)}), str("g"),
              list({str("h h"), num(1)}), list({str("::1"), num(7)})});
    const auto torrent = parsed(with_outer("nodes", nodes));
    accepts(torrent);
    CHECK(torrent->nodes == std::vector<HostPort>{{"router.example.org", 6881}, {"::1", 7}});
    CHECK(parsed(with_outer("nodes", num(1)))->nodes.empty());
}

TEST_CASE("M24 a creation date beyond 64 bits is refused, a negative one ignored", "[metainfo][bad-input]")
{
    refuses(parsed(with_outer("creation date", "i9223372036854775808e")), Errc::bad_input, "64 bits");
    const auto negative = parsed(with_outer("creation date", num(-5)));
    accepts(negative);
    CHECK_FALSE(negative->creation_date.has_value());
}

TEST_CASE("M25 empty httpseeds and an empty url-list are no web seeds", "[metainfo][bad-input]")
{
    for (const auto* key : {"httpseeds", "url-list"}) {
        const auto torrent = parsed(with_outer(key, str("")));
        accepts(torrent);
        CHECK(torrent->web_seeds.empty());
    }
}
