#pragma once

#include "control/value.hpp"

#include <shoal/result.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::control {

// What a setting is called, may be and is for: enough to check it, to list it and to write the reference.
struct SettingSchema {
    std::string name;  // "rates.down": words of a-z, 0-9, '_' and '-', joined by dots
    // What counts when nobody says otherwise; its type is the setting's: bool, int, real, text, or a list of texts.
    Value fallback;
    std::string help;  // a line without a full stop
    bool is_live = false;  // else a change counts from the next start on
    std::optional<double> least{};
    std::optional<double> most{};
    std::string unit{};  // "octets", "octets a second" and "seconds" are also read as people write them; any other is only said
    std::vector<std::string> choices{};                 // of a text, and of a list's items; none: any
    std::function<Result<void>(std::string_view)> check{};  // what more there is to say about a text, and about a list's items
};

// The value as it will be read, if it is one for this setting. A text is read as one that was typed ("10 MiB", "yes", "dht, lsd").
// Errors: invalid_argument, with the setting's name and what to write instead.
Result<Value> checked(const SettingSchema& schema, const Value& value);

// "a whole number from 1 to 5", "true or false" …
std::string expectation(const SettingSchema& schema);

// "rates.down" -> "SHOAL_RATES_DOWN"
std::string environment_name(std::string_view setting);

}  // namespace shoal::control
