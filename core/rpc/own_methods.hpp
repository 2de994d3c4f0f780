#pragma once

#include "control/registry.hpp"
#include "control/value.hpp"

#include <shoal/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What a conversation answers by itself, beside the registry's methods.
namespace shoal::rpc {

inline constexpr std::string_view subscribe_method = "rpc.subscribe";
inline constexpr std::string_view unsubscribe_method = "rpc.unsubscribe";
inline constexpr std::string_view describe_method = "rpc.methods";
inline constexpr std::string_view introduce_method = "rpc.introduce";

// What our own command line calls itself: a person.
inline constexpr std::string_view command_line = "shoal";

// Who acts when somebody of this name calls. Errors: invalid_argument.
Result<std::string> cause_of(const std::string& client);

// Null: it is none of them.
const control::MethodSchema* own_method(std::string_view name);

// Which events somebody wants to hear of: those that any of the globs matches.
class Subscriptions {
public:
    explicit Subscriptions(std::size_t most) : most_(most) {}

    // All of them or none. Errors: invalid_argument, limit_exceeded.
    Result<void> add(const control::Value::List& globs);
    // Null: all. Errors: invalid_argument.
    Result<void> remove(const control::Value* globs);
    void clear() { globs_.clear(); }

    bool is_empty() const { return globs_.empty(); }
    bool matches(std::string_view event) const;
    control::Value to_value() const;

private:
    std::size_t most_;
    std::vector<std::string> globs_;
};

// All methods and events, or the one method of that name. Errors: not_found.
Result<control::Value> describe(const control::Registry& registry, const std::string& name);

}  // namespace shoal::rpc
