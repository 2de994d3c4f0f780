#pragma once

#include "host/registry.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace shoal::session {

// Plug-ins of one kind, as the user or we ourselves named them.
struct PluginList {
    std::vector<std::string> names;
    bool is_default = false;  // then what is not there is done without

    // Errors: not_found, of what the user named.
    Result<std::vector<std::string>> found_in(host::Registry& registry, std::string_view kind) const;
};

}  // namespace shoal::session
