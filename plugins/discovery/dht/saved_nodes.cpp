#include "saved_nodes.hpp"

#include <shoal/bencode.hpp>

namespace shoal::dht {
namespace {

constexpr std::size_t most = 500;

} // namespace

Bytes encode(const SavedNodes& saved, bool is_v6)
{
    bencode::Writer out;
    out.begin_dict();
    if (saved.id) out.key("id").bytes(saved.id->bytes);
    out.key(is_v6 ? "nodes6" : "nodes").bytes(write_contacts(saved.nodes));
    out.end_dict();
    return out.take();
}

SavedNodes read_saved_nodes(ByteView octets, bool is_v6)
{
    SavedNodes saved;
    const auto document = bencode::Document::parse(octets, {.depth = 4, .tokens = 16});
    if (!document) return saved;
    if (const auto id = NodeId::from(document->root().find_bytes("id").value_or(ByteView{}))) saved.id = *id;
    saved.nodes =
        read_contacts(document->root().find_bytes(is_v6 ? "nodes6" : "nodes").value_or(ByteView{}), is_v6);
    if (saved.nodes.size() > most) saved.nodes.resize(most);
    return saved;
}

} // namespace shoal::dht
