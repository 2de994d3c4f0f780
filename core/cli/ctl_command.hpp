#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "control/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace shoal::cli {

struct CtlCall {
    std::string method;
    control::Value::Map arguments{};
    // NAME=VALUE, of a method whose arguments only the daemon knows: what is a text there is taken as it was typed.
    std::vector<std::string> typed{};
};

// How people are shown an answer.
enum class CtlView {
    plain,     // a list as a table, a map as lines
    torrents,  // a table of the columns that matter most
    methods,   // what `rpc.methods` answers
    page,      // a text of many lines, as it is but for control characters
    search,    // what `feeds.search` answers
    search_with_urls,
};

struct CtlRequest {
    std::string socket;  // empty: where the daemon's settings say
    std::vector<CtlCall> calls{};        // one after the other; one that fails stops none
    std::vector<std::string> events{};   // globs: then, until interrupted, a line each
    std::vector<std::string> columns{};  // of a table; none: those that matter
    CtlView view = CtlView::plain;
    std::optional<std::size_t> added_line{};  // of what a search found: it is added
    bool is_json = false;
};

// `shoal ctl …`: asks the daemon over its socket and shows what it answers.
ExitCode ctl(Program& program, const CtlRequest& request);

}  // namespace shoal::cli
