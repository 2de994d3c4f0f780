#include "driven.hpp"

namespace shoal::test {

using bep15::AnnounceRequest;

TEST_CASE("a URL that may not be asked by datagram is not accepted, and nothing is sent", "[tracker]")
{
    Driven driven;
    CHECK(driven.announce(1, "http://t.example.org/announce") == SHOAL_E_CORRUPT);
    CHECK(driven.host.last_error == "tracker URL: not udp://");
    CHECK(driven.announce(2, "udp://t.example.org/announce") == SHOAL_E_CORRUPT);
    CHECK(driven.host.last_error == "tracker URL: a udp:// URL names its port");
    for (const auto* url : {"udp://t.example.org:0/announce", "udp://t.example.org:65536/", "udp://:80/", "udp://[::1:80/",
                            "udp://0x7f.1:80/announce", "udp://2130706433:80/announce", "udp://a@b@c:80/",
                            "udp://224.0.0.1:80/announce", "udp://255.255.255.255:80/announce",
                            "udp://[ff02::1]:80/announce", "udp://t\xc3\xa9st.example.org:80/", "udp:/x", ""}) {
        CHECK(driven.announce(3, url) == SHOAL_E_CORRUPT);
    }
    CHECK(driven.announce(4, "udp://tracker.i2p:80/announce") == SHOAL_E_UNSUPPORTED);
    CHECK(driven.scrape(5, "udp://t.example.org", std::string(20, 'x')) == SHOAL_E_CORRUPT);
    CHECK(driven.host.sent.empty());
    CHECK(driven.host.lookups.empty());
    CHECK(driven.host.sockets.empty());
}

TEST_CASE("T9 what is near is asked by datagram only where the path is a tracker's", "[tracker]")
{
    Driven driven;
    std::uint64_t operation = 0;
    for (const auto* url : {"udp://127.0.0.1:53", "udp://127.0.0.1:53/", "udp://127.0.0.1:53/x/announce", "udp://[::1]:53/x",
                            "udp://169.254.169.254:80/latest", "udp://10.0.0.1:161/", "udp://192.168.0.1:1900/upnp",
                            "udp://[fd00::1]:53", "udp://0.0.0.0:53", "udp://localhost:53", "udp://router:53/x",
                            "udp://printer.local:9100/", "udp://[::ffff:127.0.0.1]:53/x"}) {
        CHECK(driven.announce(++operation, url) == SHOAL_E_ACCESS);
        CHECK(driven.host.last_error.find("in the local network") != std::string::npos);
    }
    CHECK(driven.host.sent.empty());
    CHECK(driven.host.lookups.empty());
    for (const auto* url : {"udp://127.0.0.1:6969/announce", "udp://[::1]:6969/announce", "udp://10.0.0.1:6969/announce",
                            "udp://10.0.0.1:6970/key/announce.php?x=1"}) {
        CHECK(driven.announce(++operation, url) == SHOAL_OK);
    }
    CHECK(driven.host.sent.size() == 4);
}

TEST_CASE("path and query of the URL are handed over as it has them, however long (BEP 41)", "[tracker]")
{
    Driven driven;
    const std::string path = "/" + std::string(600, 'x') + "/announce?passkey=0123&b=%41";
    REQUIRE(driven.announce(1, "udp://1.2.3.4:80" + path + "#top") == SHOAL_OK);
    driven.accept(0);
    CHECK(driven.sent<AnnounceRequest>(1).url_data == path);
    REQUIRE(driven.announce(2, "udp://1.2.3.5:80?only=query") == SHOAL_OK);
    driven.accept(2);
    CHECK(driven.sent<AnnounceRequest>(3).url_data == "?only=query");
    CHECK(driven.announce(3, "udp://1.2.3.4:80/" + std::string(1300, 'x')) == SHOAL_E_LIMIT);
    CHECK(driven.announce(4, "udp://1.2.3.4:80/" + std::string(9000, 'x')) == SHOAL_E_CORRUPT);
}

} // namespace shoal::test
