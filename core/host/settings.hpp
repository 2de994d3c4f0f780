#pragma once

#include "control/value.hpp"
#include "host/manifest.hpp"

#include <map>
#include <string>

namespace shoal::host {

using SettingValues = std::map<std::string, control::Value, std::less<>>;

// `given` checked against the manifest, with the defaults for what was not given: what an instance sees.
// Errors: invalid_argument, naming the setting, what it may be, and for an unknown one what there is.
Result<SettingValues> complete_settings(const Manifest& manifest, const SettingValues& given);

// The same for one value. An integer is taken where a real is declared.
Result<control::Value> checked_setting(const SettingSchema& schema, const control::Value& value);

// A value typed by a user ("4", "true", "0.5", "text").
Result<control::Value> parse_setting(const SettingSchema& schema, std::string_view text);

}  // namespace shoal::host
