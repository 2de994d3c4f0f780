#include "bencoded_value.hpp"

#include <shoal/bencode.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace shoal::dht {
namespace {

constexpr int deepest = 32;

Result<void> write(bencode::Writer& out, const Value& value, int depth);

Result<void> write_map(bencode::Writer& out, const Value::Map& map, int depth)
{
    std::vector<std::pair<std::string, const Value*>> entries;
    for (std::size_t i = 0; i < map.size(); ++i) entries.emplace_back(map.keys()[i], &map.values()[i]);
    std::ranges::sort(entries);
    out.begin_dict();
    for (const auto& [key, part] : entries) {
        out.key(key);
        if (auto written = write(out, *part, depth + 1); !written) return written;
    }
    out.end_dict();
    return {};
}

Result<void> write_list(bencode::Writer& out, const Value::List& list, int depth)
{
    out.begin_list();
    for (const auto& part : list) {
        if (auto written = write(out, part, depth + 1); !written) return written;
    }
    out.end_list();
    return {};
}

Result<void> write(bencode::Writer& out, const Value& value, int depth)
{
    if (depth > deepest) return make_error(Errc::invalid_argument, "the value is nested too deeply");
    switch (value.type()) {
    case Value::Type::boolean: out.integer(*value.as_bool() ? 1 : 0); return {};
    case Value::Type::integer: out.integer(*value.as_integer()); return {};
    case Value::Type::text: out.string(*value.as_text()); return {};
    case Value::Type::bytes: out.bytes(*value.as_bytes()); return {};
    case Value::Type::list: return write_list(out, *value.as_list(), depth);
    case Value::Type::map: return write_map(out, *value.as_map(), depth);
    case Value::Type::null:
    case Value::Type::real: break;
    }
    return make_error(Errc::invalid_argument,
                      "an item is made of integers, texts, bytes, lists and maps, not of "
                          + std::string(type_name(value.type())));
}

Value read(const bencode::Node& node)
{
    if (const auto integer = node.integer()) return Value(*integer);
    if (const auto text = node.string()) {
        if (is_valid_utf8(*text)) return Value(*text);
        const auto octets = as_bytes(*text);
        return Value(Bytes(octets.begin(), octets.end()));
    }
    if (node.is_list()) {
        Value::List list;
        for (const auto& part : node.items()) list.push_back(read(part));
        return Value(std::move(list));
    }
    Value::Map map;
    for (const auto& entry : node.entries()) {
        if (is_valid_utf8(entry.key)) map.append(std::string(entry.key), read(entry.value));
    }
    return Value(std::move(map));
}

} // namespace

Result<Bytes> to_bencode(const Value& value)
{
    bencode::Writer out;
    if (auto written = write(out, value, 0); !written) return written.error();
    return out.take();
}

Value from_bencode(ByteView encoded)
{
    const auto document = bencode::Document::parse(encoded, {.depth = deepest, .tokens = 2048});
    return document ? read(document->root()) : Value{};
}

} // namespace shoal::dht
