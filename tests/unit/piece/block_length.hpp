#pragma once

#include <shoal/geometry.hpp>

#include <cstdint>

inline constexpr std::uint32_t block = shoal::Geometry::block_size;
