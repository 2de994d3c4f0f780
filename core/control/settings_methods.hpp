#pragma once

#include "control/registry.hpp"
#include "control/settings.hpp"

#include <memory>

namespace shoal::control {

// While it lives, every face of the registry can list, get, set and reset the settings, and hears "settings.changed". Both outlive it. [loop]
class SettingsMethods {
public:
    SettingsMethods(Registry& registry, Settings& settings);
    SettingsMethods(const SettingsMethods&) = delete;
    SettingsMethods& operator=(const SettingsMethods&) = delete;
    ~SettingsMethods();

private:
    void offer_reading();
    void offer_writing();

    Registry& registry_;
    Settings& settings_;
    std::unique_ptr<Settings::Subscription> changes_;
};

}  // namespace shoal::control
