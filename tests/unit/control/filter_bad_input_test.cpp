#include "control/filter.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

namespace shoal::control {

namespace {

std::string refusal(std::string_view text, Errc code = Errc::bad_input)
{
    CAPTURE(text.substr(0, 100));
    const auto filter = Filter::parse(text);
    REQUIRE_FALSE(filter);
    CHECK(filter.error().code == code);
    return filter.error().text;
}

}  // namespace

TEST_CASE("a filter that cannot be read is refused with the place, and what should be there", "[control][filter][bad-input]")
{
    const std::string at = "the filter cannot be read at character ";
    CHECK(refusal("state=") == at + "7: it ends where a value should be");
    CHECK(refusal("state= and ratio>1") == at + "8: there is 'and' where a value should be");
    CHECK(refusal("state=a b") == at + "9: there is 'b' where 'and', 'or' or the end should be");
    CHECK(refusal("state==a") == at + "7: there is '=' where a value should be");
    CHECK(refusal("(a or b") == at + "8: it ends where ')' should be");
    CHECK(refusal("a)") == at + "2: there is ')' where 'and', 'or' or the end should be");
    CHECK(refusal("and") == at + "1: there is 'and' where the name of a field should be");
    CHECK(refusal("a and") == at + "6: it ends where the name of a field should be");
    CHECK(refusal("not") == at + "4: it ends where the name of a field should be");
    CHECK(refusal("a in b") == at + "6: there is 'b' where '(' should be");
    CHECK(refusal("a in ()") == at + "7: there is ')' where a value should be");
    CHECK(refusal("a in (b c)") == at + "9: there is 'c' where ',' or ')' should be");
    CHECK(refusal("a in (b,") == at + "9: it ends where a value should be");
    CHECK(refusal("a ! b") == at + "3: '!' is no sign alone: write 'not'");
    CHECK(refusal("é=\"x\"") == at + "1: there is 'é' where the name of a field should be");
    CHECK(refusal("\"a\"=b") == at + "1: there is 'a' where the name of a field should be");
    CHECK(refusal("a=\"é\" b") == at + "7: there is 'b' where 'and', 'or' or the end should be");
    CHECK(refusal("a.=b") == at + "1: there is 'a.' where the name of a field should be");
    CHECK(refusal(".a") == at + "1: there is '.a' where the name of a field should be");
}

TEST_CASE("a quote without an end, or with a stray backslash, is refused", "[control][filter][bad-input]")
{
    CHECK(refusal("a=\"b") == "the filter cannot be read at character 3: the quote has no end");
    CHECK(refusal(R"(a="b\")") == "the filter cannot be read at character 3: the quote has no end");
    CHECK(refusal(R"(a="\n")") == R"(the filter cannot be read at character 4: after '\' comes '"' or '\')");
    CHECK(refusal(R"(a="\)") == R"(the filter cannot be read at character 4: after '\' comes '"' or '\')");
}

TEST_CASE("a filter nested too deeply is refused, by brackets as by not", "[control][filter][bad-input]")
{
    const auto brackets = [](std::size_t depth) { return std::string(depth, '(') + "a" + std::string(depth, ')'); };
    CHECK(Filter::parse(brackets(63)));
    CHECK_THAT(refusal(brackets(64)), Catch::EndsWith("it is nested too deeply"));
    CHECK_THAT(refusal(std::string(60'000, '(')), Catch::EndsWith("it is nested too deeply"));
    std::string nots;
    for (int i = 0; i < 10'000; ++i) nots += "not ";
    CHECK_THAT(refusal(nots + "a"), Catch::EndsWith("it is nested too deeply"));
}

TEST_CASE("a filter may be long, and not too long", "[control][filter][bad-input]")
{
    std::string text = "a in (0";
    while (text.size() < 60'000) text += ",aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    CHECK(Filter::parse(text + ")"));
    std::string chain = "a";
    while (chain.size() < 60'000) chain += " or a and a";
    CHECK(Filter::parse(chain));
    refusal(std::string(64 * 1024 + 1, ' '), Errc::limit_exceeded);
}

TEST_CASE("a filter that is not UTF-8 is refused, and one with control characters is shown harmlessly", "[control][filter][bad-input]")
{
    CHECK(refusal("a=\xff") == "the filter is no UTF-8");
    CHECK_THAT(refusal("\x1b[2J"), Catch::Contains("'\\x1b[2J'"));
    CHECK_THAT(refusal(std::string_view("a\0", 2)), Catch::Contains("'a\\x00'"));
    CHECK(refusal(std::string(10'000, '.')).size() < 400);
}

TEST_CASE("a glob of many stars takes no time to fail", "[control][filter][bad-input]")
{
    std::string glob = "a~\"";
    for (int i = 0; i < 1000; ++i) glob += "*a";
    const auto filter = Filter::parse(glob + "b\"");
    REQUIRE(filter);
    Value::Map map;
    map.set("a", std::string(10'000, 'a'));
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(filter->matches(map));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));  // by going back at every star it would take forever
}

}  // namespace shoal::control
