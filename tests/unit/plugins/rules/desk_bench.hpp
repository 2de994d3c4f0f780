#pragma once

#include "desk.hpp"
#include "made.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace shoal::feed_rules::test {

// A desk, and a disk that has what the desk wrote before its actions were seen.
struct DeskBench {
    explicit DeskBench(std::vector<Rule> rules) { start(std::move(rules)); }

    void start(std::vector<Rule> rules)
    {
        desk.set_rules(std::move(rules), now);
        look();
    }
    // The process dies: what was written is there, what was about to be done is not known.
    void die(std::vector<Rule> rules)
    {
        desk = Desk();
        peeks.clear();
        adds.clear();
        asks.clear();
        for (const auto& [piece, octets] : disk) REQUIRE(desk.memory().read_piece(octets));
        start(std::move(rules));
    }
    void offer(const std::string& title, Value::Map more = {})
    {
        desk.offer(item(title, std::move(more)), now, true);
        look();
    }
    void look()
    {
        for (auto& [piece, octets] : desk.memory().take_changed()) disk[piece] = std::move(octets);
        for (auto& action : desk.take_actions()) {
            if (auto* peek = std::get_if<PeekTorrent>(&action)) peeks.push_back(std::move(*peek));
            if (auto* add = std::get_if<AddTorrent>(&action)) adds.push_back(std::move(*add));
            if (auto* ask = std::get_if<AskWhere>(&action)) asks.push_back(std::move(*ask));
            if (auto* tell = std::get_if<Tell>(&action)) told.push_back(std::move(*tell));
        }
    }
    void answer(const Result<std::string>& with)
    {
        REQUIRE_FALSE(adds.empty());
        const auto add = std::move(adds.front());
        adds.erase(adds.begin());
        desk.on_added(add.key, with, now);
        look();
    }
    void wait(std::int64_t seconds)
    {
        now += seconds;
        desk.on_time(now);
        look();
    }
    std::string source(std::size_t i = 0) { return adds.size() > i ? *adds[i].arguments.find("source")->as_text() : "nothing"; }
    std::size_t count(std::string_view event) const
    {
        return static_cast<std::size_t>(std::ranges::count(told, event, &Tell::event));
    }

    Desk desk;
    std::int64_t now = noon;
    std::map<std::size_t, Bytes> disk;
    std::vector<PeekTorrent> peeks;
    std::vector<AddTorrent> adds;
    std::vector<AskWhere> asks;
    std::vector<Tell> told;
};

} // namespace shoal::feed_rules::test
