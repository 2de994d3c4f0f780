#pragma once

#include "control/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Answers of the daemon for people. What strangers put into them is shown, never obeyed.
namespace shoal::cli {

// One value, by the name it has: a size, a rate, a time …
std::string field_text(std::string_view name, const control::Value& value);
// Of a map a line for each of its fields, of a list a table, of anything else itself; each with its end.
std::string plain_text(const control::Value& value, std::optional<unsigned> width);
// A text of many lines: of each what a terminal may be told.
std::string page_text(const std::string& text);
// A table with a heading, of a list of maps. Columns: none: all there are. What is too wide is cut; columns that do not fit then are left out.
std::string table_text(const control::Value::List& rows, const std::vector<std::string>& columns, std::optional<unsigned> width);
// The columns that matter, as long as the torrents have them.
std::vector<std::string> torrent_columns(const control::Value::List& torrents);
std::string methods_text(const control::Value& methods);
// "torrent.finished  torrent=… name=…"
std::string event_text(std::string_view event, const control::Value::Map& payload);

}  // namespace shoal::cli
