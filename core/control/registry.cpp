#include "control/registry.hpp"

#include "control/alike.hpp"

#include <shoal/assert.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>

namespace shoal::control {

namespace {

// The answer that somebody still waits for. It knows no way but to be given, once.
class OwedAnswer {
public:
    OwedAnswer(const std::string& method, Registry::Answered done) : method_(method), done_(std::move(done)) {}
    OwedAnswer(OwedAnswer&&) noexcept = default;
    OwedAnswer& operator=(OwedAnswer&&) = delete;
    ~OwedAnswer()
    {
        if (done_) give(make_error(Errc::cancelled, fmt::format("{} ended before it answered", method_)));
    }

    void operator()(Result<Value> answer)
    {
        SHOAL_ASSERT(done_);
        give(std::move(answer));
    }

private:
    void give(Result<Value> answer) { std::exchange(done_, nullptr)(std::move(answer)); }

    std::string method_;
    Registry::Answered done_;
};

}  // namespace

struct Registry::Listeners {
    std::uint64_t last_number = 0;
    std::map<std::uint64_t, std::shared_ptr<const Heard>> by_number;  // one that hears may be destroyed meanwhile
};

Registry::Registry(Clock unix_time) : listeners_(std::make_shared<Listeners>()), unix_time_(std::move(unix_time)), hooks_(causes_) {}

void Registry::offer(MethodSchema schema, Handler handler, About about)
{
    SHOAL_ASSERT(handler && check_schema(schema) && check_rows(schema, about.rows));
    auto name = schema.name;
    auto method = std::make_shared<const Method>(Method{std::move(schema), std::move(handler), std::move(about)});
    const bool is_new = methods_.emplace(std::move(name), std::move(method)).second;
    SHOAL_ASSERT(is_new);
}

void Registry::withdraw(std::string_view method)
{
    if (const auto known = methods_.find(method); known != methods_.end()) methods_.erase(known);
}

const MethodSchema* Registry::find(std::string_view method) const
{
    const auto known = methods_.find(method);
    return known == methods_.end() ? nullptr : &known->second->schema;
}

const About& Registry::about(std::string_view method) const
{
    const auto known = methods_.find(method);
    SHOAL_ASSERT(known != methods_.end());
    return known->second->about;
}

std::vector<const MethodSchema*> Registry::methods() const
{
    std::vector<const MethodSchema*> all;
    for (const auto& [name, method] : methods_) all.push_back(&method->schema);
    return all;
}

void Registry::call(std::string_view name, Value::Map arguments, Answered done)
{
    const auto known = methods_.find(name);
    if (known == methods_.end()) {
        std::vector<std::string_view> names;
        for (const auto& [each, method] : methods_) names.push_back(each);
        return done(make_error(Errc::not_found, fmt::format("there is no method {}{}", quoted_name(name), suggestion(name, names))));
    }
    const auto method = known->second;
    auto complete = checked(method->schema, std::move(arguments));
    if (!complete) return done(complete.error());
    method->handler(*complete, OwedAnswer(method->schema.name, std::move(done)));
}

void Registry::declare(EventSchema schema, std::string plugin)
{
    SHOAL_ASSERT(check_schema(schema));
    auto name = schema.name;
    events_.insert_or_assign(std::move(name), Event{std::move(schema), std::move(plugin)});
}

std::vector<const EventSchema*> Registry::events() const
{
    std::vector<const EventSchema*> all;
    for (const auto& [name, event] : events_) all.push_back(&event.schema);
    return all;
}

std::string_view Registry::plugin_of(std::string_view event) const
{
    const auto known = events_.find(event);
    return known == events_.end() ? std::string_view() : known->second.plugin;
}

Registry::Subscription::Subscription(std::shared_ptr<Listeners> listeners, std::uint64_t number)
    : listeners_(std::move(listeners)), number_(number)
{}

Registry::Subscription::~Subscription()
{
    const auto unlisted = listeners_->by_number.extract(number_);  // before it is destroyed, which may end other subscriptions
}

std::unique_ptr<Registry::Subscription> Registry::subscribe(Heard heard)
{
    const auto number = ++listeners_->last_number;
    listeners_->by_number.emplace(number, std::make_shared<const Heard>(std::move(heard)));
    return std::unique_ptr<Subscription>(new Subscription(listeners_, number));
}

void Registry::publish(std::string_view event, Value::Map payload)
{
    ++told_;
    if (listeners_->by_number.empty()) return;
    payload.set("seq", told_);
    if (unix_time_) payload.set("time", unix_time_());
    payload.set("cause", causes_.now());
    const auto listeners = listeners_;  // who hears it may destroy the registry
    const auto last = listeners->last_number;  // who subscribes meanwhile hears the next
    auto at = listeners->by_number.begin();
    while (at != listeners->by_number.end() && at->first <= last) {
        const auto number = at->first;
        const auto heard = at->second;
        (*heard)(event, payload);
        at = listeners->by_number.upper_bound(number);
    }
}

}  // namespace shoal::control
