#include "client/own_settings.hpp"

#include "client/meta.hpp"
#include "client/options.hpp"
#include "control/alike.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace shoal::client {

using control::SettingSchema;
using control::Value;

namespace {

constexpr const char* rate = "octets a second";
constexpr const char* seconds = "seconds";

Error no_setting(const std::string& name)
{
    std::vector<std::string_view> names;
    for (const auto& schema : own_settings()) names.push_back(schema.name);
    names.emplace_back("priorities");
    names.emplace_back("meta");
    return make_error(Errc::invalid_argument, fmt::format("a torrent has no {}{}; it has {}", control::quoted_name(name),
                                                          suggestion(name, names), fmt::join(names, ", ")));
}

Result<Value> checked_priorities(const Value& value)
{
    if (value.as_map() != nullptr) return value;
    return make_error(Errc::invalid_argument, "priorities are a map of globs, or null");
}

Result<Value> checked_change(const std::string& name, const Value& value)
{
    if (name == "priorities") return value.is_null() ? Result<Value>(value) : checked_priorities(value);
    if (name == "meta") return checked_meta(value);
    const auto schema = std::ranges::find(own_settings(), name, &SettingSchema::name);
    if (schema == own_settings().end()) return no_setting(name);
    return value.is_null() ? Result<Value>(value) : control::checked(*schema, value);
}

}  // namespace

const std::vector<SettingSchema>& own_settings()
{
    static const std::vector<SettingSchema> all{
        {.name = "label", .fallback = "", .help = "a word of your own"},
        {.name = "down", .fallback = 0, .help = "most that comes in; 0: no limit", .least = 0, .most = 9e18, .unit = rate},
        {.name = "up", .fallback = 0, .help = "most that goes out; 0: no limit", .least = 0, .most = 9e18, .unit = rate},
        {.name = "pickers", .fallback = Value::List{}, .help = "plug-ins that choose what to ask for, asked in this order"},
        {.name = "choker", .fallback = "", .help = "plug-in that decides who may download from us"},
        {.name = "ratio", .fallback = 0.0, .help = "it stops when it gave so many times its size; 0: never", .least = 0, .most = 1e6},
        {.name = "seed_time", .fallback = 0, .help = "it stops after so much seeding; 0: never", .least = 0, .most = most_seconds, .unit = seconds},
        {.name = "idle_time", .fallback = 0, .help = "it stops when nobody took anything for so long; 0: never", .least = 0, .most = most_seconds,
         .unit = seconds},
    };
    return all;
}

Result<Value::Map> checked_changes(const Value::Map& changes)
{
    Value::Map checked;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto value = checked_change(changes.keys()[i], changes.values()[i]);
        if (!value) return value.error();
        checked.append(changes.keys()[i], std::move(*value));
    }
    return checked;
}

}  // namespace shoal::client
