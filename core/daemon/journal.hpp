#pragma once

#include "control/registry.hpp"
#include "environment/loop.hpp"
#include "host/log.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace shoal::daemon {

// What somebody reads tomorrow about today: a line in the log for what the events say happened. Those that come in crowds, as at a start with
// ten thousand torrents, are counted, and the count is a line. What is logged where it happens (failures, plug-ins that break) is not
// said twice. [loop]
class Journal {
public:
    Journal(environment::Loop& loop, control::Registry& methods, host::Log log);
    ~Journal();

    static constexpr std::size_t most_lines = 20;  // of one kind in a minute

private:
    void hear(std::string_view event, const control::Value::Map& payload);
    void write(const std::string& kind, host::LogLevel level, const std::string& line);
    void count_up();

    host::Log log_;
    environment::Timer minute_;
    std::map<std::string, std::size_t> heard_;  // in this minute, by kind
    std::unique_ptr<control::Registry::Subscription> ear_;
};

}  // namespace shoal::daemon
