#include "host/services/guard.hpp"

#include <shoal/abi/services.h>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_setting_name = 255;

class SettingsService final : public LentService {
public:
    static constexpr auto slot = Slot::settings;

    explicit SettingsService(InstanceState& state) : state_(state) {}

    // What `take` makes of the value: a pointer into it, or null when it is of another type.
    template <class Take, class Out>
    shoal_status read(shoal_text name, Out* out, const char* function, Take&& take)
    {
        const auto known_name = borrowed(name, longest_setting_name);
        if (!known_name || out == nullptr) return state_.bad_argument(function, "name or value is NULL");
        const auto& values = state_.context().settings;
        const auto found = values.find(*known_name);
        if (found == values.end()) return SHOAL_E_NOT_FOUND;
        return take(found->second) ? SHOAL_OK : SHOAL_E_ARGUMENT;
    }

private:
    InstanceState& state_;
};

shoal_status integer(const shoal_host* host, shoal_text name, std::int64_t* value)
{
    return on_strand<SettingsService>(host, "settings.integer", [&](SettingsService& settings) {
        return settings.read(name, value, "settings.integer", [&](const control::Value& found) {
            if (const auto* flag = found.as_bool()) *value = *flag ? 1 : 0;
            if (const auto* number = found.as_integer()) *value = *number;
            return found.as_bool() != nullptr || found.as_integer() != nullptr;
        });
    });
}

shoal_status real(const shoal_host* host, shoal_text name, double* value)
{
    return on_strand<SettingsService>(host, "settings.real", [&](SettingsService& settings) {
        return settings.read(name, value, "settings.real", [&](const control::Value& found) {
            if (const auto* number = found.as_real()) *value = *number;
            return found.as_real() != nullptr;
        });
    });
}

shoal_status text(const shoal_host* host, shoal_text name, shoal_text* value)
{
    return on_strand<SettingsService>(host, "settings.text", [&](SettingsService& settings) {
        return settings.read(name, value, "settings.text", [&](const control::Value& found) {
            if (const auto* string = found.as_text()) *value = to_abi(*string);
            return found.as_text() != nullptr;
        });
    });
}

constexpr shoal_host_settings_v1 settings_table{sizeof settings_table, 0, integer, real, text};

}  // namespace

const Service& settings_service()
{
    static constexpr Service service{SHOAL_SERVICE_SETTINGS, "", &settings_table, make_lent<SettingsService>};
    return service;
}

}  // namespace shoal::host::services
