#include "qb_rule.hpp"

#include "made.hpp"

#include <algorithm>
#include <limits>

namespace shoal::feed_rules::test {
namespace {

using Catch::Contains;

struct Tried {
    const char* must;
    const char* must_not;
    const char* title;
    bool is_regex;
    bool is_taken;
};

QbRule qb(const Value::Map& map)
{
    std::vector<std::string> problems;
    return QbRule::read(map, problems);
}

bool is_taken(const QbRule& of, std::string_view title)
{
    Sheet sheet;
    of.judge(title, sheet);
    return sheet.is_passed();
}

std::string problem_of(const Value::Map& map)
{
    std::vector<std::string> problems;
    static_cast<void>(QbRule::read(map, problems));
    return problems.empty() ? "" : problems.front();
}

bool passes(const char* filter, const char* title) { return is_taken(qb(Value::Map{}.set("episode_filter", filter)), title); }

bool remembers(const QbRule& of, const char* title, const QbMemory& memory, std::int64_t published = noon)
{
    Sheet sheet;
    of.judge_memory(title, published, memory, sheet);
    return sheet.is_passed();
}

} // namespace

TEST_CASE("must and must-not mean what they mean in qBittorrent", "[rules][qbittorrent]")
{
    constexpr Tried tried[] = {
        {"", "", "anything", false, true},
        {"field notes", "", "Notes of the Field", false, true},
        {"field notes", "", "Fieldnotes", false, true},      // parts of words, too
        {"field diary", "", "Field Notes", false, false},
        {"field|diary", "", "A Diary", false, true},
        {"field|", "", "anything", false, true},              // an empty alternative
        {"|", "", "anything", false, true},
        {"f*notes", "", "Field Notes", false, true},
        {"fie?d", "", "Field", false, true},
        {"fie??d", "", "Field", false, false},
        {"a*b", "", "a/b", false, true},
        {"[fg]ield", "", "Gield", false, true},
        {"[!f]ield", "", "Field", false, false},
        {"a.b", "", "axb", false, false},                     // a dot is a dot
        {"(x)", "", "a (x) b", false, true},
        {"field", "720p", "Field 720p", false, false},
        {"field", "720p|480p", "Field 1080p", false, true},
        {"field", "720p|", "Field 1080p", false, false},      // rejects everything
        {"field", "720p hdtv", "Field 720p WEB", false, true}, // all of it
        {"^field.*notes$", "", "Field of Notes", true, true},
        {"notes$", "", "Notes of Field", true, false},
        {"field|", "", "anything", true, true},
        {"notes(?!.*720p)", "", "Notes 720p", true, false},
        {"(broken", "", "(broken", true, false},
        {"", "(broken", "(broken", true, true},               // excludes nothing
    };
    for (const auto& one : tried) {
        CAPTURE(one.must, one.must_not, one.title);
        CHECK(is_taken(qb(Value::Map{}.set("must", one.must).set("must_not", one.must_not).set("regex", one.is_regex)), one.title) == one.is_taken);
    }
}

TEST_CASE("an episode filter means what it means in qBittorrent", "[rules][qbittorrent]")
{
    CHECK(passes("", "anything"));
    CHECK(passes("1x2;", "A S01E02"));
    CHECK(passes("1x02;", "A s1e2"));
    CHECK(passes("1x2;", "A 1x02"));
    CHECK(passes("1x2;", "A S01.E02 720p"));
    CHECK_FALSE(passes("1x2;", "A S01E20"));
    CHECK(passes("1x2;", "A S11E02")); // a slip of theirs: between season and episode any digit may stand
    CHECK(passes("1x2-5;", "A S01E05"));
    CHECK_FALSE(passes("1x2-5;", "A S02E03"));
    CHECK_FALSE(passes("1x5-2;", "A S01E03"));
    CHECK(passes("1x5-2;9;", "A S01E09"));
    CHECK(passes("1x5-;", "A S01E12"));
    CHECK(passes("1x5-;", "A S03E01"));
    CHECK_FALSE(passes("1x5-;", "A S01E04"));
    CHECK(passes("1x1;3;5-7;", "A 1x06"));
    CHECK(passes("0x00;", "A S00E00"));
    CHECK_FALSE(passes("1x2", "A S01E02"));   // without the last ';' nothing passes
    CHECK_FALSE(passes("s01e02;", "A S01E02"));
    CHECK_FALSE(passes("1x5-;", "A without a number"));
}

TEST_CASE("the smart filter takes an episode once, and each repack once", "[rules][qbittorrent]")
{
    const auto of = qb(Value::Map{}.set("smart", true));
    QbMemory memory;
    const auto take = [&](const char* title) {
        if (!remembers(of, title, memory)) return false;
        for (auto& one : of.remembered(title, memory)) memory.episodes.push_back(std::move(one));
        return true;
    };
    CHECK_FALSE(take("Field Notes"));                 // no number
    CHECK_FALSE(take("[Heron] Lanterns - 12 [720p]")); // none it knows
    CHECK(take("Field Notes S01E02"));
    CHECK_FALSE(take("Field Notes 1x02"));
    CHECK_FALSE(take("Other Show S01E02"));           // it does not know the series
    CHECK(take("Field Notes S01E02 REPACK"));
    CHECK_FALSE(take("Field Notes S01E02 REPACK"));
    CHECK(take("Field Notes S01E02 PROPER"));
    CHECK(take("Field Notes S01E02 PROPER REPACK"));
    CHECK_FALSE(take("Field Notes S01E02 PROPER REPACK"));
    CHECK(take("Field Notes S01E03 REPACK"));
    CHECK(take("Daily 2024.01.05"));
    CHECK_FALSE(take("Daily 2024.01.05"));
    CHECK(of.episode_of("x s007E0012 y") == "7x12");
}

TEST_CASE("days are ignored by the date of the item", "[rules][qbittorrent]")
{
    const auto of = qb(Value::Map{}.set("ignore_days", 2));
    CHECK(remembers(of, "a", {}));
    CHECK_FALSE(remembers(of, "a", {.last_match = noon - 86400, .episodes = {}}));
    CHECK(remembers(of, "a", {.last_match = noon - 2 * 86400, .episodes = {}}));
    CHECK(remembers(qb(Value::Map{}), "a", {.last_match = noon, .episodes = {}}));
}

TEST_CASE("the traps of these rules are said", "[rules][qbittorrent]")
{
    CHECK_THAT(problem_of(Value::Map{}.set("must", "a|")), Contains("matches every title"));
    CHECK_THAT(problem_of(Value::Map{}.set("must_not", "a||b")), Contains("rejects every title"));
    CHECK_THAT(problem_of(Value::Map{}.set("must", "(a").set("regex", true)), Contains("found in no title"));
    CHECK_THAT(problem_of(Value::Map{}.set("episode_filter", "1x2")), Contains("with a ';' at the end"));
    CHECK_THAT(problem_of(Value::Map{}.set("episode_filter", "1x5-2;")), Contains("ends before it begins"));
    CHECK(problem_of(Value::Map{}.set("must", "a|b").set("episode_filter", "1x2;")).empty());
}

TEST_CASE("a smart rule remembers through the desk, from what it brought along", "[rules][qbittorrent]")
{
    Desk desk;
    desk.set_rules({rule(Value::Map{}.set("dialect", "qbittorrent").set("must", "notes").set("smart", true).set("ignore_days", 1).set("seen_episodes", Value::List{"1x1"}))}, noon);
    const auto offer = [&](const std::string& title, std::int64_t published) {
        desk.offer(item(title, Value::Map{}.set("published", published)), noon, true);
        std::size_t adds = 0;
        for (auto& action : desk.take_actions()) {
            auto* add = std::get_if<AddTorrent>(&action);
            if (add == nullptr) continue;
            ++adds;
            desk.on_added(add->key, std::string("aa"), noon);
        }
        return adds;
    };
    CHECK(offer("Notes S01E01", noon) == 0);
    CHECK(offer("Notes S01E02", noon) == 1);
    CHECK(offer("Notes S01E02 720p", noon + 2 * 86400) == 0);
    CHECK(offer("Notes S01E03", noon + 3600) == 0);
    CHECK(offer("Notes S01E03", noon + 86400) == 1);
}

TEST_CASE("days without number, and a date that is none, are added to nothing", "[rules][qbittorrent]")
{
    const auto largest = std::numeric_limits<std::int64_t>::max();
    const auto rule = qb(Value::Map{}.set("must", "notes").set("ignore_days", largest).set("last_match", largest));
    CHECK(rule.ignore_days() == 3650);
    CHECK_FALSE(rule.brought().last_match);
}

} // namespace shoal::feed_rules::test
