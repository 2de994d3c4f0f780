#pragma once

#include "control/json.hpp"
#include "rpc/conversation.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shoal::rpc::test {

// A registry of methods that show what a conversation does with them.
struct Methods {
    control::Registry registry;
    std::vector<std::pair<std::string, control::Registry::Answered>> asleep;  // calls of test.sleep, by their name
    int pings = 0;

    Methods()
    {
        using Type = Value::Type;
        registry.offer({.name = "test.ping", .help = "answers pong"}, [this](const Value::Map&, auto done) {
            ++pings;
            done("pong");
        });
        registry.offer({.name = "test.echo",
                        .help = "answers what it was given",
                        .arguments = {{.name = "text", .type = Type::text, .help = "any", .is_required = true},
                                      {.name = "number", .type = Type::integer, .help = "any"},
                                      {.name = "octets", .type = Type::bytes, .help = "any"}}},
                       [](const Value::Map& arguments, auto done) { done(arguments); });
        registry.offer({.name = "test.fail", .help = "fails", .errors = {Errc::disk_full}},
                       [](const Value::Map&, auto done) { done(make_error(Errc::disk_full, "the disk is full")); });
        registry.offer({.name = "test.sleep",
                        .help = "answers when it is woken",
                        .arguments = {{.name = "name", .type = Type::text, .help = "any", .fallback = ""}}},
                       [this](const Value::Map& arguments, auto done) {
                           asleep.emplace_back(*arguments.find("name")->as_text(), std::move(done));
                       });
        registry.offer({.name = "test.flood",
                        .help = "answers at length",
                        .arguments = {{.name = "octets", .type = Type::integer, .help = "any", .is_required = true}}},
                       [](const Value::Map& arguments, auto done) {
                           done(std::string(static_cast<std::size_t>(*arguments.find("octets")->as_integer()), 'x'));
                       });
        registry.declare({.name = "test.happened", .help = "something happened"});
    }

    void wake(const std::string& name)
    {
        for (auto i = asleep.begin(); i != asleep.end(); ++i) {
            if (i->first != name) continue;
            auto done = std::move(i->second);
            asleep.erase(i);
            return done(name);
        }
        FAIL(name << " is not asleep");
    }
};

// One side of a conversation that says what it likes and hears the lines of the other.
struct Talk : Methods {
    explicit Talk(const ConversationLimits& limits = {}) { conversation.emplace(registry, limits, [this] { ++stirs; }); }

    void say(std::string_view text) { conversation->receive(as_bytes(text)); }

    // All that waits to be sent.
    std::string hear()
    {
        std::string all;
        while (!conversation->output().empty()) {
            all += as_text(conversation->output());
            conversation->sent(conversation->output().size());
        }
        return all;
    }

    std::string ask(std::string_view text)
    {
        say(std::string(text) + '\n');
        return hear();
    }

    int stirs = 0;
    std::optional<Conversation> conversation;
};

inline std::string request(std::string_view id, std::string_view method, std::string_view params = "{}")
{
    std::string line = R"({"jsonrpc":"2.0","id":)";
    line += id;
    line += R"(,"method":")";
    line += method;
    line += R"(","params":)";
    line += params;
    return line + "}";
}

// As the one who answers says it.
inline std::string answer(std::string_view id, std::string_view result)
{
    return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":)" + std::string(result) + "}\n";
}

// What of an error a program reads: its code and name; empty when the line is no error.
inline std::string fault(const std::string& line)
{
    const auto message = control::from_json(line, 1 << 20);
    const auto* error = message && message->as_map() != nullptr ? message->as_map()->find("error") : nullptr;
    if (error == nullptr || error->as_map() == nullptr) return {};
    const auto& map = *error->as_map();
    return control::to_json(*map.find("code")) + " " + *map.find("data")->as_map()->find("name")->as_text();
}

inline std::string text_of_fault(const std::string& line)
{
    return *control::from_json(line, 1 << 20)->as_map()->find("error")->as_map()->find("message")->as_text();
}

}  // namespace shoal::rpc::test
