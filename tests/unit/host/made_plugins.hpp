#pragma once

#include <filesystem>

namespace shoal::host {

// The folder of the good ones and the bad ones that these tests are about.
inline const std::filesystem::path plugins = HOST_TEST_PLUGINS;

}  // namespace shoal::host
