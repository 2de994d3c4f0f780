// Magnet links, and the lines G1–G7 of the catalogue of bad inputs.
#include "metainfo/magnet.hpp"
#include "torrent_text.hpp"

#include <shoal/hex.hpp>

using namespace shoal;
using namespace shoal::metainfo;
using namespace shoal::metainfo::test;

namespace {

const std::string hex_v1 = "d2474e86c95b19b8bcfdb92bc12c9d44667cfa36";
const std::string hex_v2 = "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e";
const std::string good = "magnet:?xt=urn:btih:" + hex_v1;

Magnet read(const std::string& link)
{
    auto magnet = parse_magnet(link);
    INFO((magnet ? "" : magnet.error().text));
    REQUIRE(magnet);
    return *magnet;
}

void refused(const std::string& link, const std::string& text, Errc code = Errc::bad_input)
{
    INFO(link.substr(0, 200));
    const auto magnet = parse_magnet(link);
    REQUIRE_FALSE(magnet);
    CHECK(errc_name(magnet.error().code) == errc_name(code));
    CHECK_THAT(magnet.error().text, Catch::Contains(text));
}

} // namespace

TEST_CASE("a magnet link with everything in it is read", "[metainfo][magnet]")
{
    const auto magnet =
        read(good
             + "&dn=Leaves+of%20Grass%2B&tr=http%3A%2F%2Fa%2Fannounce&tr.1=udp://b:80"
               "&ws=https://seed/x&x.pe=192.0.2.1:6881&x.pe=[2001:db8::1]:7&x.pe=host.example:8"
               "&so=0,2,4-6&as=http://nobody/");
    CHECK(magnet.info_hash.hex() == hex_v1);
    CHECK(magnet.name == "Leaves of Grass+");
    CHECK(magnet.trackers == std::vector<std::string>{"http://a/announce", "udp://b:80"});
    CHECK(magnet.web_seeds == std::vector<std::string>{"https://seed/x"});
    CHECK(magnet.peers
          == std::vector<HostPort>{{"192.0.2.1", 6881}, {"2001:db8::1", 7}, {"host.example", 8}});
    CHECK(magnet.selection == std::vector<FileRange>{{0, 0}, {2, 2}, {4, 6}});
}

TEST_CASE("an info-hash in base32 is the same as in hex", "[metainfo][magnet]")
{
    const auto base32 = to_base32(*from_hex(hex_v1));
    CHECK(read("magnet:?xt=urn:btih:" + base32).info_hash.hex() == hex_v1);
}

TEST_CASE("a link of version 2 is read", "[metainfo][magnet]")
{
    const auto magnet = read("magnet:?xt=urn:btmh:1220" + hex_v2);
    CHECK_FALSE(magnet.info_hash.v1.has_value());
    CHECK(magnet.info_hash.v2->hex() == hex_v2);
    refused("magnet:?xt=urn:btmh:1114" + hex_v1, "not SHA-256");
    refused("magnet:?xt=urn:btmh:1220" + hex_v1, "an info-hash that is none");
}

TEST_CASE("a magnet link is told from a path in any case", "[metainfo][magnet]")
{
    CHECK(is_magnet(good));
    CHECK(is_magnet("MAGNET:?dn=x"));
    CHECK_FALSE(is_magnet("magnet.torrent"));
    CHECK_FALSE(is_magnet(""));
    CHECK(read("MAGNET:?xt=URN:BTIH:" + hex_v1).info_hash.hex() == hex_v1);
}

TEST_CASE("the magnet link of a torrent leads back to it", "[metainfo][magnet]")
{
    auto torrent = parsed(single_file().set("name", str("a & b=100%.txt")));
    accepts(torrent);
    torrent->trackers = {{"http://a/announce?key=1&x=2"}, {"udp://b:80"}};
    torrent->web_seeds = {"http://seed/%20"};
    torrent->info_hash.v2 = Hash32{};
    const auto magnet = read(to_magnet(*torrent));
    CHECK(magnet.info_hash == torrent->info_hash);
    CHECK(magnet.name == torrent->name);
    CHECK(magnet.trackers == std::vector<std::string>{"http://a/announce?key=1&x=2", "udp://b:80"});
    CHECK(magnet.web_seeds == torrent->web_seeds);
}

TEST_CASE("the magnet link of a torrent of a thousand trackers can be read", "[metainfo][magnet]")
{
    auto torrent = parsed(single_file());
    accepts(torrent);
    for (int i = 0; i < 1000; ++i)
        torrent->trackers.push_back({"http://" + std::string(200, 'x') + std::to_string(i) + "/"});
    const auto magnet = read(to_magnet(*torrent));
    CHECK(magnet.trackers.size() > 200);
}

