#pragma once

#include "control/schema.hpp"

#include <shoal/unique_function.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace shoal::control {

// The one list of what can be asked for and what is told: the command line, scripts, RPC and the C API are faces of it. [loop]
class Registry {
public:
    using Answered = UniqueFunction<void(Result<Value>)>;
    // The arguments are checked and complete. Answers once, now or later; a handler that is destroyed unanswered answers `cancelled`.
    using Handler = std::function<void(const Value::Map& arguments, Answered done)>;
    using Heard = std::function<void(std::string_view event, const Value::Map& payload)>;

    // The name is new.
    void offer(MethodSchema schema, Handler handler);
    void withdraw(std::string_view method);
    const MethodSchema* find(std::string_view method) const;
    // In the order of their names.
    std::vector<const MethodSchema*> methods() const;

    // `done` may come inline. Errors besides the method's own: not_found, which names what is most alike; invalid_argument.
    void call(std::string_view method, Value::Map arguments, Answered done);

    // Says what an event is like, for the reference; others may be published as well (those of plug-ins).
    void declare(EventSchema schema);
    std::vector<const EventSchema*> events() const;

    // Hears every event until the subscription is destroyed, which may happen while it hears one.
    class Subscription;
    [[nodiscard]] std::unique_ptr<Subscription> subscribe(Heard heard);
    void publish(std::string_view event, const Value::Map& payload);

private:
    struct Method {
        MethodSchema schema;
        Handler handler;
    };
    struct Listeners;

    std::map<std::string, Method, std::less<>> methods_;
    std::map<std::string, EventSchema, std::less<>> events_;
    std::shared_ptr<Listeners> listeners_;
};

}  // namespace shoal::control
