// What has broken other clients; the numbers name the lines of the project's list of bad inputs.
#include "allocations.hpp"

#include <shoal/bencode.hpp>
#include <shoal/random.hpp>
#include <shoal/utf8.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <string>

using namespace shoal;
using bencode::Document;
using bencode::Writer;

namespace {

void check_refused(std::string_view text, Errc code = Errc::bad_input)
{
    INFO(std::string(text.substr(0, 80)));
    const auto document = Document::parse(as_bytes(text));
    REQUIRE_FALSE(document);
    CHECK(document.error().code == code);
    CHECK(document.error().text.substr(0, 14) == "bencode: byte ");
}

std::string refusal(std::string_view text)
{
    const auto document = Document::parse(as_bytes(text));
    REQUIRE_FALSE(document);
    return document.error().text;
}

std::string repeated(std::string_view part, std::size_t times)
{
    std::string text;
    text.reserve(part.size() * times);
    for (std::size_t i = 0; i < times; ++i) text += part;
    return text;
}

std::string nested(std::string_view open, std::size_t depth, std::string_view innermost)
{
    return repeated(open, depth) + std::string(innermost) + std::string(depth, 'e');
}

} // namespace

TEST_CASE("B1 a million nested lists are refused by depth, without recursion", "[bencode][bad-input]")
{
    check_refused(nested("l", 1'000'000, ""), Errc::limit_exceeded);
    check_refused(std::string(1'000'000, 'l'), Errc::limit_exceeded);
    check_refused(nested("l", 65, ""), Errc::limit_exceeded);
    CHECK(Document::parse(as_bytes(nested("l", 64, ""))));

    // The limit is what refuses it: with a higher one the stack still holds.
    const auto deep = nested("l", 1'000'000, "");
    const auto document = Document::parse(as_bytes(deep), {.depth = 2'000'000});
    REQUIRE(document);
    CHECK(document->root().size() == 1);
}

TEST_CASE("B1 a million nested dicts are refused by depth, without recursion", "[bencode][bad-input]")
{
    check_refused(nested("d1:a", 1'000'000, "i1e"), Errc::limit_exceeded);
    check_refused(nested("d1:a", 65, "i1e"), Errc::limit_exceeded);
    CHECK(Document::parse(as_bytes(nested("d1:a", 64, "i1e"))));
}

TEST_CASE("B2 a string longer than the input is refused before anything is allocated for it",
          "[bencode][bad-input]")
{
    for (const std::string_view text : {"4:abc", "999999999:a", "4294967295:", "d3:key99999999:ve"}) {
        INFO(text);
        const test::Allocations allocations;
        const bool refused = !Document::parse(as_bytes(text));
        const auto largest = allocations.largest();
        CHECK(refused);
        CHECK(largest < 1024);
    }
    CHECK(refusal("4:abc") == "bencode: byte 0: expected a string of at most the 3 bytes that are left");
}

TEST_CASE("B3 a string length of 2^31 and above, or with leading zeros, is refused", "[bencode][bad-input]")
{
    for (const std::string_view text :
         {"2147483648:a", "4294967296:a", "4294967297:a", "9223372036854775808:a", "18446744073709551616:a",
          "18446744073709551617:a", "4294967296:", "18446744073709551616:", "99999999999999999999999999:a",
          "01:a", "00:", "001:a"}) {
        check_refused(text);
    }
}

TEST_CASE("B3 a string without a proper length is refused", "[bencode][bad-input]")
{
    for (const std::string_view text :
         {"", "1", "12", "1a", "-1:a", "+1:a", ":", ":a", "1 :a", " 1:a", "x", "e"}) {
        check_refused(text);
    }
}

TEST_CASE("B3 an integer that is empty, doubly signed or has leading zeros is refused",
          "[bencode][bad-input]")
{
    for (const std::string_view text : {"ie", "i-e", "i--1e", "i-0e", "i00e", "i01e", "i-01e", "i+1e", "i 1e",
                                        "i1 e", "i1.0e", "i0x1e", "i1", "i", "i-", "i-1", "i1l"}) {
        check_refused(text);
    }
    CHECK(refusal("i-0e") == "bencode: byte 1: expected an integer without leading zeros or '-0'");
    CHECK(refusal("ie") == "bencode: byte 1: expected a digit");
}

