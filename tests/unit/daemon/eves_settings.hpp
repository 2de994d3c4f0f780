#pragma once

#include "control/settings.hpp"
#include "daemon/daemon_settings.hpp"

namespace shoal::daemon {

// All that a daemon has, of somebody who set nothing.
struct EvesSettings : control::Settings {
    EvesSettings() { declare_settings(*this, folders({{"HOME", "/home/eve"}})); }
};

}  // namespace shoal::daemon
