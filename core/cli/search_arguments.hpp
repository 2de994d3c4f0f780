#pragma once

#include "cli/ctl_command.hpp"

#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace shoal::cli {

// What was typed after `shoal search`.
struct SearchArguments {
    bool is_asked = false;
    std::string socket;
    std::vector<std::string> words;
    std::string feed;
    std::string category;
    std::optional<std::int64_t> season;
    std::optional<std::int64_t> episode;
    std::int64_t limit = 25;
    std::int64_t add = 0;  // the number of what is to be added; 0: nothing
    bool has_urls = false;
    bool is_json = false;
};

void declare_search(CLI::App& app, SearchArguments& typed);
// Errors: invalid_argument.
Result<CtlRequest> search_request(const SearchArguments& typed);

}  // namespace shoal::cli
