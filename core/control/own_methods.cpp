#include "control/own_methods.hpp"

#include "control/alike.hpp"
#include "control/description.hpp"

#include <string>
#include <utility>
#include <vector>

namespace shoal::control {

namespace {

// All, or the one that `arguments` names.
template <class Schema, class Describe>
Result<Value> listed(const std::vector<const Schema*>& all, const Value::Map& arguments, std::string_view what, Describe describe)
{
    const auto* name = arguments.find("name");
    Value::List list;
    std::vector<std::string_view> names;
    for (const auto* each : all) {
        names.push_back(each->name);
        if (name == nullptr || each->name == *name->as_text()) list.push_back(describe(*each));
    }
    if (name == nullptr || !list.empty()) return Value(std::move(list));
    return make_error(Errc::not_found, std::string("there is no ") + std::string(what) + " " + quoted_name(*name->as_text())
                                           + suggestion(*name->as_text(), names));
}

MethodSchema list_schema(std::string name, std::string help, std::string answer)
{
    return {.name = std::move(name),
            .help = std::move(help),
            .arguments = {{.name = "name", .type = Value::Type::text, .help = "only this one"}},
            .answer = std::move(answer),
            .errors = {Errc::not_found}};
}

}  // namespace

void offer_own_methods(Registry& registry)
{
    registry.offer(list_schema("methods.list", "what can be asked for",
                               "a list by name: name, help, arguments (name, type, help, required, default, choices), answer, errors; rows (as "
                               "arguments) where it is known what each map of the answer holds; plugin, where it is one's"),
                   [&registry](const Value::Map& arguments, Registry::Answered done) {
                       done(listed(registry.methods(), arguments, "method", [&](const MethodSchema& method) {
                           return description_of(method, registry.about(method.name));
                       }));
                   });
    registry.offer(list_schema("events.list", "what is told", "a list by name: name, help, fields (as the arguments of methods); plugin, where it is one's"),
                   [&registry](const Value::Map& arguments, Registry::Answered done) {
                       done(listed(registry.events(), arguments, "event", [&](const EventSchema& event) {
                           return description_of(event, registry.plugin_of(event.name));
                       }));
                   });
    registry.offer(list_schema("hooks.list", "what is asked before it happens", "a list by name: name, help, fields (as the arguments of methods)"),
                   [&registry](const Value::Map& arguments, Registry::Answered done) {
                       done(listed(registry.hooks().declared(), arguments, "hook", [](const EventSchema& hook) { return description_of(hook); }));
                   });
}

}  // namespace shoal::control
