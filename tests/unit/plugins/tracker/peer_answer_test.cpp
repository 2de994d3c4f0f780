// The peers of an announce answer: compact (BEP 23, 7) and plain (BEP 3).
#include "answer.hpp"
#include "answers.hpp"

#include <shoal/bencode.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace shoal::http_tracker {
namespace {

std::vector<std::string> texts(AnnounceAnswer answer)
{
    std::vector<std::string> out;
    for (const auto& peer : answer.peers.take()) out.push_back(peer.to_string());
    return out;
}

using Texts = std::vector<std::string>;

std::string compact(std::initializer_list<const char*> endpoints)
{
    Bytes out;
    for (const auto* text : endpoints) Endpoint::parse(text)->append_compact(out);
    return std::string(as_text(out));
}

std::string with(std::string_view key, std::string_view peers)
{
    return "d" + std::to_string(key.size()) + ":" + std::string(key) + std::to_string(peers.size()) + ":"
           + std::string(peers) + "e";
}

std::string plain(std::string_view ip, std::string_view port)
{
    return "d2:ip" + std::to_string(ip.size()) + ":" + std::string(ip) + "4:port" + std::string(port) + "e";
}

} // namespace

TEST_CASE("compact peers of both families are read", "[tracker]")
{
    const auto four = compact({"1.2.3.4:80", "5.6.7.8:65535"});
    const auto six = compact({"[2001:db8::1]:6881"});
    CHECK(texts(parsed(with("peers", four))) == Texts{"1.2.3.4:80", "5.6.7.8:65535"});
    CHECK(texts(parsed(with("peers6", six))) == Texts{"[2001:db8::1]:6881"});
    const auto both = "d5:peers12:" + four + "6:peers618:" + six + "e";
    CHECK(texts(parsed(both)) == Texts{"1.2.3.4:80", "5.6.7.8:65535", "[2001:db8::1]:6881"});
    CHECK(parsed(both).warning.empty());
}

TEST_CASE("T3 a compact list that is no whole number of peers loses its tail, with a warning", "[tracker]")
{
    const auto four = compact({"1.2.3.4:80", "5.6.7.8:81"});
    for (std::size_t extra = 1; extra < 6; ++extra) {
        const auto answer = parsed(with("peers", four + std::string(extra, 'x')));
        CHECK(answer.warning
              == "the list of peers has " + std::to_string(extra) + " bytes too many, which were ignored");
        CHECK(texts(answer) == Texts{"1.2.3.4:80", "5.6.7.8:81"});
    }
    CHECK(texts(parsed(with("peers", "short"))).empty());
    const auto six = parsed(with("peers6", compact({"[::2]:6881"}) + std::string(17, 'x')));
    CHECK(six.warning == "the list of peers has 17 bytes too many, which were ignored");
    CHECK(texts(six) == Texts{"[::2]:6881"});
}

TEST_CASE("the tracker's warning and ours are both told", "[tracker]")
{
    CHECK(parsed("d5:peers1:x15:warning message4:slowe").warning
          == "slow; the list of peers has 1 bytes too many, which were ignored");
}

TEST_CASE("T3 peers that nobody can be connected to are left out", "[tracker]")
{
    const auto peers =
        compact({"1.2.3.4:0", "0.0.0.0:80", "224.0.0.1:80", "239.255.255.255:80", "1.2.3.4:1"});
    CHECK(texts(parsed(with("peers", peers))) == Texts{"1.2.3.4:1"});
    const auto peers6 = compact({"[::]:80", "[ff02::1]:80", "[2001:db8::1]:0", "[::ffff:0.0.0.0]:80",
                                 "[::ffff:224.0.0.1]:80", "[2001:db8::1]:1"});
    CHECK(texts(parsed(with("peers6", peers6))) == Texts{"[2001:db8::1]:1"});
}

