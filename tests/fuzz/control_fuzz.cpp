#include "control/filter.hpp"
#include "control/json.hpp"

#include <shoal/assert.hpp>
#include <shoal/utf8.hpp>
#include <shoal/value_crossing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// What people and strangers type: JSON, and filters on what it says. The first line is a filter, the rest is JSON.
namespace {

using namespace shoal;
using namespace shoal::control;

constexpr std::size_t most_octets = 64 * 1024;

Value::Map read_json(std::string_view text)
{
    const auto value = from_json(text, most_octets);
    if (!value) {
        SHOAL_ASSERT(!value.error().text.empty() && is_valid_utf8(value.error().text));
        return {};
    }
    const auto again = from_json(to_json(*value), 8 * most_octets);
    SHOAL_ASSERT(again && *again == *value);
    const AbiValue crossing(*value);
    const auto back = from_abi(*crossing.pointer());
    SHOAL_ASSERT(back && *back == *value);
    return value->as_map() != nullptr ? *value->as_map() : Value::Map{};
}

void read_filter(std::string_view text, const Value::Map& fields)
{
    const auto filter = Filter::parse(text);
    if (!filter) {
        SHOAL_ASSERT(!filter.error().text.empty() && is_valid_utf8(filter.error().text) && filter.error().text.size() < 1024);
        return;
    }
    SHOAL_ASSERT(std::ranges::is_sorted(filter->fields()));
    const bool matches = filter->matches(fields);
    // Only what it asks for decides.
    Value::Map needed;
    for (const auto& path : filter->fields()) {
        const auto name = path.substr(0, path.find('.'));
        if (const auto* value = fields.find(name)) needed.set(name, *value);
    }
    SHOAL_ASSERT(filter->matches(needed) == matches);
    if (filter->fields().empty()) return;
    const auto contrary = Filter::parse("not (" + std::string(text) + ")");
    SHOAL_ASSERT(!contrary || contrary->matches(fields) != matches);  // it may be too deep
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(octets), size);
    const auto line = std::min(input.find('\n'), input.size());
    const auto fields = read_json(input.substr(std::min(line + 1, input.size())));
    read_filter(input.substr(0, line), fields);
    return 0;
}
