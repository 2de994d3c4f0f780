#include "nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace shoal::script_lua {
namespace {

constexpr std::size_t longest_word = 64; // a stranger's word of any length costs nothing

std::size_t letters_apart(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto corner = std::exchange(row[0], i);
        for (std::size_t k = 1; k <= b.size(); ++k) {
            const auto changed = corner + (a[i - 1] == b[k - 1] ? 0 : 1);
            corner = row[k];
            row[k] = std::min({corner + 1, row[k - 1] + 1, changed});
        }
    }
    return row.back();
}

} // namespace

std::string_view nearest_of(std::string_view word, std::initializer_list<std::string_view> names)
{
    word = word.substr(0, longest_word);
    return *std::ranges::min_element(names, {}, [word](std::string_view name) { return letters_apart(word, name); });
}

} // namespace shoal::script_lua
