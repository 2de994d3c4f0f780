#pragma once

#include "control/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What is kept with a torrent for nobody but its client, read with tolerance: what is not there or of another type is nothing.
namespace shoal::client {

// Of a limit in seconds: more than a hundred years, and far from what a count of nanoseconds holds.
inline constexpr double most_seconds = 4e9;

std::uint64_t number_in(const control::Value::Map& options, std::string_view name);
std::vector<std::string> texts_in(const control::Value::Map& options, std::string_view name);
control::Value::Map map_in(const control::Value::Map& options, std::string_view name);
// Of a map whose keys are numbers of files: paths, priorities.
std::map<std::uint32_t, std::string> texts_by_file(const control::Value::Map& options, std::string_view name);
control::Value::Map map_of(const std::map<std::uint32_t, std::string>& texts);

// How far a torrent was when it was last in the session: which files are wanted is known there alone.
struct Reached {
    std::uint64_t wanted = 0;  // octets
    std::uint64_t done = 0;    // of them
    std::uint64_t pieces = 0;  // that were there then, wanted or not

    bool operator==(const Reached&) const = default;
};
std::optional<Reached> reached_in(const control::Value::Map& options);
control::Value::Map with_reached(const control::Value::Map& options, const std::optional<Reached>& reached);

control::Value::Map without(const control::Value::Map& options, std::string_view name);

}  // namespace shoal::client
