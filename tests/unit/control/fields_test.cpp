#include "control/fields.hpp"

#include "control/filter.hpp"

#include <catch2/catch.hpp>

namespace shoal::control {

namespace {

using Type = Value::Type;

const MethodSchema list{.name = "things.list", .help = "all"};
const std::vector<Field> rows{{.name = "state", .type = Type::text},
                              {.name = "ratio", .type = Type::real},
                              {.name = "limits", .type = Type::map},
                              {.name = "limits.down", .type = Type::integer},
                              {.name = "more", .type = Type::map},
                              {.name = "any"}};

std::string complaint(std::string_view filter)
{
    const auto parsed = Filter::parse(filter);
    REQUIRE(parsed);
    const auto known = check_fields(list, rows, parsed->fields());
    return known ? std::string() : known.error().text;
}

}  // namespace

TEST_CASE("a filter may ask for every field of the answer, and for what is in its maps", "[control][filter]")
{
    for (const auto* filter : {"", "state=x and ratio>1", "limits", "limits.down>0", "more.of.it=1", "any.thing", "not any"}) {
        CAPTURE(filter);
        CHECK(complaint(filter).empty());
    }
}

TEST_CASE("a field that is none is named, with the one that may be meant and where all of them are told", "[control][filter]")
{
    CHECK(complaint("state=x and raito>1.5")
          == "things.list: 'raito' is no field; did you mean 'ratio'? (all there are: shoal ctl call methods.list name=things.list)");
    CHECK(complaint("colour=red") == "things.list: 'colour' is no field (all there are: shoal ctl call methods.list name=things.list)");
    CHECK_THAT(complaint("limits.dwon>0"), Catch::Contains("'limits.dwon' is no field; did you mean 'limits.down'?"));
    CHECK_THAT(complaint("ratio.down"), Catch::Contains("'ratio.down' is no field"));
}

TEST_CASE("what a plug-in or we ourselves say of the fields of an answer has to make sense", "[control][schema]")
{
    CHECK(check_rows(list, rows));
    CHECK_FALSE(check_rows(list, {{.name = "Upper"}}));
    CHECK_FALSE(check_rows(list, {{.name = "twice"}, {.name = "twice"}}));
    CHECK_FALSE(check_rows(list, {{.name = "number", .type = Type::integer, .fallback = 1}}));
    CHECK_FALSE(check_rows(list, {{.name = "number", .type = Type::integer, .choices = {"one"}}}));
}

}  // namespace shoal::control
