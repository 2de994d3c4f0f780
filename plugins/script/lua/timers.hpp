// The alarms of one script, by name. They know no clock: whoever asks says what time it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace shoal::script_lua {

class Timers {
public:
    using Time = std::chrono::nanoseconds;

    struct Timer {
        Time due;
        Time period{}; // 0: it goes off once
        int function = 0; // of the script's, by its reference
        std::uint32_t failures = 0;
        std::uint64_t number = 0; // those that are due at once go off in the order of their making
    };

    explicit Timers(std::size_t most) : most_(most) {}

    [[nodiscard]] std::size_t size() const { return by_name_.size(); }
    [[nodiscard]] bool has_room_for(const std::string& name) const { return by_name_.size() < most_ || by_name_.contains(name); }
    /// Gives back the function of a timer that had the name; 0: none.
    int set(const std::string& name, Timer timer);
    int remove(const std::string& name);
    [[nodiscard]] Timer* find(const std::string& name);

    [[nodiscard]] std::optional<Time> next() const;
    /// The one that is due first. One with a period is due again; periods that were missed are left out.
    std::optional<std::string> take_due(Time now);

private:
    using Key = std::pair<Time, std::uint64_t>;

    std::size_t most_;
    std::uint64_t last_number_ = 0;
    std::map<std::string, Timer> by_name_;
    std::map<Key, std::string> by_time_;
};

} // namespace shoal::script_lua
