#pragma once

#include "control/causes.hpp"
#include "control/hooks.hpp"
#include "control/schema.hpp"

#include <shoal/unique_function.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::control {

// What there is to say of a method beyond its schema.
struct About {
    std::string plugin{};  // whose it is; empty: ours
    // What is in each map of the answer, for those who filter and complete: the required ones always are. "limits.down" is in a map of
    // its own. None: it is not said.
    std::vector<Field> rows{};
};

// The one list of what can be asked for and what is told: the command line, scripts, RPC and the C API are faces of it. [loop]
class Registry {
    struct Listeners;

public:
    using Answered = UniqueFunction<void(Result<Value>)>;
    // The arguments are checked and complete. Answers once, now or later; a handler that is destroyed unanswered answers `cancelled`.
    using Handler = std::function<void(const Value::Map& arguments, Answered done)>;
    using Heard = std::function<void(std::string_view event, const Value::Map& payload)>;
    using Clock = std::function<std::int64_t()>;  // seconds since 1970; may jump

    // Without a clock events have no time.
    explicit Registry(Clock unix_time = {});
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    // The name is new, and the schema makes sense.
    void offer(MethodSchema schema, Handler handler, About about = {});
    void withdraw(std::string_view method);
    const MethodSchema* find(std::string_view method) const;
    // Of one that there is.
    const About& about(std::string_view method) const;
    // In the order of their names.
    std::vector<const MethodSchema*> methods() const;

    // `done` may come inline. Errors besides the method's own: not_found, which names what is most alike; invalid_argument.
    void call(std::string_view method, Value::Map arguments, Answered done);

    // Says what an event is like, for the reference, and which plug-in's it is; others may be published as well. The last word on a
    // name counts.
    void declare(EventSchema schema, std::string plugin = {});
    std::vector<const EventSchema*> events() const;
    // Whose event that is; empty: ours, or nobody has declared it.
    std::string_view plugin_of(std::string_view event) const;

    // Hears every event until the subscription is destroyed, which may happen while it hears one, and after the registry's end.
    class Subscription {
    public:
        ~Subscription();
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;

    private:
        friend class Registry;
        Subscription(std::shared_ptr<Listeners> listeners, std::uint64_t number);

        std::shared_ptr<Listeners> listeners_;
        std::uint64_t number_;
    };
    [[nodiscard]] std::unique_ptr<Subscription> subscribe(Heard heard);
    // Tells it with `seq` (1, 2, 3 … of this registry, also of what nobody heard), `time` and `cause`. A payload's own fields of these names
    // give way: nobody says of himself that he is somebody else. When nobody listens nothing is made.
    void publish(std::string_view event, Value::Map payload);

    // Who acts now: a call is made by whoever acts when it is made.
    const Causes& causes() const { return causes_; }

    // What is asked before it happens.
    Hooks& hooks() { return hooks_; }
    const Hooks& hooks() const { return hooks_; }

private:
    struct Method {
        MethodSchema schema;
        Handler handler;
        About about;
    };
    struct Event {
        EventSchema schema;
        std::string plugin;
    };

    std::map<std::string, std::shared_ptr<const Method>, std::less<>> methods_;  // one that is called may be withdrawn meanwhile
    std::map<std::string, Event, std::less<>> events_;
    std::shared_ptr<Listeners> listeners_;
    Clock unix_time_;
    std::int64_t told_ = 0;
    Causes causes_;
    Hooks hooks_;
};

}  // namespace shoal::control
