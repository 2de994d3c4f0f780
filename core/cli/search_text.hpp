#pragma once

#include "control/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

// What `feeds.search` answers, for people.
namespace shoal::cli {

// A numbered table, what did not answer, and with `has_urls` what each line is added by. `now` is unix time.
std::string search_text(const control::Value& answer, std::optional<unsigned> width, bool has_urls, std::int64_t now);
// What line `number`, from 1, is added by. None: there is no such line, or nothing to add it by.
std::optional<std::string> found_source(const control::Value& answer, std::size_t number);

}  // namespace shoal::cli
