// What scripts keep between runs: each has keys of its own in the plug-in's space of the host's store, and so many octets. A value may be
// kept for a while only; then nobody sees it any more, and it is swept out. On the strand.
#pragma once

#include "script.hpp"

#include <shoal/host.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::script_lua {

class ScriptStore {
public:
    explicit ScriptStore(Host& host);

    /// Looks for what is over, now and whenever something is.
    void start() { sweep({}); }
    void stop() { next_sweep_.cancel(); }

    /// Errors: limit_exceeded (the script keeps 1 MiB), invalid_argument.
    Result<Value> carry_out(const std::string& script, const Wish& wish);

private:
    struct Kept {
        std::string_view text;
        std::int64_t ends_at = 0; // in seconds since 1970; 0: never
    };

    [[nodiscard]] std::optional<Kept> find(const std::string& key) const;
    Result<Value> write(const std::string& script, const std::string& key, const Value& what);
    Result<Value> count(const std::string& script, const std::string& key, std::int64_t amount);
    Result<Value> list(const std::string& script, const std::string& prefix, const Value& after);
    Result<void> put(const std::string& script, const std::string& key, std::string_view text, std::int64_t ends_at);
    void erase(std::string_view script, const std::string& key);
    std::uint64_t& octets_of(const std::string& script);
    [[nodiscard]] std::int64_t unix_time() const { return calendar_ ? calendar_.unix_time() : 0; }
    void sweep(const std::string& after);
    void sweep_at(std::int64_t time);

    Store store_;
    Calendar calendar_;
    shoal::Timers timers_;
    shoal::Timer next_sweep_;
    std::int64_t soonest_ = 0;                                   // when the first of them is over; 0: none
    std::map<std::string, std::uint64_t, std::less<>> octets_{}; // of those that have written
};

} // namespace shoal::script_lua
