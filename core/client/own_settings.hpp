#pragma once

#include "control/settings_schema.hpp"

#include <vector>

namespace shoal::client {

// What may be set for one torrent alone, read as the daemon's settings are: "10MiB" and "2h" are numbers.
const std::vector<control::SettingSchema>& own_settings();

// The changes of torrents.set as they are kept: each is one of own_settings(), `priorities` (a map of globs) or `meta` (one of keys), and null takes it back.
// Errors: invalid_argument, with its name and what to write.
Result<control::Value::Map> checked_changes(const control::Value::Map& changes);

}  // namespace shoal::client
