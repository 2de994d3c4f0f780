#include "state/value_octets.hpp"

#include <shoal/bencode.hpp>

#include <array>
#include <charconv>
#include <set>
#include <string>
#include <string_view>

namespace shoal::state {

namespace {

using control::Value;

constexpr std::string_view list_mark = "l";
constexpr std::string_view map_mark = "m";

// Exactly, and alike in every locale.
std::string real_text(double value)
{
    std::array<char, 64> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

std::string tagged(char tag, std::string_view content)
{
    std::string text;
    text.reserve(content.size() + 1);
    text.push_back(tag);
    text.append(content);
    return text;
}

void encode(bencode::Writer& writer, const Value& value)
{
    if (const auto* flag = value.as_bool()) {
        writer.string(*flag ? "y" : "n");
    } else if (const auto* integer = value.as_integer()) {
        writer.integer(*integer);
    } else if (const auto* real = value.as_real()) {
        writer.string(tagged('r', real_text(*real)));
    } else if (const auto* text = value.as_text()) {
        writer.string(tagged('t', *text));
    } else if (const auto* bytes = value.as_bytes()) {
        writer.string(tagged('b', as_text(*bytes)));
    } else if (const auto* list = value.as_list()) {
        writer.begin_list().string(list_mark);
        for (const auto& item : *list) encode(writer, item);
        writer.end_list();
    } else if (const auto* map = value.as_map()) {
        writer.begin_list().string(map_mark);
        for (std::size_t i = 0; i < map->size(); ++i) {
            writer.string(map->keys()[i]);
            encode(writer, map->values()[i]);
        }
        writer.end_list();
    } else {
        writer.string("");
    }
}

Error not_a_value()
{
    return make_error(Errc::bad_input, "a kept value is garbage");
}

Result<Value> decode_string(std::string_view text)
{
    if (text.empty()) return Value();
    const auto content = text.substr(1);
    switch (text.front()) {
    case 't': return Value(content);
    case 'b': {
        const auto octets = as_bytes(content);
        return Value(Bytes(octets.begin(), octets.end()));
    }
    case 'r': {
        double real = 0;
        const auto read = std::from_chars(content.data(), content.data() + content.size(), real);
        if (read.ec != std::errc() || read.ptr != content.data() + content.size()) return not_a_value();
        return Value(real);
    }
    case 'y':
    case 'n':
        if (content.empty()) return Value(text.front() == 'y');
        break;
    default: break;
    }
    return not_a_value();
}

Result<Value> decode(const bencode::Node& node);

Result<Value> decode_list(bencode::ItemRange::Iterator at, bencode::ItemRange::Iterator end)
{
    Value::List list;
    for (; at != end; ++at) {
        auto item = decode(*at);
        if (!item) return item;
        list.push_back(std::move(*item));
    }
    return Value(std::move(list));
}

Result<Value> decode_map(bencode::ItemRange::Iterator at, bencode::ItemRange::Iterator end)
{
    Value::Map map;
    std::set<std::string_view> seen;
    while (at != end) {
        const auto key = (*at).string();
        if (!key || !seen.insert(*key).second || ++at == end) return not_a_value();
        auto value = decode(*at);
        if (!value) return value;
        map.append(std::string(*key), std::move(*value));
        ++at;
    }
    return Value(std::move(map));
}

// As deep as the parser allows.
Result<Value> decode(const bencode::Node& node)
{
    if (const auto integer = node.integer()) return Value(*integer);
    if (const auto text = node.string()) return decode_string(*text);
    if (!node.is_list()) return not_a_value();
    const auto items = node.items();
    auto at = items.begin();
    if (at == items.end()) return not_a_value();
    const auto mark = (*at).string();
    ++at;
    if (mark == list_mark) return decode_list(at, items.end());
    if (mark == map_mark) return decode_map(at, items.end());
    return not_a_value();
}

}  // namespace

Bytes value_octets(const Value& value)
{
    bencode::Writer writer;
    encode(writer, value);
    return writer.take();
}

Result<Value> value_from_octets(ByteView octets)
{
    const auto document = bencode::Document::parse(octets);
    if (!document) return document.error();
    return decode(document->root());
}

}  // namespace shoal::state
