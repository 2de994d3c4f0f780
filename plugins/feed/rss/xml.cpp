#include "xml.hpp"

#include "ascii.hpp"

#include <pugixml.hpp>

#include <cstring>
#include <tuple>

namespace shoal::rss {
namespace {

constexpr std::size_t most_attributes_read = 64;

// White space alone between elements is nothing; inside a text it stays.
constexpr unsigned how = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_wconv_attribute;

std::pair<std::string, std::string> split_name(const char* qualified)
{
    const auto* colon = std::strrchr(qualified, ':');
    if (colon == nullptr) return {"", lower(qualified)};
    return {lower(std::string_view(qualified, static_cast<std::size_t>(colon - qualified))), lower(colon + 1)};
}

void append_text(std::string& out, std::string_view text) { out += text.substr(0, XmlPiece::longest_text - out.size()); }

// The elements that are open where the walk is: a text belongs to all of them.
class Walk {
public:
    explicit Walk(XmlPiece& out) : out_(out) {}

    void run(const pugi::xml_node& root)
    {
        auto node = root.first_child();
        while (node) {
            enter(node);
            if (node.first_child()) {
                node = node.first_child();
                continue;
            }
            leave(node);
            while (!node.next_sibling() && node.parent() != root && node.parent()) {
                node = node.parent();
                leave(node);
            }
            node = node.next_sibling();
        }
    }

private:
    void enter(const pugi::xml_node& node)
    {
        if (node.type() == pugi::node_element) {
            ++depth_;
            if (depth_ <= XmlPiece::deepest && out_.elements.size() < XmlPiece::most_elements) add(node);
            return;
        }
        for (const auto index : open_) append_text(out_.elements[index].text, node.value());
    }

    void leave(const pugi::xml_node& node)
    {
        if (node.type() != pugi::node_element) return;
        if (!open_.empty() && out_.elements[open_.back()].depth == depth_ - 1) open_.pop_back();
        --depth_;
    }

    void add(const pugi::xml_node& node)
    {
        XmlElement element;
        std::tie(element.prefix, element.name) = split_name(node.name());
        if (!open_.empty()) element.parent = out_.elements[open_.back()].name;
        element.depth = depth_ - 1;
        for (const auto& attribute : node.attributes()) {
            if (element.attributes.size() == most_attributes_read) break;
            element.attributes.emplace_back(lower(attribute.name()), std::string_view(attribute.value()).substr(0, XmlPiece::longest_text));
        }
        open_.push_back(out_.elements.size());
        out_.elements.push_back(std::move(element));
    }

    XmlPiece& out_;
    std::vector<std::size_t> open_;
    std::uint32_t depth_ = 0;
};

} // namespace

XmlPiece read_xml(std::string_view utf8)
{
    pugi::xml_document document;
    const auto parsed = document.load_buffer(utf8.data(), utf8.size(), how, pugi::encoding_utf8);
    XmlPiece piece;
    piece.is_whole = static_cast<bool>(parsed);
    Walk(piece).run(document); // after a mistake, what was before it
    return piece;
}

} // namespace shoal::rss