TEST_CASE("a peer that comes twice counts once, also as an IPv4-mapped address", "[tracker]")
{
    const auto body = "d5:peers12:" + compact({"1.2.3.4:80", "1.2.3.4:80"})
                      + "6:peers618:" + compact({"[::ffff:1.2.3.4]:80"}) + "e";
    CHECK(texts(parsed(body)) == Texts{"1.2.3.4:80"});
}

TEST_CASE("T3 of a list as long as an answer can be, the first two thousand peers are kept", "[tracker]")
{
    Bytes many;
    for (std::uint32_t i = 0; i < 174'000; ++i) {
        Endpoint{Address::from_v4(0x0a000001 + i), 6881}.append_compact(many);
    }
    const auto peers = texts(parsed(with("peers", as_text(many))));
    REQUIRE(peers.size() == PeerList::most);
    CHECK(peers.front() == "10.0.0.1:6881");
    CHECK(peers.back() == "10.0.7.208:6881");
}

TEST_CASE("T3 a list of one peer, a hundred thousand times over, is one peer", "[tracker]")
{
    std::string many;
    const auto one = compact({"1.2.3.4:80"});
    for (int i = 0; i < 100'000; ++i) many += one;
    CHECK(texts(parsed(with("peers", many))) == Texts{"1.2.3.4:80"});
}

TEST_CASE("plain peers are addresses of either family, or names", "[tracker]")
{
    const auto answer = parsed("d5:peersl" + plain("1.2.3.4", "i80e") + plain("2001:db8::1", "i81e")
                               + plain("Peer.Example.org", "i82e") + "ee");
    REQUIRE(answer.names.size() == 1);
    CHECK(answer.names[0].name == "Peer.Example.org");
    CHECK(answer.names[0].port == 82);
    CHECK(texts(answer) == Texts{"1.2.3.4:80", "[2001:db8::1]:81"});
}

TEST_CASE("T3 plain peers with missing or odd-typed keys are skipped, the others are not", "[tracker]")
{
    const std::string odd = "de"
                            "i5e"
                            "4:spam"
                            "le"
                            "d2:ip7:1.2.3.4e"
                            "d4:porti80ee"
                            "d2:ipi5e4:porti80ee"
                            "d2:ip7:1.2.3.44:port2:80e"
                            "d2:ipl7:1.2.3.4e4:porti80ee";
    const auto answer =
        parsed("d5:peersl" + odd + plain("1.2.3.4", "i0e") + plain("1.2.3.4", "i-1e")
               + plain("1.2.3.4", "i65536e") + plain("1.2.3.4", "i99999999999e") + plain("", "i80e")
               + plain("not a name", "i80e") + plain("2130706433", "i80e") + plain("127.1", "i80e")
               + plain("p\xc3\xa9"
                       "er.example",
                       "i80e")
               + plain(std::string(300, 'a'), "i80e") + plain("9.8.7.6", "i9e") + "ee");
    CHECK(answer.names.empty());
    CHECK(texts(answer) == Texts{"9.8.7.6:9"});
}

TEST_CASE("at most fifty names are looked up, wherever they stand", "[tracker]")
{
    std::string body = "d5:peersl";
    for (int i = 0; i < 5000; ++i) body += plain("peer" + std::to_string(i) + ".example", "i80e");
    const auto answer = parsed(body + plain("1.2.3.4", "i80e") + "ee");
    CHECK(answer.names.size() == most_names);
    CHECK(answer.names.back().name == "peer49.example");
    CHECK(texts(answer) == Texts{"1.2.3.4:80"});
}

TEST_CASE("peers that are neither a string nor a list are a warning", "[tracker]")
{
    const auto answer = parsed("d5:peersd2:ip7:1.2.3.4ee");
    CHECK(answer.warning == "the list of peers cannot be read");
    CHECK(texts(answer).empty());
    CHECK(texts(parsed("d6:peers6lee")).empty());
}

} // namespace shoal::http_tracker
