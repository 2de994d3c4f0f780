// Where the items of a feed begin and end, found without parsing it: each is parsed by itself then, so that a broken one takes no
// other with it, a cut-off feed is good up to the cut, and no feed makes a tree of its size.
#pragma once

#include <shoal/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::rss {

struct Outline {
    static constexpr std::size_t most_items = 20'000;
    static constexpr std::size_t longest_item = 256 << 10;
    static constexpr std::size_t longest_head = 256 << 10;

    enum class Kind { rss, rdf, atom, error /* of Torznab */ };

    Kind kind = Kind::rss;
    std::string head{}; // what is around the items
    std::vector<std::string_view> items{}; // each one element
    std::size_t left_out = 0; // items that are too long, or beyond the most
    bool is_cut_off = false; // it ends inside an item, or before its own end
};

/// `text` outlives the outline. Errors: bad_input, with a text that says what this is instead of a feed.
[[nodiscard]] Result<Outline> outline(std::string_view text);

} // namespace shoal::rss
