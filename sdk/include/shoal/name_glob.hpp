// Globs of names with dots, such as those of events: * stands for any octets, ? for one.
#pragma once

#include <cstddef>
#include <string_view>

namespace shoal {

/// In at most the product of both lengths: the last * is the only one to go back to.
[[nodiscard]] constexpr bool matches_name(std::string_view glob, std::string_view name) noexcept
{
    std::size_t at = 0;
    std::size_t in = 0;
    std::size_t star = glob.npos;
    std::size_t resumed = 0;
    while (in < name.size()) {
        if (at < glob.size() && glob[at] == '*') {
            star = at++;
            resumed = in;
        } else if (at < glob.size() && (glob[at] == '?' || glob[at] == name[in])) {
            ++at;
            ++in;
        } else if (star != glob.npos) {
            at = star + 1;
            in = ++resumed;
        } else {
            return false;
        }
    }
    return glob.find_first_not_of('*', at) == glob.npos;
}

} // namespace shoal
