#include "control/settings_methods.hpp"

#include <utility>

namespace shoal::control {

namespace {

using Type = Value::Type;

constexpr const char* description = "name, value, default, origin, is_live, type, help; is_waiting with coming_value: at the next start";

// All that is to be said about one setting.
Value::Map described(const Settings& settings, const SettingSchema& schema)
{
    Value::Map map;
    map.append("name", schema.name);
    map.append("value", settings.value(schema.name));
    map.append("default", schema.fallback);
    map.append("origin", settings.origin(schema.name));
    map.append("is_live", schema.is_live);
    map.append("is_waiting", settings.is_waiting(schema.name));
    if (settings.is_waiting(schema.name)) map.append("coming_value", settings.coming_value(schema.name));
    map.append("type", type_name(schema.fallback.type()));
    map.append("expectation", expectation(schema));
    if (!schema.choices.empty()) map.append("choices", Value::List(schema.choices.begin(), schema.choices.end()));
    map.append("help", schema.help);
    return map;
}

Result<Value> described(const Settings& settings, const std::string& name)
{
    const auto* schema = settings.find(name);
    if (schema == nullptr) return settings.unknown(name);
    return Value(described(settings, *schema));
}

const std::string& text_of(const Value::Map& arguments, std::string_view name)
{
    return *arguments.find(name)->as_text();
}

Field name_field()
{
    return {.name = "name", .type = Type::text, .help = "of the setting: rates.down", .is_required = true};
}

EventSchema changed_event()
{
    return {.name = "settings.changed",
            .help = "a setting got another value",
            .fields = {{.name = "name", .type = Type::text, .help = "of the setting", .is_required = true},
                       {.name = "value", .type = Type::null, .help = "what it is to be", .is_required = true},
                       {.name = "origin", .type = Type::text, .help = "who said so", .is_required = true},
                       {.name = "is_waiting", .type = Type::boolean, .help = "only at the next start", .is_required = true}}};
}

}  // namespace

SettingsMethods::SettingsMethods(Registry& registry, Settings& settings) : registry_(registry), settings_(settings)
{
    offer_reading();
    offer_writing();
    registry_.declare(changed_event());
    changes_ = settings_.on_change([this](const Settings::Change& change) {
        Value::Map payload;
        payload.append("name", change.name);
        payload.append("value", change.value);
        payload.append("origin", change.origin);
        payload.append("is_waiting", change.is_waiting);
        registry_.publish("settings.changed", payload);
    });
}

SettingsMethods::~SettingsMethods()
{
    for (const auto* method : {"settings.list", "settings.get", "settings.set", "settings.reset"}) registry_.withdraw(method);
}

void SettingsMethods::offer_reading()
{
    registry_.offer({.name = "settings.list",
                     .help = "all settings, what they are, and who said so",
                     .arguments = {{.name = "prefix", .type = Type::text, .help = "only those whose names begin so", .fallback = ""}},
                     .answer = std::string("a list of maps: ") + description},
                    [this](const Value::Map& arguments, Registry::Answered done) {
                        Value::List all;
                        for (const auto* schema : settings_.schemas()) {
                            if (schema->name.starts_with(text_of(arguments, "prefix"))) all.emplace_back(described(settings_, *schema));
                        }
                        done(Value(std::move(all)));
                    });
    registry_.offer({.name = "settings.get",
                     .help = "one setting",
                     .arguments = {name_field()},
                     .answer = std::string("a map: ") + description,
                     .errors = {Errc::not_found}},
                    [this](const Value::Map& arguments, Registry::Answered done) {
                        done(described(settings_, text_of(arguments, "name")));
                    });
}

void SettingsMethods::offer_writing()
{
    const auto changed = [this](const Result<void>& change, const std::string& name) -> Result<Value> {
        if (!change) return change.error();
        return described(settings_, name);
    };
    registry_.offer({.name = "settings.set",
                     .help = "changes a setting, above what file, environment and flags say",
                     .arguments = {name_field(),
                                   {.name = "value",
                                    .type = Type::null,
                                    .help = "a text is read as in the settings file: \"10 MiB\"",
                                    .is_required = true}},
                     .answer = "the setting as it is now, as settings.get says it",
                     .errors = {Errc::not_found, Errc::invalid_argument}},
                    [this, changed](const Value::Map& arguments, Registry::Answered done) {
                        const auto& name = text_of(arguments, "name");
                        done(changed(settings_.set(name, *arguments.find("value")), name));
                    });
    registry_.offer({.name = "settings.reset",
                     .help = "forgets what was set at run time: file, environment and flags count again",
                     .arguments = {name_field()},
                     .answer = "the setting as it is now, as settings.get says it",
                     .errors = {Errc::not_found}},
                    [this, changed](const Value::Map& arguments, Registry::Answered done) {
                        const auto& name = text_of(arguments, "name");
                        done(changed(settings_.reset(name), name));
                    });
}

}  // namespace shoal::control
