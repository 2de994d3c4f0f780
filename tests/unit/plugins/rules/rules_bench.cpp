#include "judge.hpp"

#include "made.hpp"

#include <chrono>
#include <iostream>

namespace shoal::feed_rules::test {
namespace {

// 100 rules as people have them: 50 of series, 30 of words, 20 of expressions.
std::vector<Rule> many_rules()
{
    std::vector<Rule> rules;
    for (int i = 0; i < 100; ++i) {
        const auto number = std::to_string(i);
        auto map = Value::Map{}.set("name", "rule " + number).set("feeds", Value::List{"daily", "weekly"});
        if (i < 50) map.set("series", "Show Number " + number).set("quality", "720p-1080p").set("size", "<3GB");
        else if (i < 80) map.set("match", "show " + number + " web-dl").set("reject", Value::List{"cam", "telesync"});
        else map.set("match", "/^show.number." + number + ".*(720|1080)p/").set("seeders", ">2");
        rules.push_back(rule(std::move(map)));
    }
    return rules;
}

Value::Map many_items(int i)
{
    const auto title = "Show.Number." + std::to_string(i % 1000) + ".S0" + std::to_string(i % 9 + 1) + "E" + std::to_string(10 + i % 14) + ".1080p.WEB-DL.H.264-GRP" + std::to_string(i);
    return item_map(title, Value::Map{}.set("size", 1L << 30).set("seeders", 5));
}

} // namespace

TEST_CASE("100,000 items go through 100 rules in two seconds of one core", "[.bench]")
{
    const auto rules = many_rules();
    const auto begin = std::chrono::steady_clock::now();
    std::size_t taken = 0;
    std::chrono::steady_clock::duration reading{};
    for (int i = 0; i < 100'000; ++i) {
        const auto map = many_items(i);
        const auto before = std::chrono::steady_clock::now();
        const auto one = Item::read(map);
        reading += std::chrono::steady_clock::now() - before;
        for (const auto& rule : rules) taken += accepts(rule, one, noon) ? 1 : 0;
    }
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::cout << "100,000 items, 100 rules: " << seconds << " s, of it " << std::chrono::duration<double>(reading).count() << " s to read the titles; "
              << taken << " taken\n";
    CHECK(taken > 0);
    CHECK(seconds < 2);
}

} // namespace shoal::feed_rules::test
