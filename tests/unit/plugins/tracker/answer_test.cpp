#include "answer.hpp"
#include "answers.hpp"

#include <shoal/bencode.hpp>
#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

namespace shoal::http_tracker {
namespace {

Error error_of(std::string_view body)
{
    const auto answer = parse_announce_answer(as_bytes(body));
    REQUIRE_FALSE(answer);
    return answer.error();
}

std::string bstring(std::string_view text) { return std::to_string(text.size()) + ":" + std::string(text); }

} // namespace

TEST_CASE("an announce answer is read whole", "[tracker]")
{
    const auto answer = parsed("d8:completei7e11:external ip4:\x01\x02\x03\x04"
                               "10:incompletei8e8:intervali1800e12:min intervali60e5:peers0:"
                               "10:tracker id3:a\xff"
                               "b15:warning message4:slowe");
    CHECK(answer.interval_s == 1800u);
    CHECK(answer.min_interval_s == 60u);
    CHECK(answer.complete == 7u);
    CHECK(answer.incomplete == 8u);
    CHECK(as_text(answer.tracker_id)
          == "a\xff"
             "b");
    CHECK(answer.warning == "slow");
    CHECK(answer.names.empty());
}

TEST_CASE("what the tracker does not say stays unknown", "[tracker]")
{
    const auto answer = parsed("de");
    CHECK_FALSE(answer.interval_s);
    CHECK_FALSE(answer.min_interval_s);
    CHECK_FALSE(answer.complete);
    CHECK_FALSE(answer.incomplete);
    CHECK(answer.tracker_id.empty());
    CHECK(answer.warning.empty());
}

TEST_CASE("octets after the answer are ignored", "[tracker]")
{
    CHECK(parsed("d8:intervali5ee\r\n<!-- served in 3 ms -->").interval_s == 5u);
}

TEST_CASE("keys that are out of order are read all the same", "[tracker]")
{
    CHECK(parsed("d5:peers0:8:intervali5ee").interval_s == 5u);
}

TEST_CASE("T2 intervals beyond reason are passed on within their type, negative ones are unknown",
          "[tracker]")
{
    CHECK(parsed("d8:intervali0ee").interval_s == 0u);
    CHECK_FALSE(parsed("d8:intervali-1ee").interval_s);
    CHECK(parsed("d8:intervali2147483648ee").interval_s == 2147483648u);
    CHECK(parsed("d8:intervali9223372036854775807ee").interval_s == UINT32_MAX - 1);
    CHECK(parsed("d8:intervali4294967295ee").interval_s == UINT32_MAX - 1);
    CHECK_FALSE(parsed("d8:interval4:1800e").interval_s);
    CHECK_FALSE(parsed("d8:completei-5ee").complete);
}

TEST_CASE("a failure reason is an error with the tracker's words", "[tracker]")
{
    CHECK(error_of("d14:failure reason9:go away !e") == make_error(Errc::refused, "go away !"));
    CHECK(error_of("d14:failure reason9:go away !8:intervali5e5:peers6:abcdefe").code == Errc::refused);
    CHECK(error_of("d14:failure reason0:e") == make_error(Errc::refused, "refused without a reason"));
    CHECK(error_of("d14:failure reasoni1ee") == make_error(Errc::refused, "refused without a reason"));
}

TEST_CASE("T4 a failure reason of a megabyte is cut to a thousand characters", "[tracker]")
{
    const auto text = error_of("d14:failure reason" + bstring(std::string(1'000'000, 'x')) + "e").text;
    CHECK(text == std::string(1000, 'x') + "…");
    std::string wide;
    for (int i = 0; i < 2000; ++i) wide += "é";
    const auto cut = error_of("d14:failure reason" + bstring(wide) + "e").text;
    CHECK(cut == wide.substr(0, 2000) + "…");
    CHECK(showable(std::string(1000, 'x')) == std::string(1000, 'x'));
}

TEST_CASE("T4 control characters of a failure reason do not reach a terminal", "[tracker]")
{
    const auto text =
        error_of("d14:failure reason" + bstring("\x1b[2J\x07<b>no\r\nway\x80\xe2\x80\xae") + "e").text;
    CHECK(text == "\\x1b[2J\\x07<b>no\\r\\nway\xef\xbf\xbd\\u202e");
    const auto bells = showable(std::string(5000, '\a'));
    CHECK(bells.size() == 1000 + std::string_view("…").size());
}

TEST_CASE("T5 a warning, whatever its words, does not turn an answer into a failure", "[tracker]")
{
    const auto answer =
        parsed("d8:intervali9e15:warning message" + bstring("failure: torrent not found\x1b") + "e");
    CHECK(answer.interval_s == 9u);
    CHECK(answer.warning == "failure: torrent not found\\x1b");
    CHECK(parsed("d15:warning message" + bstring(std::string(100'000, 'w')) + "e").warning.size() < 1010);
    CHECK(parsed("d15:warning messagei1ee").warning.empty());
}

TEST_CASE("a tracker id of unreasonable length is not kept", "[tracker]")
{
    CHECK(parsed("d10:tracker id" + bstring(std::string(longest_tracker_id, 'i')) + "e").tracker_id.size()
          == longest_tracker_id);
    CHECK(parsed("d10:tracker id" + bstring(std::string(longest_tracker_id + 1, 'i')) + "e")
              .tracker_id.empty());
}

TEST_CASE("what is no answer is bad input", "[tracker]")
{
    for (const std::string body : {"", "<html>not found</html>", "le", "i5e", "4:spam", "d", "d8:interval",
                                   "d8:intervali5e", "d8:interval99999999999:", "\x1f\x8b\x08"}) {
        INFO(body);
        CHECK(error_of(body).code == Errc::bad_input);
    }
    CHECK(error_of(std::string(500'000, 'l')).code == Errc::limit_exceeded);
    std::string many = "l";
    for (int i = 0; i < 700'000; ++i) many += "le";
    CHECK(error_of(many + "e").code == Errc::limit_exceeded);
}

TEST_CASE("an answer cut or changed at any octet is read or refused, never worse", "[tracker]")
{
    const std::string whole = "d8:completei7e8:intervali1800e5:peersl"
                              "d2:ip9:127.0.0.14:porti1eed2:ip7:peer.ex4:porti2eed2:ip3:::14:porti3eee"
                              "6:peers618:"
                              + std::string(18, 'x') + "15:warning message4:slowe";
    CHECK(parsed(whole).names.size() == 1);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK_FALSE(parse_announce_answer(as_bytes(std::string_view(whole).substr(0, size))));
    }
    RandomStream random(1, 2);
    std::size_t read = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto changed = whole;
        changed[random.below(changed.size())] = static_cast<char>(random.next());
        changed[random.below(changed.size())] = static_cast<char>(random.next());
        if (auto answer = parse_announce_answer(as_bytes(changed))) {
            ++read;
            CHECK(answer->peers.take().size() <= 4);
        }
    }
    CHECK(read > 100);
}

TEST_CASE("a scrape answer gives the torrents asked for, in that order", "[tracker]")
{
    const auto body = "d5:filesd20:" + std::string(20, 'a')
                      + "d8:completei1e10:downloadedi2e10:incompletei3ee20:" + std::string(20, 'b')
                      + "d8:completei4e10:downloadedi-5e10:incompletei99999999999eeee";
    const std::vector<Hash20> asked = {hash_of('b'), hash_of('c'), hash_of('a'), hash_of('b')};
    const auto entries = parse_scrape_answer(as_bytes(body), asked);
    REQUIRE(entries);
    REQUIRE(entries->size() == 2);
    CHECK(entries->at(0).info_hash == hash_of('b'));
    CHECK(entries->at(0).complete == 4);
    CHECK(entries->at(0).downloaded == 0);
    CHECK(entries->at(0).incomplete == UINT32_MAX - 1);
    CHECK(entries->at(1).info_hash == hash_of('a'));
    CHECK(entries->at(1).complete == 1);
    CHECK(entries->at(1).downloaded == 2);
    CHECK(entries->at(1).incomplete == 3);
}

TEST_CASE("T6 a scrape answer full of other torrents leaves only what was asked for", "[tracker]")
{
    std::string body = "d5:filesd";
    for (int i = 0; i < 12'000; ++i) {
        auto hash = std::to_string(100'000 + i);
        hash.resize(20, 'x');
        body += "20:" + hash + "d8:completei1e10:incompletei1ee";
    }
    const std::vector<Hash20> asked = {*Hash20::from(as_bytes("100007xxxxxxxxxxxxxx"))};
    const auto entries = parse_scrape_answer(as_bytes(body + "ee"), asked);
    REQUIRE(entries);
    CHECK(entries->size() == 1);
}

TEST_CASE("odd entries of a scrape answer are left out, and a refusal is told", "[tracker]")
{
    const std::vector<Hash20> asked = {hash_of('a')};
    const auto read = [&](const std::string& body) { return parse_scrape_answer(as_bytes(body), asked); };
    CHECK(read("d5:filesd19:" + std::string(19, 'a') + "d8:completei1eeee")->empty());
    CHECK(read("d5:filesd20:" + std::string(20, 'a') + "i5eee")->empty());
    CHECK(read("d5:filesd20:" + std::string(20, 'a') + "d8:complete1:xeee")->at(0).complete == 0);
    CHECK(read("d5:filesi5ee").error().code == Errc::bad_input);
    CHECK(read("de").error().code == Errc::bad_input);
    CHECK(read("d14:failure reason2:noe").error() == make_error(Errc::refused, "no"));
}

} // namespace shoal::http_tracker
