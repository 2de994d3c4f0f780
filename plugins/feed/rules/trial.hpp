// A rule file tried out: read by whoever reads Lua, put to the items of feeds that are given or kept, its functions asked where they are to
// be. Nothing of it is added, or remembered.
#pragma once

#include "memory.hpp"
#include "rehearsal.hpp"
#include "rule.hpp"

#include <shoal/control.hpp>
#include <shoal/unique_function.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace shoal::feed_rules {

class Trial : public std::enable_shared_from_this<Trial> {
public:
    struct Plan {
        std::string name;
        std::string text;          // in Lua; empty: `rules` are the rules
        Value::List rules;
        Value::List feeds;         // maps: name, and text or items
        std::vector<Rule> others;  // that are tried beside them
        std::vector<Rule> before;  // of a comparison
        bool is_comparison = false; // with `before`, on what the feeds sent lately
        bool is_explained = false;
        std::int64_t now = 0;
        Memory memory;
        Value::List taken{};       // or as seen.list gives it
        Rehearsal::Peeked peeked{};
    };
    using Done = UniqueFunction<void(Result<Value>)>;

    Trial(const Control& control, Plan plan, Done done) : control_(control), plan_(std::move(plan)), done_(std::move(done)) {}

    /// `done` comes once, later or at once.
    void run();

private:
    using Next = std::function<void(const Value& answer)>;

    void call(std::string_view method, Value::Map arguments, Next next);
    void finish(Result<Value> outcome);
    void read_rules();
    void remember_taken();
    void list_feeds();
    void take_bodies(std::vector<std::string> names);
    void parse_feeds(std::size_t index, std::int64_t from);
    void add_items(const Value::List& items, const std::string& feed);
    void rehearse();
    void ask(std::size_t rehearsal, const AskWhere& question);
    void conclude();
    [[nodiscard]] Value decisions();
    [[nodiscard]] Value comparison();

    const Control& control_;
    Plan plan_;
    Done done_;
    std::vector<Item> items_;
    std::set<std::string> known_; // their names
    std::vector<std::string> problems_;
    std::int64_t refused_ = 0;
    std::vector<Rule> rules_;
    std::vector<std::unique_ptr<Rehearsal>> rehearsals_; // as edited, and before
    std::size_t unanswered_ = 1;
};

} // namespace shoal::feed_rules
