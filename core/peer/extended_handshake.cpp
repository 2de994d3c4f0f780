#include "peer/extended_handshake.hpp"

#include <shoal/bencode.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace shoal::peer {
namespace {

// Far above any real handshake, far below what would cost time or memory.
constexpr bencode::Limits structure_limits{.depth = 16, .tokens = 4096};

template <class Int>
std::optional<Int> in_range(std::optional<std::int64_t> value, Int most)
{
    if (!value || *value < 1 || *value > std::int64_t{most}) return std::nullopt;
    return static_cast<Int>(*value);
}

// Who promises more than we would ever ask for is held to the most that we can.
std::optional<std::uint16_t> decoded_request_limit(std::optional<std::int64_t> value)
{
    if (!value || *value < 1) return std::nullopt;
    return static_cast<std::uint16_t>(
        std::min<std::int64_t>(*value, std::numeric_limits<std::uint16_t>::max()));
}

std::optional<Address> decoded_address(std::optional<ByteView> octets)
{
    if (!octets || (octets->size() != 4 && octets->size() != 16)) return std::nullopt;
    Address address{.bytes = {}, .v6 = octets->size() == 16};
    std::ranges::copy(*octets, address.bytes.begin());
    return address.unmapped();
}

void remember(ExtendedHandshake& into, const std::string& name, std::uint8_t id)
{
    const bool is_known = into.extensions.contains(name);
    if (is_known || into.extensions.size() < ExtendedHandshake::most_extensions) into.extensions[name] = id;
}

void decode_extensions(bencode::Node names, const ExtendedHandshakeLimits& limits, ExtendedHandshake& into)
{
    for (const auto& [name, value] : names.entries()) {
        const auto id = value.integer();
        if (!id || *id < 0 || *id > std::numeric_limits<std::uint8_t>::max()) continue;
        if (name.empty() || name.size() > limits.extension_name) continue;
        remember(into, std::string(name), static_cast<std::uint8_t>(*id));
    }
}

template <class T>
void take_over(std::optional<T>& known, const std::optional<T>& later)
{
    if (later) known = later;
}

}  // namespace

void ExtendedHandshake::update(const ExtendedHandshake& later)
{
    for (const auto& [name, id] : later.extensions) {
        if (id == 0) {
            extensions.erase(name);
        } else {
            remember(*this, name, id);
        }
    }
    take_over(client, later.client);
    take_over(listen_port, later.listen_port);
    take_over(request_limit, later.request_limit);
    take_over(your_address, later.your_address);
    take_over(metadata_size, later.metadata_size);
    take_over(upload_only, later.upload_only);
}

std::optional<std::uint8_t> ExtendedHandshake::id_of(std::string_view extension) const
{
    const auto found = extensions.find(extension);
    if (found == extensions.end() || found->second == 0) return std::nullopt;
    return found->second;
}

Bytes encode_extended_handshake(const ExtendedHandshake& handshake)
{
    bencode::Writer writer;
    writer.begin_dict().key("m").begin_dict();
    for (const auto& [name, id] : handshake.extensions) writer.key(name).integer(id);
    writer.end_dict();
    if (handshake.metadata_size) writer.key("metadata_size").integer(*handshake.metadata_size);
    if (handshake.listen_port) writer.key("p").integer(*handshake.listen_port);
    if (handshake.request_limit) writer.key("reqq").integer(*handshake.request_limit);
    if (handshake.upload_only) writer.key("upload_only").integer(*handshake.upload_only ? 1 : 0);
    if (handshake.client) writer.key("v").string(*handshake.client);
    if (handshake.your_address) writer.key("yourip").bytes(handshake.your_address->view());
    return writer.end_dict().take();
}

Result<ExtendedHandshake> decode_extended_handshake(ByteView payload, const ExtendedHandshakeLimits& limits)
{
    const auto document = bencode::Document::parse_prefix(payload, structure_limits);
    if (!document) {
        return make_error(Errc::protocol_error, "extension handshake: " + document.error().text);
    }
    const auto root = document->root();
    if (!root.is_dict()) return make_error(Errc::protocol_error, "extension handshake: not a dictionary");

    ExtendedHandshake handshake;
    if (const auto names = root.find_dict("m")) decode_extensions(*names, limits, handshake);
    handshake.metadata_size = in_range(root.find_int("metadata_size"), limits.metadata_size);
    handshake.listen_port = in_range(root.find_int("p"), std::numeric_limits<std::uint16_t>::max());
    handshake.request_limit = decoded_request_limit(root.find_int("reqq"));
    handshake.your_address = decoded_address(root.find_bytes("yourip"));
    if (const auto given = root.find_int("upload_only")) handshake.upload_only = *given != 0;
    if (const auto name = root.find_string("v"); name && !name->empty()) {
        handshake.client = printable(name->substr(0, limits.client));
    }
    return handshake;
}

}  // namespace shoal::peer
