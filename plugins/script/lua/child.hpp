// One program that a script runs: never through a shell, with an environment of its own, without our descriptors, in a process group of
// its own. Nothing here waits: whoever has it looks at it from time to time.
#pragma once

#include "granted_files.hpp"

#include <shoal/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace shoal::script_lua {

class Child {
public:
    struct Order {
        std::vector<std::string> arguments; // the program's full path first
        std::map<std::string, std::string> environment{};
        std::size_t most_output = 64u << 10; // of each of the two
    };
    struct Ended {
        int code = 0;   // 128 + the signal, for one that was killed
        int signal = 0;
        std::string output;
        std::string errors;
        bool is_cut = false; // there was more of it
    };

    Child() = default;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    /// Kills what still runs.
    ~Child();

    /// May take a moment: on a worker.
    Result<void> start(const Order& order);
    /// Takes what it has written; whether it has ended. What it began and left in its group is then killed.
    std::optional<Ended> look();
    /// It had written something when it was looked at last: there may be more.
    [[nodiscard]] bool is_talking() const { return is_talking_; }
    /// With all that it has begun, unless that left the group.
    void kill();

private:
    struct Pipe {
        OpenFile ours;
        std::string text{};
        bool is_cut = false;
    };

    void drain(Pipe& pipe);

    Pipe output_;
    Pipe errors_;
    std::size_t most_ = 0;
    pid_t process_ = -1;
    bool is_talking_ = false;
};

} // namespace shoal::script_lua
