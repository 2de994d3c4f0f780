// A rule file tried out: read by whoever reads Lua, put to the items of feeds that are given or kept, its functions asked where they are to
// be. Nothing of it is added, or remembered. What takes long is done in turns, between which the host has its own.
#pragma once

#include "memory.hpp"
#include "rehearsal.hpp"
#include "rule.hpp"

#include <shoal/control.hpp>
#include <shoal/host.hpp>
#include <shoal/unique_function.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace shoal::feed_rules {

class Trial : public std::enable_shared_from_this<Trial> {
public:
    struct Plan {
        std::string name;
        std::string text;          // in Lua; empty: `rules` are the rules
        Value::Map files{};        // that it may require
        Value::List rules;
        Value::List feeds;         // maps: name, and text or items
        std::vector<Rule> others;  // that are tried beside them
        std::vector<Rule> before;  // of a comparison
        bool is_comparison = false; // with `before`, on what the feeds sent lately
        bool replaces_namesakes = false; // of `others`: those that are called as one of the rules is
        bool is_explained = false;
        std::int64_t now = 0;
        Memory memory;
        Value::List taken{};       // or as seen.list gives it
        Rehearsal::Peeked peeked{};
    };
    using Done = UniqueFunction<void(Result<Value>)>;

    Trial(const Host& host, const Control& control, Plan plan, Done done) : host_(host), control_(control), plan_(std::move(plan)), done_(std::move(done)) {}

    /// `done` comes once, later or at once.
    void run();

private:
    using Next = std::function<void(const Value& answer)>;
    using Step = std::function<bool()>; // false: there is no more to do
    using Then = std::function<void()>;

    void call(std::string_view method, Value::Map arguments, Next next);
    void finish(Result<Value> outcome);
    void in_turns(Step step, Then then);
    void read_rules();
    void remember_taken();
    void list_feeds();
    void take_bodies(std::vector<std::string> names);
    void take_feeds();
    bool take_item();
    void parse_feed(std::int64_t from);
    void add_items(std::shared_ptr<const Value::List> items, std::string feed, Then then);
    void add_item(const Value& value, const std::string& feed);
    void rehearse();
    bool offer();
    void ask_all();
    bool ask_next();
    bool pass_time();
    void ask(std::size_t rehearsal, const AskWhere& question);
    void conclude();
    void give();
    [[nodiscard]] Value decisions();
    [[nodiscard]] Value comparison();

    const Host& host_;
    const Control& control_;
    Plan plan_;
    Done done_;
    std::shared_ptr<std::vector<Item>> items_ = std::make_shared<std::vector<Item>>();
    std::set<std::string> known_; // their names
    std::size_t feed_ = 0;        // of the plan, that is taken
    std::size_t place_ = 0;       // in it, when it is given as items
    std::vector<std::string> problems_;
    std::int64_t refused_ = 0;
    std::int64_t unread_ = 0; // feeds that are none
    std::vector<Rule> rules_;
    std::vector<std::unique_ptr<Rehearsal>> rehearsals_; // as edited, and before
    std::deque<std::pair<std::size_t, AskWhere>> questions_; // of which rehearsal
    std::size_t unanswered_ = 1;
};

} // namespace shoal::feed_rules
