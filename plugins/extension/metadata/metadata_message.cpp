#include "metadata_message.hpp"

#include <shoal/bencode.hpp>

#include <limits>
#include <string>

namespace shoal::metadata_exchange {
namespace {

constexpr bencode::Limits limits{.depth = 8, .tokens = 256};

enum class Type : std::int64_t { request = 0, data = 1, reject = 2 };

Error wrong(const std::string& what) { return make_error(Errc::protocol_error, "a metadata message " + what); }

std::optional<std::uint32_t> find_uint(const bencode::Node& dict, std::string_view key)
{
    const auto value = dict.find_int(key);
    if (!value || *value < 0 || *value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

bencode::Writer head(Type type, std::uint32_t block)
{
    bencode::Writer writer;
    writer.begin_dict().key("msg_type").integer(static_cast<std::int64_t>(type)).key("piece").integer(block);
    return writer;
}

} // namespace

Result<Message> parse_message(ByteView payload)
{
    const auto document = bencode::Document::parse_prefix(payload, limits);
    if (!document) return wrong("that is none: " + document.error().text);
    const auto root = document->root();
    const auto type = root.find_int("msg_type");
    if (!type) return wrong("without a type");
    if (*type < 0 || *type > static_cast<std::int64_t>(Type::reject)) return Message(Unknown{});

    const auto block = find_uint(root, "piece");
    if (!block) return wrong("without a piece");
    switch (static_cast<Type>(*type)) {
    case Type::request: return Message(Request{*block});
    case Type::reject: return Message(Reject{*block});
    case Type::data: break;
    }
    Data data{.block = *block, .total_size = {}, .octets = payload.subspan(document->consumed())};
    if (root.find("total_size")) data.total_size = find_uint(root, "total_size").value_or(0);
    return Message(data);
}

Bytes encode_request(std::uint32_t block) { return head(Type::request, block).end_dict().take(); }

Bytes encode_reject(std::uint32_t block) { return head(Type::reject, block).end_dict().take(); }

Bytes encode_data(std::uint32_t block, std::uint32_t total_size, ByteView octets)
{
    auto payload = head(Type::data, block).key("total_size").integer(total_size).end_dict().take();
    append(payload, octets);
    return payload;
}

} // namespace shoal::metadata_exchange
