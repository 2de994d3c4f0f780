#pragma once

#include "control/settings_schema.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::control {

// All settings of a process and who said what about each: the default, the settings file, the environment, a flag, or somebody at run
// time; the later of them wins, and what they cover comes back when they say nothing any more. Values are checked before anybody
// sees them. After start() a setting that is not live keeps its value; what was said about it waits for the next start. [loop]
class Settings {
public:
    enum class Layer { fallback, file, environment, flag, run_time };

    struct Given {
        std::string name;
        Value value;
        std::string origin;  // "/etc/shoal.toml line 12", "environment SHOAL_RATES_DOWN", "--set rates.down"
    };
    struct Change {
        std::string name;
        Value value;              // what it is to be
        std::string origin;
        bool is_waiting = false;  // at the next start; until then it is what it was
    };
    using Changed = std::function<void(const Change&)>;
    class Subscription;

    Settings();
    Settings(const Settings&) = delete;
    Settings& operator=(const Settings&) = delete;
    ~Settings();

    // The name is new, the fallback fits.
    void declare(SettingSchema schema);
    // Something more that its texts have to be, from now on. What is in force stays.
    void check_also(std::string_view name, std::function<Result<void>(std::string_view)> check);
    const SettingSchema* find(std::string_view name) const;
    // "rates", as there is "rates.down".
    bool is_group(std::string_view name) const;
    // In the order of their declaration.
    std::vector<const SettingSchema*> schemas() const;

    // Replaces all that a layer says; of two that say the same the later counts. When anything is wrong nothing changes, and the error
    // (invalid_argument) has a line for each, with its origin.
    Result<void> lay(Layer layer, const std::vector<Given>& given);
    // At run time. Errors: not_found, which names what is most alike; invalid_argument.
    Result<void> set(std::string_view name, const Value& value);
    // What was set at run time is so no more. Errors: not_found.
    Result<void> reset(std::string_view name);
    // What was set at run time, for whoever keeps it.
    Value::Map run_time_values() const;

    // Those who read settings have begun.
    void start();

    // What is in force. The setting was declared and is of that type.
    const Value& value(std::string_view name) const;
    bool flag(std::string_view name) const;
    std::int64_t integer(std::string_view name) const;
    double real(std::string_view name) const;
    const std::string& text(std::string_view name) const;
    std::vector<std::string> texts(std::string_view name) const;

    // What it will be after the next start, and who said so: "default", "set at run time" …
    const Value& coming_value(std::string_view name) const;
    const std::string& origin(std::string_view name) const;
    bool is_default(std::string_view name) const;  // nobody said anything, not even the same
    bool is_waiting(std::string_view name) const;

    // Hears every change once, all values being in place, until the subscription is destroyed; which may happen while it hears one. It may
    // set settings: that is told afterwards.
    [[nodiscard]] std::unique_ptr<Subscription> on_change(Changed changed);

    // What an unknown name is answered with.
    Error unknown(std::string_view name) const;

private:
    struct Said {
        Value value;
        std::string origin;
    };
    struct Entry {
        SettingSchema schema;
        std::array<std::optional<Said>, 5> said{};
        Value in_force{};

        const Said& top() const;
    };
    struct Listeners;

    const Entry& entry(std::string_view name) const;
    Result<std::vector<std::optional<Said>>> checked_layer(const std::vector<Given>& given) const;
    void put(Entry& entry, Layer layer, std::optional<Said> said);
    void tell();

    std::deque<Entry> entries_;
    std::map<std::string, std::size_t, std::less<>> index_;
    std::deque<Change> untold_;
    std::shared_ptr<Listeners> listeners_;
    bool is_started_ = false;
    bool is_telling_ = false;
};

class Settings::Subscription {
public:
    Subscription(const std::shared_ptr<Listeners>& listeners, std::shared_ptr<Changed> own);
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription();

private:
    std::weak_ptr<Listeners> listeners_;
    std::shared_ptr<Changed> own_;
};

}  // namespace shoal::control