TEST_CASE("B4 the smallest integer survives a round trip", "[bencode][bad-input]")
{
    Writer writer;
    const auto bytes = writer.integer(std::numeric_limits<std::int64_t>::min()).take();
    const auto document = Document::parse(bytes);
    REQUIRE(document);
    CHECK(document->root().integer() == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("B4 an integer beyond 64 bits by one, or by a digit, is refused", "[bencode][bad-input]")
{
    for (const std::string_view text :
         {"i9223372036854775808e", "i-9223372036854775809e", "i92233720368547758070e",
          "i-92233720368547758080e", "i18446744073709551616e", "i99999999999999999999999999999999e"}) {
        check_refused(text);
    }
}

TEST_CASE("B5 an integer cut short under a key that nobody reads is refused", "[bencode][bad-input]")
{
    check_refused("d7:unknowni12");
    check_refused("d7:unknowni");
    check_refused("d7:unknowni-");
    check_refused("d7:unknown");
    check_refused("d7:unknowni1e");
}

TEST_CASE("B5 a value cut at any byte is refused", "[bencode][bad-input]")
{
    const std::string text = "d8:announce5:http:4:infod5:filesld6:lengthi-12e4:pathl1:a2:bbeee4:name0:ee";
    REQUIRE(Document::parse(as_bytes(text)));
    for (std::size_t cut = 0; cut < text.size(); ++cut) check_refused(text.substr(0, cut));
}

TEST_CASE("B6 an integer of a million digits inside an info dict is refused", "[bencode][bad-input]")
{
    check_refused("d4:infod6:lengthi" + std::string(1'000'000, '9') + "eee");
    check_refused("d4:infod6:lengthi1" + std::string(1'000'000, '0') + "eee");
    check_refused("d4:infod6:lengthi" + std::string(1'000'000, '0') + "1eee");
}

TEST_CASE("B7 keys out of order are read, reported and hashed as they stand", "[bencode][bad-input]")
{
    const std::string text = "d4:infod4:name1:a6:lengthi1eee";
    const auto document = Document::parse(as_bytes(text));
    REQUIRE(document);
    CHECK_FALSE(document->is_canonical());
    CHECK(as_text(document->root().find("info")->raw()) == "d4:name1:a6:lengthi1ee");
    CHECK(document->root().find_dict("info")->find_int("length") == 1);
}

TEST_CASE("B7 a key that is there twice is refused, next to each other or not", "[bencode][bad-input]")
{
    check_refused("d1:ai1e1:ai2ee");
    check_refused("d1:ai1e1:bi2e1:ai3ee");
    check_refused("d1:bi1e1:ai2e1:bi3ee");
    check_refused("d1:cd1:xi1ee1:bl1:cei1e1:cd1:yi1eee");
    check_refused("d0:i1e0:i2ee");
    CHECK(Document::parse(as_bytes("d1:cd1:ai1ee1:bd1:ai1eee")));
}

TEST_CASE("B7 a hundred thousand keys in descending order are checked for repeats in good time",
          "[bencode][bad-input]")
{
    std::string text = "d";
    for (int i = 199'999; i >= 100'000; --i) text += "6:" + std::to_string(i) + "0:";
    CHECK(Document::parse(as_bytes(text + "e")));
    check_refused(text + "6:1500000:e");
}

TEST_CASE("B8 three million and one values are refused, three million are read", "[bencode][bad-input]")
{
    check_refused("l" + repeated("0:", 3'000'000) + "e", Errc::limit_exceeded);
    const auto most = "l" + repeated("0:", 2'999'999) + "e";
    const auto document = Document::parse(as_bytes(most));
    REQUIRE(document);
    CHECK(document->root().size() == 2'999'999);
}

TEST_CASE("B9 an input of 10,000,001 bytes is read: its size is for the caller to limit",
          "[bencode][bad-input]")
{
    const auto text = "l9999991:" + std::string(9'999'991, 'p') + "e";
    REQUIRE(text.size() == 10'000'001);
    const auto document = Document::parse(as_bytes(text));
    REQUIRE(document);
    CHECK((*document->root().items().begin()).size() == 9'999'991);
}

TEST_CASE("B10 bytes after the root are refused, or left to the caller who asks for a prefix",
          "[bencode][bad-input]")
{
    for (const std::string_view text : {"i1ei2e", "de\n", "dee", "lex", "0:0:"}) {
        check_refused(text);
        const auto prefix = Document::parse_prefix(as_bytes(text));
        REQUIRE(prefix);
        CHECK(prefix->consumed() < text.size());
    }
    CHECK(refusal("de\n") == "bencode: byte 2: expected the end of the input");
}

TEST_CASE("B11 a top level that is no dict is read, and has no keys", "[bencode][bad-input]")
{
    for (const std::string_view text : {"4:spam", "i42e", "l4:infoe", "le", "0:"}) {
        INFO(text);
        const auto document = Document::parse(as_bytes(text));
        REQUIRE(document);
        CHECK_FALSE(document->root().is_dict());
        CHECK_FALSE(document->root().find("info"));
        CHECK_FALSE(document->root().find_dict("info"));
    }
}

TEST_CASE("B12 strings that are no UTF-8 pass unchanged and are caught before they are shown",
          "[bencode][bad-input]")
{
    for (const std::string_view name :
         {"\xff\xfe", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "a\xe2\x80", "\xf5\x80\x80\x80"}) {
        const auto text = "d4:name" + std::to_string(name.size()) + ":" + std::string(name) + "e";
        const auto document = Document::parse(as_bytes(text));
        REQUIRE(document);
        const auto read = document->root().find_string("name");
        CHECK(read == name);
        CHECK_FALSE(is_valid_utf8(*read));
        CHECK(is_valid_utf8(to_valid_utf8(*read)));
    }
    const std::string_view turned = "d4:name11:a\xe2\x80\xaegnp.exee";
    const auto document = Document::parse(as_bytes(turned));
    REQUIRE(document);
    CHECK(printable(*document->root().find_string("name")) == "a\\u202egnp.exe");
}

TEST_CASE("a key that is no string is refused", "[bencode][bad-input]")
{
    check_refused("di1ei2ee");
    check_refused("dlei1ee");
    check_refused("dde0:e");
    CHECK(refusal("di1ei2ee") == "bencode: byte 1: expected 'e' or a key, which is a string");
}

TEST_CASE("a key without a value is refused", "[bencode][bad-input]")
{
    check_refused("d1:ae");
    check_refused("d1:ai1e1:be");
}

TEST_CASE("random bytes never get past the parser's bounds", "[bencode][bad-input]")
{
    RandomStream random(7, 1);
    constexpr std::string_view alphabet = "ldie0123456789:-ab";
    int read = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (auto length = random.below(24); length > 0; --length)
            text += alphabet[random.below(alphabet.size())];
        // A heap copy of exactly this size, so that a sanitizer sees one byte too many.
        const Bytes exact(as_bytes(text).begin(), as_bytes(text).end());
        const auto document = Document::parse_prefix(exact);
        if (!document) continue;
        ++read;
        if (document->consumed() > exact.size()) FAIL(text);
        if (document->root().raw().size() != document->consumed()) FAIL(text);
    }
    CHECK(read > 0);
}