TEST_CASE("G1 escapes cut short and an empty xt are refused", "[metainfo][magnet][bad-input]")
{
    refused(good + "&dn=%", "a '%' without two hexadecimal digits");
    refused(good + "&dn=%4", "a '%' without two hexadecimal digits");
    refused(good + "&dn=%zz", "a '%' without two hexadecimal digits");
    refused("magnet:?xt=", "an empty xt");
    refused("magnet:?xt", "an empty xt");
    refused("magnet:?", "no BitTorrent info-hash");
    refused("magnet:", "does not begin with");
    refused("", "does not begin with");
}

TEST_CASE("G2 a link of 200 kB is refused, of many trackers the first thousand are kept",
          "[metainfo][magnet][bad-input]")
{
    refused(good + "&dn=" + std::string(200'000, 'x'), "larger than 65536 bytes", Errc::limit_exceeded);
    std::string many = good;
    for (int i = 0; i < 10'000; ++i) many += "&tr=udp://" + std::to_string(i);
    refused(many, "larger than", Errc::limit_exceeded);
    const auto magnet = parse_magnet(many, {.magnet_size = 1U << 20});
    REQUIRE(magnet);
    CHECK(magnet->trackers.size() == 1000);
}

TEST_CASE("G3 info-hashes of a wrong length or alphabet are refused", "[metainfo][magnet][bad-input]")
{
    const auto base32 = to_base32(*from_hex(hex_v1));
    for (const auto& digits : {hex_v1.substr(1), hex_v1 + "0", base32.substr(1), base32 + "A",
                               std::string(40, 'g'), std::string(32, '1'), std::string()}) {
        refused("magnet:?xt=urn:btih:" + digits, "an info-hash that is none");
    }
}

TEST_CASE("G3 an info-hash may be of mixed case, stand beside its version 2, and repeat itself",
          "[metainfo][magnet][bad-input]")
{
    auto mixed = hex_v1;
    mixed[0] = 'D';
    CHECK(read("magnet:?xt=urn:btih:" + mixed).info_hash.hex() == hex_v1);
    const auto both = read(good + "&xt=urn:btmh:1220" + hex_v2 + "&xt.2=urn:btih:" + mixed);
    CHECK(both.info_hash.v1->hex() == hex_v1);
    CHECK(both.info_hash.v2->hex() == hex_v2);
    CHECK(read(good + "&xt=urn:ed2k:31D6CFE0D16AE931B73C59D7E0C089C0").info_hash.hex() == hex_v1);
}

TEST_CASE("G3 two different info-hashes are refused", "[metainfo][magnet][bad-input]")
{
    refused(good + "&xt=urn:btih:" + std::string(40, 'a'), "two different info-hashes");
}

TEST_CASE("G4 selections that ask for everything, go backwards or are no numbers are refused",
          "[metainfo][magnet][bad-input]")
{
    for (const auto* selection : {"0-4294967295", "4294967296", "99999999999999999999", "5-3", "", ",",
                                  "1,,2", "-", "1-", "-1", "a", "0x1", "1 2", "3000000"}) {
        refused(good + "&so=" + selection, "a selection of files (so) that is none");
    }
}

TEST_CASE("G4 a selection that names a file again and again names it once", "[metainfo][magnet][bad-input]")
{
    CHECK(read(good + "&so=0,0,0").selection == std::vector<FileRange>{{0, 0}});
    CHECK(read(good + "&so=7-9,1,8-12,2,0").selection == std::vector<FileRange>{{0, 2}, {7, 12}});
    CHECK(read(good + "&so=0-2999999").selection == std::vector<FileRange>{{0, max_file_number}});
}

TEST_CASE("G5 peers with bad endpoints are left out", "[metainfo][magnet][bad-input]")
{
    std::string link = good;
    for (const auto* peer : {"", "host", "host:", ":80", "host:0", "host:65536", "host:-1", "host:8x",
                             "::1:80", "[::1]", "[]:80", "[host]:80", "a b:80", "host:80:80"}) {
        link += "&x.pe=" + std::string(peer);
    }
    CHECK(read(link).peers.empty());
}

TEST_CASE("G6 a display name is only ever shown", "[metainfo][magnet][bad-input]")
{
    CHECK(read(good + "&dn=../../etc/passwd").name == "../../etc/passwd");
    CHECK(read(good + "&dn=%ff%2e%2e").name == "\xef\xbf\xbd..");
}

TEST_CASE("G7 sources of other kinds are not read", "[metainfo][magnet][bad-input]")
{
    const auto magnet =
        read(good + "&xs=http://169.254.169.254/latest&as=http://10.0.0.1/&mt=http://x/&kt=a+b");
    CHECK(magnet.trackers.empty());
    CHECK(magnet.web_seeds.empty());
    CHECK(magnet.peers.empty());
}
