#include <shoal/utf8.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using shoal::is_valid_utf8;
using shoal::printable;
using shoal::to_valid_utf8;

namespace {

constexpr const char* fffd = "\xef\xbf\xbd";

std::string replacements(int count)
{
    std::string text;
    for (int i = 0; i < count; ++i) text += fffd;
    return text;
}

} // namespace

TEST_CASE("well formed text of every length is valid and stays as it is", "[utf8]")
{
    for (const std::string_view text :
         {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
          "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "na\xc3\xafve \xf0\x9f\x90\x9f"}) {
        CHECK(is_valid_utf8(text));
        CHECK(to_valid_utf8(text) == text);
    }
    CHECK(is_valid_utf8(std::string_view("\0", 1)));
}

TEST_CASE("overlong forms, surrogates, stray and missing bytes are not valid", "[utf8][bad-input]")
{
    for (const std::string_view text : {"\x80",
                                        "\xbf",
                                        "\xc0\x80",
                                        "\xc0\xaf",
                                        "\xc1\xbf",
                                        "\xe0\x80\xaf",
                                        "\xe0\x9f\xbf",
                                        "\xed\xa0\x80",
                                        "\xed\xbf\xbf",
                                        "\xf0\x80\x80\xaf",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xff",
                                        "\xfe",
                                        "\xc2",
                                        "\xe2\x82",
                                        "\xf0\x9f\x90",
                                        "\xc2 ",
                                        "\xe2\x82 ",
                                        "ok\xff"}) {
        CHECK_FALSE(is_valid_utf8(text));
        CHECK(is_valid_utf8(to_valid_utf8(text)));
    }
}

TEST_CASE("every maximal subpart becomes one replacement character", "[utf8]")
{
    // The example of the Unicode standard, table 3-8 and its neighbours.
    CHECK(to_valid_utf8("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41") == replacements(8) + "A");
    CHECK(to_valid_utf8("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41") == replacements(8) + "A");
    CHECK(to_valid_utf8("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42")
          == replacements(5) + "A" + replacements(2) + "B");
    CHECK(to_valid_utf8("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41") == replacements(4) + "A");
}

TEST_CASE("what would move the cursor or ring the bell is spelled out", "[utf8][bad-input]")
{
    CHECK(printable("a\x1b[2Jb") == "a\\x1b[2Jb");
    CHECK(printable("\a\b\x7f") == "\\x07\\x08\\x7f");
    CHECK(printable("one\r\n\ttwo") == "one\\r\\n\\ttwo");
    CHECK(printable(std::string_view("\0", 1)) == "\\x00");
    CHECK(printable("\xc2\x9b"
                    "2J")
          == "\\u009b2J");
    CHECK(printable("\xe2\x80\xa8\xe2\x80\xa9") == "\\u2028\\u2029");
}

TEST_CASE("what would turn the direction of text is spelled out", "[utf8][bad-input]")
{
    CHECK(printable("evil\xe2\x80\xaegpj.exe") == "evil\\u202egpj.exe");
    CHECK(printable("\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9") == "\\u2066\\u2067\\u2068\\u2069");
    CHECK(printable("\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xaa\xe2\x80\xad")
          == "\\u061c\\u200e\\u200f\\u202a\\u202d");
}

TEST_CASE("ordinary text of any script, and a backslash, is shown as it is", "[utf8]")
{
    for (const std::string_view text :
         {"a b\\c", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xe6\xbc\xa2\xe5\xad\x97",
          "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80"}) {
        CHECK(printable(text) == text);
    }
}

TEST_CASE("bytes that are no text are shown as replacement characters", "[utf8][bad-input]")
{
    CHECK(printable("a\xff\x1b") == std::string("a") + fffd + "\\x1b");
    CHECK(is_valid_utf8(printable("\xc0\xaf\xed\xa0\x80\x80")));
}

TEST_CASE("a stranger's text is cut by characters, as they are shown", "[utf8]")
{
    CHECK(printable("four", 4) == "four");
    CHECK(printable("fivee", 4) == "five…");
    CHECK(printable("\x1b[2J", 4) == "\\x1b…");
    CHECK(printable("äöüß", 4) == "äöüß");
    CHECK(printable("äöüßx", 4) == "äöüß…");
    CHECK(printable(std::string(1 << 20, 'x'), 4) == "xxxx…");
    CHECK(printable("", 0).empty());
}
