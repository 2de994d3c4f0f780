#include "judge.hpp"
#include "memory.hpp"
#include "rule_reader.hpp"

#include <shoal/assert.hpp>
#include <shoal/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

// Any title is a release, any text is a rule's key or refused with a reason, any octets are a piece of memory or none.
namespace {

using namespace shoal;
using namespace shoal::feed_rules;

void check_title(const std::string& title)
{
    const auto words = words_of(title);
    SHOAL_ASSERT(words.text.front() == ' ' && words.text.back() == ' ');
    for (std::size_t i = 0; i < words.all.size(); ++i) SHOAL_ASSERT(!words[i].empty() && words.all[i].end <= title.size());
    const auto release = parse_release(title, words);
    SHOAL_ASSERT(release.last_episode >= release.episode && release.quality.rank() >= 0);
    SHOAL_ASSERT(!is_valid_utf8(title) || is_valid_utf8(release.identity(words)));
}

void check_rule(const std::string& text, const Item& item)
{
    for (const auto* key : {"match", "reject", "series", "episodes", "quality", "size", "age", "seeders", "prefer", "wait", "upgrade"}) {
        const auto reading = read_rule(Value::Map{}.set("name", "r").set("feeds", "*").set(key, text), "fuzz");
        SHOAL_ASSERT(reading.rule || !reading.problems.empty());
        if (!reading.rule) continue;
        Sheet whole(Sheet::Mode::explain);
        judge(*reading.rule, item, 1'800'000'000, whole);
        SHOAL_ASSERT(whole.is_passed() == accepts(*reading.rule, item, 1'800'000'000));
    }
    for (const auto* key : {"must", "must_not", "episode_filter"}) {
        const auto reading = read_rule(Value::Map{}.set("name", "r").set("feeds", "*").set("dialect", "qbittorrent").set(key, text), "fuzz");
        SHOAL_ASSERT(reading.rule);
        static_cast<void>(accepts(*reading.rule, item, 1'800'000'000));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    const std::string input(reinterpret_cast<const char*>(octets), size);
    const auto half = input.find('\n');
    const auto title = input.substr(0, half);
    check_title(title);
    if (size < 4096) check_rule(half == input.npos ? title : input.substr(half + 1), Item::read(Value::Map{}.set("title", title).set("feed", "f")));
    Memory memory;
    if (memory.read_piece(as_bytes(input))) static_cast<void>(memory.take_changed());
    return 0;
}
