#pragma once

#include "cli/completion_place.hpp"
#include "control/value.hpp"

#include <shoal/result.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::cli {

// Where words come from that no table of ours has. Nothing that fails is said: who completes a line wants words or silence.
struct Knowledge {
    // What a daemon that runs answers, within a moment.
    std::function<Result<control::Value>(const std::string& socket, const std::string& method, control::Value::Map arguments)> daemon;
    // The plug-ins of a kind ("shoal.picker/1"), or all.
    std::function<std::vector<std::string>(std::string_view kind)> plugins;
};

struct Completions {
    enum class Paths { none, files, folders };

    std::vector<Candidate> words{};
    Paths paths = Paths::none;  // the shell knows them
};

// What the last of the words, which is not typed to its end, may become: from the tables that read a command line, the methods, events
// and settings of a daemon, its torrents, the plug-ins there are.
Completions completions(const std::vector<std::string>& words, const Knowledge& knowledge);

}  // namespace shoal::cli
