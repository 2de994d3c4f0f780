#include "message.hpp"
#include "numbered_hash.hpp"

#include <shoal/hex.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace shoal::lsd {
namespace {

const std::string hex = "0123456789abcdef0123456789abcdef01234567";
const std::string request_line = "BT-SEARCH * HTTP/1.1\r\n";

std::string why(std::string_view datagram)
{
    const auto message = read(as_bytes(datagram));
    return message ? std::string("read") : message.error().text;
}

} // namespace

TEST_CASE("an announce is written as BEP 14 shows it", "[lsd]")
{
    const Message message{.port = 6881, .info_hashes = {*Hash20::from(*from_hex(hex))}, .cookie = "8badf00d"};
    CHECK(write(message, group(false))
          == "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: " + hex
                 + "\r\ncookie: 8badf00d\r\n\r\n\r\n");
    CHECK(write(message, group(true)).find("\r\nHost: [ff15::efc0:988f]:6771\r\n") != std::string::npos);
}

TEST_CASE("what is written is read again, and the most that goes into one fits", "[lsd]")
{
    Message message{.port = 65535, .info_hashes = {}, .cookie = "8badf00d"};
    for (std::uint32_t i = 1; i <= most_in_one; ++i) message.info_hashes.push_back(numbered(i));
    const auto text = write(message, group(false));
    CHECK(text.size() <= longest_sent);
    CHECK(text.size() + 52 > longest_sent);
    const auto again = read(as_bytes(text));
    REQUIRE(again);
    CHECK(again->port == message.port);
    CHECK(again->info_hashes == message.info_hashes);
    CHECK(again->cookie == message.cookie);
}

TEST_CASE("a single announce is short enough for Transmission 3", "[lsd]")
{
    const Message message{.port = 65535, .info_hashes = {numbered(1)}, .cookie = "8badf00d"};
    CHECK(write(message, group(false)).size() <= 200);
}

TEST_CASE("L1 lines may end with LF alone, names and digits have either case, unknown headers are passed over", "[lsd]")
{
    const auto message = read(as_bytes("BT-SEARCH * HTTP/1.0\nHOST: x\nX-Other: y\nno header\n: \nPORT:\t7 \n"
                                       "INFOHASH: 0123456789ABCDEF0123456789abcdef01234567\ncOOkie:me\n\n"));
    REQUIRE(message);
    CHECK(message->port == 7);
    REQUIRE(message->info_hashes.size() == 1);
    CHECK(message->info_hashes[0].hex() == hex);
    CHECK(message->cookie == "me");
}

TEST_CASE("L1 an announce needs no Host, no cookie and no end; what follows the empty line is not read", "[lsd]")
{
    const auto cut = read(as_bytes(request_line + "Port: 7\r\nInfohash: " + hex));
    REQUIRE(cut);
    CHECK(cut->cookie.empty());
    const auto more = read(as_bytes(request_line + "Host: \x01\x02\r\nPort: 7\r\nInfohash: " + hex + "\r\n\r\nPort: 8\r\n"));
    REQUIRE(more);
    CHECK(more->port == 7);
}

TEST_CASE("L1 hashes that are none are passed over, each that is one is taken once", "[lsd]")
{
    const auto with = [](const std::string& lines) {
        return read(as_bytes(request_line + "Port: 7\r\n" + lines + "Infohash: " + hex + "\r\n\r\n"));
    };
    const auto digits = GENERATE(as<std::string>{}, "", "0123", std::string(39, 'a'), std::string(41, 'a'),
                                 std::string(64, 'a'), std::string(40, 'g'), std::string(40, '0'), hex);
    const auto message = with("Infohash: " + digits + "\r\n");
    REQUIRE(message);
    CHECK(message->info_hashes.size() == 1);
}

TEST_CASE("L1 what is no announce is refused with a reason", "[lsd]")
{
    const auto rest = "\r\nInfohash: " + hex + "\r\n\r\n";
    CHECK(why("") == "no BT-SEARCH");
    CHECK(why(std::string(100, '\0')) == "no BT-SEARCH");
    CHECK(why("M-SEARCH * HTTP/1.1\r\nPort: 7" + rest) == "no BT-SEARCH");
    CHECK(why(request_line) == "no port to call at");
    for (const auto* port : {"0", "-1", "65536", "99999999999999999999", "7x", "", "0x50", "1 2", "000007"}) {
        CHECK(why(request_line + "Port: " + port + rest) == "no port to call at");
    }
    CHECK(why(request_line + "Port: 7\r\nPort: 8" + rest) == "no port to call at");
    CHECK(why(request_line + "Port: 7\r\nPort: 7" + rest) == "read");
    CHECK(why(request_line + "Port: 7\r\n\r\n") == "no info-hash");
}

TEST_CASE("L1 a datagram of a thousand hashes is refused unread; one that an Ethernet frame holds is read", "[lsd]")
{
    std::string thousand = request_line + "Port: 7\r\n";
    for (int i = 0; i < 1000; ++i) thousand += "Infohash: " + hex + "\r\n";
    CHECK(why(thousand) == "longer than a datagram of BEP 14 may be");
    auto padded = request_line + "Port: 7\r\nInfohash: " + hex + "\r\nX: ";
    padded.resize(longest_taken, 'x');
    CHECK(why(padded) == "read");
    CHECK(why(padded + 'x') == "longer than a datagram of BEP 14 may be");
}

TEST_CASE("L1 a long cookie is cut", "[lsd]")
{
    const auto message =
        read(as_bytes(request_line + "Port: 7\r\ncookie: " + std::string(500, 'c') + "\r\nInfohash: " + hex + "\r\n\r\n"));
    REQUIRE(message);
    CHECK(message->cookie == std::string(longest_cookie, 'c'));
}

} // namespace shoal::lsd
