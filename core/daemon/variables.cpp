#include "daemon/variables.hpp"

#include <unistd.h>

namespace shoal::daemon {

Variables process_variables()
{
    Variables variables;
    for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
        const std::string_view line = *at;
        const auto equals = line.find('=');
        if (equals != line.npos) variables.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return variables;
}

const std::string* find(const Variables& variables, std::string_view name)
{
    const auto at = variables.find(name);
    return at == variables.end() || at->second.empty() ? nullptr : &at->second;
}

}  // namespace shoal::daemon
