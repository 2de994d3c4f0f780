#pragma once

#include "host/settings.hpp"

#include <cstdint>
#include <string>
#include <utility>

// Settings of the storage `strain`.
namespace shoal::support {

// As bad as a disk may be without failing: whatever holds over the storage below holds over this.
inline host::SettingValues harmless_strain(const std::string& inner)
{
    return {{"inner", inner},
            {"seed", std::int64_t{5}},
            {"latency", std::int64_t{1'000}},
            {"jitter", std::int64_t{30'000}},
            {"short", std::int64_t{500}}};
}

// And with what else is said.
inline host::SettingValues strain(const std::string& inner, host::SettingValues more)
{
    more.merge(harmless_strain(inner));
    return more;
}

}  // namespace shoal::support
