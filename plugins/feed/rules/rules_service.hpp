// The rules as a service: items in from the feeds, torrents out to the session, everything remembered on the disk before it is done. What a rule
// decides is decided by desk.hpp; here is what that needs of a host.
#pragma once

#include "desk.hpp"
#include "trial.hpp"

#include <shoal/control.hpp>
#include <shoal/service.hpp>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::feed_rules {

class RulesService final : public Service {
public:
    explicit RulesService(Host& host);

    Result<void> start() override;
    /// How many rules there are, and what they have taken.
    [[nodiscard]] std::string_view summary() override;
    void on_stop() override;

private:
    struct Source {
        std::vector<Rule> rules;
        std::vector<std::string> problems; // in themselves; what others make of them may change with those
        std::vector<std::string> unknown_feeds{}; // problems, too: known when the feeds are
    };

    // What happens.
    void read_memory();
    void on_item(const Value::Map& payload);
    void look_again();
    void check_feeds();
    void read_items(std::int64_t from);
    void offer_waiting();
    void settle();
    void write_memory();
    void perform(AskWhere ask);
    void perform(PeekTorrent peek);
    void perform(AddTorrent add);
    void perform(const Tell& tell);
    void arm();

    // What is asked (rules_methods.cpp).
    void offer_methods();
    void load(const Value::Map& arguments, Answer answer);
    void set_rules();
    void list(const Value::Map& arguments, Answer answer);
    void test(const Value::Map& arguments, Answer answer);
    void compare(const Value::Map& arguments, Answer answer);
    void why(const Value::Map& arguments, Answer answer);
    void release(const Value::Map& arguments, Answer answer);
    void import(const Value::Map& arguments, Answer answer);
    void decisions(const Value::Map& arguments, Answer answer);
    void seen_list(const Value::Map& arguments, Answer answer);
    void seen_has(const Value::Map& arguments, Answer answer);
    void seen_forget(const Value::Map& arguments, Answer answer);
    void seen_learn(const Value::Map& arguments, Answer answer);
    [[nodiscard]] Result<std::string> key_in(const Value::Map& arguments) const;
    [[nodiscard]] std::vector<Rule> rules_but(const std::string& source) const;
    void try_out(Trial::Plan plan, Answer answer);

    Host host_;
    Control control_;
    Store store_;
    Events events_;
    shoal::Timers timers_;
    Calendar calendar_;
    Workers workers_;
    Methods methods_;
    EventSubscription ear_;
    Desk desk_;
    std::map<std::string, Source> sources_;
    std::set<std::string> trials_; // the names of those that are under way
    std::deque<Item> waiting_; // of feeds that are looked at again, a few at a time
    shoal::Timer alarm_;
    shoal::Timer next_look_;
    std::string summary_;
    bool is_stopped_ = false;
};

} // namespace shoal::feed_rules
