// The one place that knows the XML library. A feed is read in pieces (see outline.hpp), each of which becomes a flat list: nobody
// walks a tree, and nothing nests without bound. No entity but XML's own five and numbers is resolved, and no declaration read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::rss {

struct XmlElement {
    std::string prefix{}; // lower case, as the name
    std::string name{};
    std::string parent{}; // the name of the element around it; empty for the first
    std::uint32_t depth = 0;
    std::vector<std::pair<std::string, std::string>> attributes{}; // names in lower case, with their prefixes
    std::string text{}; // all that is inside, at any depth, without markup

    /// Empty: it has none.
    [[nodiscard]] std::string_view attribute(std::string_view lower_case_name) const
    {
        for (const auto& [name, value] : attributes) {
            if (name == lower_case_name) return value;
        }
        return {};
    }
};

struct XmlPiece {
    static constexpr std::size_t most_elements = 2'000;
    static constexpr std::uint32_t deepest = 16;
    static constexpr std::size_t longest_text = 64 << 10;

    std::vector<XmlElement> elements{}; // as they begin; what is beyond the limits is left out
    bool is_whole = false; // otherwise what was before the mistake
};

[[nodiscard]] XmlPiece read_xml(std::string_view utf8);

} // namespace shoal::rss
