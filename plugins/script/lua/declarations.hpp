// What a script says of itself while it is loaded, for other plug-ins to act on: its rules, its feeds. Data, but for the predicate
// of a rule, which stays in the script.
#pragma once

#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <map>
#include <string>
#include <string_view>

namespace shoal::script_lua {

struct Declared {
    Value::List rules; // maps; a predicate is `where = true`
    Value::List feeds;
};

class Declarations {
public:
    /// `predicate` is a reference of the script's; 0: there is none. Errors: no name, one that is taken, too many.
    Result<void> add_rule(Value::Map rule, int predicate);
    Result<void> add_feed(Value::Map feed);
    /// The script is loaded: what it is does not change any more.
    void close() { is_closed_ = true; }
    [[nodiscard]] bool is_closed() const { return is_closed_; }

    [[nodiscard]] const Declared& all() const { return all_; }
    [[nodiscard]] bool has_rule(std::string_view name) const { return predicates_.contains(name); }
    /// 0: the rule has none.
    [[nodiscard]] int predicate_of(std::string_view rule) const;

private:
    static constexpr std::size_t most = 1000;

    [[nodiscard]] Result<void> check_room(const Value::List& list) const;

    Declared all_;
    std::map<std::string, int, std::less<>> predicates_; // by the names of the rules
    bool is_closed_ = false;
};

} // namespace shoal::script_lua
