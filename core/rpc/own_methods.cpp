#include "rpc/own_methods.hpp"

#include "control/description.hpp"

#include <shoal/name_glob.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace shoal::rpc {

using control::MethodSchema;
using control::Value;

namespace {

constexpr std::size_t longest_glob = 128;
constexpr std::size_t longest_client = 64;

const std::array<MethodSchema, 4>& own_methods()
{
    static const std::array<MethodSchema, 4> methods = {{
        {.name = std::string(describe_method),
         .help = "what can be called and heard, with arguments, answers and errors",
         .arguments = {{.name = "name", .type = Value::Type::text, .help = "one method; otherwise all, and all events"}},
         .answer = "a map of the lists `methods` and `events`, or the one method",
         .errors = {Errc::not_found}},
        {.name = std::string(subscribe_method),
         .help = "sends events from now on as notifications, beside those that are sent already",
         .arguments = {{.name = "events",
                        .type = Value::Type::list,
                        .help = "globs of their names, like \"torrent.*\"",
                        .is_required = true}},
         .answer = "all globs that count now",
         .errors = {Errc::limit_exceeded}},
        {.name = std::string(unsubscribe_method),
         .help = "sends no more of these events",
         .arguments = {{.name = "events", .type = Value::Type::list, .help = "globs as they were given; otherwise all"}},
         .answer = "all globs that count now"},
        {.name = std::string(introduce_method),
         .help = "says who calls from now on: what comes of it is told with the cause rpc:NAME",
         .arguments = {{.name = "client", .type = Value::Type::text, .help = "the program's name", .is_required = true}},
         .answer = "the cause"},
    }};
    return methods;
}

Result<std::vector<std::string>> texts_of(const Value::List& globs)
{
    std::vector<std::string> texts;
    for (const auto& glob : globs) {
        const auto* text = glob.as_text();
        if (text == nullptr || text->empty() || text->size() > longest_glob) {
            return make_error(Errc::invalid_argument,
                              fmt::format("'events' are texts of 1 to {} octets, like \"torrent.*\"", longest_glob));
        }
        if (std::ranges::find(texts, *text) == texts.end()) texts.push_back(*text);
    }
    return texts;
}

}  // namespace

Result<std::string> cause_of(const std::string& client)
{
    if (client.empty() || client.size() > longest_client || printable(client) != client) {
        return make_error(Errc::invalid_argument, fmt::format("'client' is a name of 1 to {} octets that can be printed", longest_client));
    }
    return client == command_line ? "user" : "rpc:" + client;
}

const MethodSchema* own_method(std::string_view name)
{
    const auto found = std::ranges::find(own_methods(), name, &MethodSchema::name);
    return found != own_methods().end() ? &*found : nullptr;
}

Result<void> Subscriptions::add(const Value::List& globs)
{
    if (globs.size() > most_) {
        return make_error(Errc::limit_exceeded, fmt::format("at most {} globs of events are kept", most_));
    }
    auto texts = texts_of(globs);
    if (!texts) return texts.error();
    std::erase_if(*texts, [&](const auto& text) { return std::ranges::find(globs_, text) != globs_.end(); });
    if (globs_.size() + texts->size() > most_) {
        return make_error(Errc::limit_exceeded, fmt::format("at most {} globs of events are kept", most_));
    }
    globs_.insert(globs_.end(), texts->begin(), texts->end());
    return {};
}

Result<void> Subscriptions::remove(const Value* globs)
{
    if (globs == nullptr) {
        globs_.clear();
        return {};
    }
    const auto texts = texts_of(*globs->as_list());
    if (!texts) return texts.error();
    std::erase_if(globs_, [&](const auto& glob) { return std::ranges::find(*texts, glob) != texts->end(); });
    return {};
}

bool Subscriptions::matches(std::string_view event) const
{
    return std::ranges::any_of(globs_, [&](const auto& glob) { return matches_name(glob, event); });
}

Value Subscriptions::to_value() const
{
    return Value::List(globs_.begin(), globs_.end());
}

Result<Value> describe(const control::Registry& registry, const std::string& name)
{
    if (!name.empty()) {
        if (const auto* own = own_method(name)) return control::description_of(*own);
        const auto* method = registry.find(name);
        if (method == nullptr) return make_error(Errc::not_found, fmt::format("there is no method '{}'", name));
        return control::description_of(*method, registry.about(name));
    }
    Value::List methods;
    for (const auto* method : registry.methods()) methods.push_back(control::description_of(*method, registry.about(method->name)));
    for (const auto& method : own_methods()) methods.push_back(control::description_of(method));
    Value::List events;
    for (const auto* event : registry.events()) events.push_back(control::description_of(*event, registry.plugin_of(event->name)));
    Value::Map all;
    all.append("methods", std::move(methods));
    all.append("events", std::move(events));
    return Value(std::move(all));
}

}  // namespace shoal::rpc
