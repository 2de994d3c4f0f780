#include "control/settings_schema.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace shoal;
using namespace shoal::control;

namespace {

const SettingSchema rate{.name = "rates.down", .fallback = 0, .help = "h", .least = 0, .unit = "octets a second"};
const SettingSchema duration{.name = "limits.seed_time", .fallback = 0, .help = "h", .least = 0, .most = 1e9, .unit = "seconds"};
const SettingSchema count{.name = "queue.active", .fallback = 5, .help = "h", .least = 1, .most = 10};
const SettingSchema ratio{.name = "limits.ratio", .fallback = 0.0, .help = "h", .least = 0};
const SettingSchema flag{.name = "peers.ipv6", .fallback = true, .help = "h"};
const SettingSchema level{.name = "log.level", .fallback = "info", .help = "h", .choices = {"error", "info"}};
const SettingSchema name{.name = "storage", .fallback = "file", .help = "h"};
const SettingSchema list{.name = "discoveries", .fallback = Value::List{}, .help = "h"};

// Why the value is refused; empty when it is not.
std::string refusal(const SettingSchema& schema, const Value& value)
{
    const auto fit = checked(schema, value);
    if (fit) return {};
    CHECK(fit.error().code == Errc::invalid_argument);
    CHECK_THAT(fit.error().text, Catch::StartsWith(schema.name));
    return fit.error().text;
}

}  // namespace

TEST_CASE("a rate is a number of octets a second, or a text with a unit", "[settings]")
{
    CHECK(*checked(rate, 4096) == Value(4096));
    CHECK(*checked(rate, "4096") == Value(4096));
    CHECK(*checked(rate, "512k") == Value(512 * 1024));
    CHECK(*checked(rate, "10 MiB") == Value(10 << 20));
    CHECK(*checked(rate, "10 MiB/s") == Value(10 << 20));
    CHECK(refusal(rate, "fast")
          == "rates.down must be a rate like \"512k\" or \"10 MiB/s\", or a number of octets a second of at least 0, not 'fast'");
    CHECK_FALSE(refusal(rate, -1).empty());
    CHECK_FALSE(refusal(rate, "10 MiB/s/s").empty());
    CHECK_FALSE(refusal(rate, 1.5).empty());
    CHECK_FALSE(refusal(rate, true).empty());
    CHECK_FALSE(refusal(rate, "99999999999T").empty());
    CHECK_FALSE(refusal(rate, "").empty());
}

TEST_CASE("a duration is a number of seconds, or a text with a unit", "[settings]")
{
    CHECK(*checked(duration, 90) == Value(90));
    CHECK(*checked(duration, "1h30m") == Value(5400));
    CHECK_THAT(refusal(duration, "soon"), Catch::Contains("a duration like \"90s\" or \"1h30m\""));
    CHECK_FALSE(refusal(duration, "99y").empty());
}

TEST_CASE("a whole number keeps to its range, and the refusal says which", "[settings]")
{
    CHECK(*checked(count, 10) == Value(10));
    CHECK(*checked(count, "7") == Value(7));
    CHECK(refusal(count, 0) == "queue.active must be a whole number from 1 to 10, not 0");
    CHECK(refusal(count, "many") == "queue.active must be a whole number from 1 to 10, not 'many'");
    CHECK_FALSE(refusal(count, 11).empty());
    CHECK_FALSE(refusal(count, "7k").empty());
    CHECK_FALSE(refusal(count, "99999999999999999999").empty());
    CHECK_FALSE(refusal(count, Value::List{Value(1)}).empty());
    CHECK_FALSE(refusal(count, Value()).empty());
}

TEST_CASE("a number may be whole, and must be one", "[settings]")
{
    CHECK(*checked(ratio, 2) == Value(2.0));
    CHECK(*checked(ratio, "1.5") == Value(1.5));
    CHECK_FALSE(refusal(ratio, std::numeric_limits<double>::infinity()).empty());
    CHECK_FALSE(refusal(ratio, std::numeric_limits<double>::quiet_NaN()).empty());
    CHECK_FALSE(refusal(ratio, "nan").empty());
    CHECK_FALSE(refusal(ratio, -0.5).empty());
}

