/// Which name was meant by one that is none of them, for texts that tell people so.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal {

namespace detail {

inline constexpr std::size_t longest_typed_name = 64; // a stranger's name of any length costs nothing

// How many letters have to be put in, left out, changed or swapped with their neighbour.
inline std::size_t slips(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> older;
    std::vector<std::size_t> old(b.size() + 1);
    std::iota(old.begin(), old.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::vector<std::size_t> row(b.size() + 1, i);
        for (std::size_t k = 1; k <= b.size(); ++k) {
            const bool is_same = a[i - 1] == b[k - 1];
            row[k] = std::min({old[k] + 1, row[k - 1] + 1, old[k - 1] + (is_same ? 0 : 1)});
            const bool is_swapped = i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1];
            if (is_swapped) row[k] = std::min(row[k], older[k - 2] + 1);
        }
        older = std::exchange(old, std::move(row));
    }
    return old.back();
}

} // namespace detail

/// The one that is so much alike that a slip of the fingers explains it; of several the first with the fewest slips.
inline std::optional<std::string_view> most_alike(std::string_view typed, std::span<const std::string_view> names)
{
    if (typed.empty() || typed.size() > detail::longest_typed_name) return std::nullopt;
    std::optional<std::string_view> best;
    std::size_t fewest = std::max<std::size_t>(1, typed.size() / 3) + 1;
    for (const auto name : names) {
        if (name.size() > detail::longest_typed_name) continue;
        const auto found = detail::slips(typed, name);
        if (found >= fewest) continue;
        fewest = found;
        best = name;
    }
    return best;
}

/// "; did you mean 'x'?", or nothing.
inline std::string suggestion(std::string_view typed, std::span<const std::string_view> names)
{
    const auto meant = most_alike(typed, names);
    return meant ? "; did you mean '" + std::string(*meant) + "'?" : std::string();
}

} // namespace shoal
