#include "control/filter.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>

namespace shoal::control {

namespace {

Value::Map torrent()
{
    Value::Map limits;
    limits.set("down", 500'000).set("up", 0);
    Value::Map map;
    map.set("name", "Debian 12.ISO").set("state", "downloading").set("ratio", 1.5).set("size", std::int64_t{3} << 30);
    map.set("labels", Value::List{"linux", "Music"}).set("private", false).set("started", true).set("limits", limits);
    map.set("error", "").set("peers", 0).set("none", Value{}).set("no_labels", Value::List{}).set("idle", 7200);
    map.set("hash", Bytes{std::byte{0xab}, std::byte{0x01}}).set("year", "2024").set("title", "Čas žít – 終わり");
    return map;
}

bool is_true(std::string_view text)
{
    CAPTURE(text);
    const auto filter = Filter::parse(text);
    if (!filter) FAIL(filter.error().text);
    return filter->matches(torrent());
}

}  // namespace

TEST_CASE("numbers are compared as numbers, whichever kind they are", "[control][filter]")
{
    for (const auto* text : {"ratio=1.5", "ratio!=1", "ratio>1", "ratio>=1.5", "ratio<2", "ratio<=1.50", "peers=0", "peers<1", "peers>-1",
                             "peers=+0", "idle>=7200.0", "idle<7200.5"}) {
        CHECK(is_true(text));
    }
    for (const auto* text : {"ratio!=1.5", "ratio>1.5", "ratio<1.5", "peers!=0", "peers>0", "idle>7200.0", "peers=zero", "peers<zero",
                             "peers>zero", "peers=\"0\""}) {
        CHECK_FALSE(is_true(text));
    }
}

TEST_CASE("numbers are exact where a double is not", "[control][filter]")
{
    Value::Map map;
    map.set("n", std::int64_t{9'007'199'254'740'993});
    CHECK(Filter::parse("n=9007199254740993")->matches(map));
    CHECK_FALSE(Filter::parse("n=9007199254740992")->matches(map));
    CHECK(Filter::parse("n<99999999999999999999")->matches(map));
}

TEST_CASE("a number may have a unit of size or of time", "[control][filter]")
{
    for (const auto* text : {"size=3Gi", "size=3GiB", "size=3072Mi", "size>3G", "size>3GB", "size<3.5Gi", "size<1T", "size<0.5Ti", "idle=2h",
                             "idle=120m", "idle=7200s", "idle<1d", "idle<1w", "limits.down=500k", "limits.down=0.5M"}) {
        CHECK(is_true(text));
    }
    for (const auto* text : {"size=3G", "size=3g", "size>3Q", "idle=2H", "idle=120M"}) CHECK_FALSE(is_true(text));
}

TEST_CASE("text against text ignores no case", "[control][filter]")
{
    for (const auto* text : {"state=downloading", "state = \"downloading\"", "state!=Downloading", "state<e", "state>=downloading",
                             "year=2024", "year>2023", "title=\"Čas žít – 終わり\""}) {
        CHECK(is_true(text));
    }
    for (const auto* text : {"state=Downloading", "state=down", "state>e"}) CHECK_FALSE(is_true(text));
}

TEST_CASE("a glob ignores the case, and without a star is looked for anywhere", "[control][filter]")
{
    for (const auto* text : {"name~*.iso", "name~\"*.ISO\"", "name~deb*", "name~\"debian ??.iso\"", "name~\"*\"", "name~\"*12*\"", "name~bian",
                             "name~\"n 1\"", "name~\"\"", "title~\"čas*\" or title~\"Čas*\"", "title~\"*– 終?り\"", "title~\"終わ\"",
                             "name~\"**i*o\"", "labels~MUS*", "hash~ab*", "not peers~0"}) {
        CHECK(is_true(text));
    }
    for (const auto* text : {"name~*.is", "name~ebian*", "name~\"debian ?.iso\"", "name~fedora", "title~\"*– 終??り\"", "error~?"}) {
        CHECK_FALSE(is_true(text));
    }
}

TEST_CASE("a field alone is true when it is neither absent, null, false, 0 nor empty", "[control][filter]")
{
    for (const auto* text : {"name", "ratio", "size", "labels", "started", "limits", "hash", "limits.down"}) CHECK(is_true(text));
    for (const auto* text : {"absent", "none", "private", "peers", "error", "no_labels", "limits.up", "limits.absent", "name.down"}) {
        CHECK_FALSE(is_true(text));
    }
}

TEST_CASE("true and false are values of a flag, and words of a text", "[control][filter]")
{
    for (const auto* text : {"private=false", "private=no", "started=true", "started=yes", "started!=false"}) CHECK(is_true(text));
    for (const auto* text : {"private=true", "private=0", "started=1", "started>false", "state=true"}) CHECK_FALSE(is_true(text));
}

TEST_CASE("a list holds what any of its elements does", "[control][filter]")
{
    for (const auto* text : {"labels=linux", "labels=Music", "labels!=tv", "labels in (tv, linux)"}) CHECK(is_true(text));
    for (const auto* text : {"labels!=linux", "labels=tv", "no_labels=tv", "labels in (tv, music)"}) CHECK_FALSE(is_true(text));
}

TEST_CASE("`in` holds for any of the values", "[control][filter]")
{
    for (const auto* text : {"state in (seeding, downloading)", "state in (downloading)", "ratio in (1, 1.5)", "size IN (3Gi,4Gi)",
                             "not state in (seeding, \"paused\")"}) {
        CHECK(is_true(text));
    }
    CHECK_FALSE(is_true("state in (seeding, paused)"));
}

TEST_CASE("an absent field equals nothing, and is neither less nor more", "[control][filter]")
{
    for (const auto* text : {"absent!=1", "absent.deep!=x", "none!=0"}) CHECK(is_true(text));
    for (const auto* text : {"absent=1", "absent<1", "absent>1", "absent<=1", "absent>=1", "absent~*", "absent in (1)", "none=null"}) {
        CHECK_FALSE(is_true(text));
    }
}

TEST_CASE("not binds before and, and that before or", "[control][filter]")
{
    CHECK(is_true("started or started and private"));
    CHECK(is_true("private and private or started"));
    CHECK_FALSE(is_true("(started or started) and private"));
    CHECK_FALSE(is_true("not started or private"));
    CHECK(is_true("not (private or peers)"));
    CHECK_FALSE(is_true("not private and peers"));
    CHECK(is_true("not not started"));
    CHECK(is_true("NOT private AND started Or private"));
    CHECK(is_true("state=downloading and (ratio>1.2 or labels in (linux, music)) and not name~\"*.mkv\""));
}

TEST_CASE("nothing at all is matched by everything", "[control][filter]")
{
    CHECK(is_true(""));
    CHECK(is_true(" \t\n"));
    CHECK(Filter::parse("")->matches({}));
}

TEST_CASE("what is between quotes is text, with quotes and backslashes escaped", "[control][filter]")
{
    Value::Map map;
    map.set("name", R"(a "b" \c and)").set("and", true);
    CHECK(Filter::parse(R"(name="a \"b\" \\c and")")->matches(map));
    CHECK(Filter::parse("name~\" and\"")->matches(map));
}

TEST_CASE("a filter tells which fields it asks for", "[control][filter]")
{
    CHECK(Filter::parse("state=x and (limits.down>0 or not name~y) and state")->fields()
          == std::vector<std::string>{"limits.down", "name", "state"});
    CHECK(Filter::parse("")->fields().empty());
}

TEST_CASE("a number that is none in a field equals nothing", "[control][filter]")
{
    Value::Map map;
    map.set("ratio", NAN);
    CHECK_FALSE(Filter::parse("ratio<1 or ratio>=1 or ratio=1")->matches(map));
    map.set("ratio", INFINITY);
    CHECK(Filter::parse("ratio>1000T")->matches(map));
}

}  // namespace shoal::control