TEST_CASE("yes and no are what a shell, a file and a person call them", "[settings]")
{
    for (const Value& yes : {Value(true), Value("true"), Value("yes"), Value("on"), Value("1")}) CHECK(*checked(flag, yes) == Value(true));
    for (const Value& no : {Value(false), Value("false"), Value("no"), Value("off"), Value("0")}) CHECK(*checked(flag, no) == Value(false));
    CHECK(refusal(flag, "maybe") == "peers.ipv6 must be true or false, not 'maybe'");
    CHECK_FALSE(refusal(flag, 1).empty());
}

TEST_CASE("a text is one of its choices, if it has some", "[settings]")
{
    CHECK(*checked(level, "error") == Value("error"));
    CHECK(refusal(level, "loud") == "log.level must be one of error, info, not 'loud'");
    CHECK_FALSE(refusal(level, 3).empty());
}

TEST_CASE("a text is one line of UTF-8, and not without end", "[settings]")
{
    CHECK(*checked(name, "mémoire") == Value("mémoire"));
    CHECK_FALSE(refusal(name, "a\nb").empty());
    CHECK_FALSE(refusal(name, std::string("a\0b", 3)).empty());
    CHECK_FALSE(refusal(name, "\xff").empty());
    CHECK_FALSE(refusal(name, "\x1b[31m").empty());
    CHECK(refusal(name, std::string(1'000'000, 'x')).size() < 500);
    CHECK_FALSE(refusal(name, std::string(1'000'000, 'x')).empty());
}

TEST_CASE("a list may be typed with quotation marks around commas, or as JSON; an address in brackets is neither", "[settings]")
{
    const auto typed = [](const char* text) { return *checked(list, text)->as_list(); };
    CHECK(typed("\"sat,sun 20:00-02:00\", mon 1:00-2:00") == Value::List{"sat,sun 20:00-02:00", "mon 1:00-2:00"});
    CHECK(typed(R"(["sat,sun 20:00-02:00"])") == Value::List{"sat,sun 20:00-02:00"});
    CHECK(typed("[]").empty());
    CHECK(typed("[::]:6881, 0.0.0.0:6881") == Value::List{"[::]:6881", "0.0.0.0:6881"});
    CHECK_FALSE(checked(list, "[1, 2]"));
}

TEST_CASE("a list may be typed with commas; none and nothing are the empty one", "[settings]")
{
    const Value both(Value::List{Value("dht"), Value("lsd")});
    CHECK(*checked(list, both) == both);
    CHECK(*checked(list, "dht,lsd") == both);
    CHECK(*checked(list, " dht , lsd ") == both);
    CHECK(*checked(list, "none") == Value(Value::List{}));
    CHECK(*checked(list, "") == Value(Value::List{}));
    CHECK_FALSE(refusal(list, Value::List{Value(1)}).empty());
    CHECK_FALSE(refusal(list, Value::List(100'000, Value("x"))).empty());
    CHECK_FALSE(refusal(list, Value::Map{}).empty());
    CHECK_FALSE(refusal(list, 4).empty());
}

TEST_CASE("a setting's own check sees each text", "[settings]")
{
    SettingSchema strict = list;
    strict.check = [](std::string_view text) -> Result<void> {
        if (text.starts_with('/')) return {};
        return make_error(Errc::bad_input, "write an absolute path");
    };
    CHECK(checked(strict, "/a,/b"));
    CHECK(refusal(strict, "/a,b") == "discoveries: write an absolute path");
}

TEST_CASE("a setting's name in the environment has no dots and no small letters", "[settings]")
{
    CHECK(environment_name("rates.down") == "SHOAL_RATES_DOWN");
    CHECK(environment_name("plugins.tit-for-tat.slots") == "SHOAL_PLUGINS_TIT_FOR_TAT_SLOTS");
}
