#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace shoal::control {

// A stranger's name in an error: in quotes, printable, cut after 64 characters.
std::string quoted_name(std::string_view name);

// Which of the names was meant, if one is so much alike that a slip of the fingers explains it.
std::optional<std::string_view> most_alike(std::string_view typed, std::span<const std::string_view> names);

// "; did you mean 'x'?", or nothing.
std::string suggestion(std::string_view typed, std::span<const std::string_view> names);

}  // namespace shoal::control
