// What somebody outside asked a script to do and waits for: a rule's predicate, or the handlers of an event that are run by hand. An
// errand is over when the last of what belongs to it has ended.
#pragma once

#include <shoal/host.hpp>
#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace shoal::script_lua {

class Errands {
public:
    using Finished = std::vector<std::pair<std::uint64_t, Result<Value>>>;

    /// Handlers that are run by hand; the answer has what they said and how they ended.
    void begin(std::uint64_t errand, const std::vector<std::string>& handlers);
    void say(std::uint64_t errand, LogLevel level, const std::string& text);
    /// A handler has ended. `why` it failed; empty: it did not.
    void end(std::uint64_t errand, const std::string& handler, const std::string& why);
    /// Answers with what there is: some of the handlers still wait for something.
    void give_up(std::uint64_t errand);
    /// An errand that never began, or that is over with one answer.
    void finish(std::uint64_t errand, Result<Value> answer) { finished_.emplace_back(errand, std::move(answer)); }

    [[nodiscard]] Finished take() { return std::exchange(finished_, {}); }

private:
    static constexpr std::size_t most_lines = 1000;

    struct Errand {
        std::set<std::string> left{};
        Value::List handlers{};
        Value::List lines{};
    };

    void close(std::uint64_t errand);

    std::map<std::uint64_t, Errand> open_;
    Finished finished_;
};

} // namespace shoal::script_lua
