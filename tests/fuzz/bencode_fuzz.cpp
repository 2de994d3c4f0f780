#include <shoal/assert.hpp>
#include <shoal/bencode.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

// Any octets: the parser ends, its views stay inside the input, and what it calls canonical is written back
// octet by octet.
namespace {

using namespace shoal;

constexpr bencode::Limits limits{.depth = 64, .tokens = 100'000};

void check_inside(ByteView part, ByteView whole)
{
    SHOAL_ASSERT(
        part.empty()
        || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size()));
}

// Depth is bounded by the limits, so recursion is as well.
void write_back(bencode::Node node, ByteView input, bencode::Writer& writer)
{
    check_inside(node.raw(), input);
    if (const auto integer = node.integer()) {
        writer.integer(*integer);
    } else if (const auto octets = node.bytes()) {
        check_inside(*octets, input);
        writer.bytes(*octets);
    } else if (node.is_list()) {
        writer.begin_list();
        for (const auto item : node.items()) write_back(item, input, writer);
        writer.end_list();
    } else {
        writer.begin_dict();
        for (const auto& entry : node.entries()) {
            check_inside(as_bytes(entry.key), input);
            SHOAL_ASSERT(node.find(entry.key).has_value());
            writer.key(entry.key);
            write_back(entry.value, input, writer);
        }
        writer.end_dict();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    const auto input = std::as_bytes(std::span(octets, size));
    const auto whole = bencode::Document::parse(input, limits);
    const auto prefix = bencode::Document::parse_prefix(input, limits);
    SHOAL_ASSERT(!whole || (prefix && prefix->consumed() == size));
    SHOAL_ASSERT(whole || !whole.error().text.empty());
    if (!prefix) return 0;

    SHOAL_ASSERT(prefix->consumed() > 0 && prefix->consumed() <= size);
    if (prefix->is_canonical()) {
        bencode::Writer writer;
        write_back(prefix->root(), input, writer);
        SHOAL_ASSERT(std::ranges::equal(writer.take(), input.first(prefix->consumed())));
    }
    return 0;
}
