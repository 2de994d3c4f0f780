#include "host/services/events.hpp"

#include "host/services/guard.hpp"
#include "host/services/schema.hpp"

#include <shoal/utf8.hpp>
#include <shoal/value_crossing.hpp>

#include <algorithm>
#include <utility>

namespace shoal::host::services {

namespace {
constexpr std::uint64_t longest_event_name = 128;
constexpr std::size_t most_events = 256;
}  // namespace

shoal_status EventsService::publish(shoal_text raw_name, const shoal_value* payload)
{
    const auto name = borrowed(raw_name, longest_event_name);
    if (!name || name->empty() || !is_valid_utf8(*name)) {
        return state_.bad_argument("events.publish", "the name is empty, too long or no UTF-8");
    }
    auto value = payload == nullptr ? Result<Value>(Value{}) : from_abi(*payload);
    if (!value) return state_.bad_argument("events.publish", value.error().text);
    if (!state_.can_start()) return SHOAL_E_STATE;
    if (auto* sink = state_.context().events) sink->publish(state_.speaker(), *name, *value);
    return SHOAL_OK;
}

shoal_status EventsService::declare(const shoal_event_schema* raw)
{
    auto schema = read_schema(raw);
    if (!schema) return state_.bad_argument("events.declare", schema.error().text);
    if (state_.phase() != InstanceState::Phase::creating) return SHOAL_E_STATE;
    if (declared_.size() == most_events) return SHOAL_E_LIMIT;
    const bool is_new = std::ranges::find(declared_, schema->name, &control::EventSchema::name) == declared_.end();
    if (!is_new) return state_.bad_argument("events.declare", "the event is declared already");
    declared_.push_back(std::move(*schema));
    return SHOAL_OK;
}

namespace {

shoal_status publish(const shoal_host* host, shoal_text name, const shoal_value* payload)
{
    return on_strand<EventsService>(host, "events.publish",
                                    [&](EventsService& events) { return events.publish(name, payload); });
}

shoal_status declare(const shoal_host* host, const shoal_event_schema* schema)
{
    return on_strand<EventsService>(host, "events.declare", [&](EventsService& events) { return events.declare(schema); });
}

constexpr shoal_host_events_v1 events_table{sizeof events_table, 0, publish, declare};

}  // namespace

const Service& events_service()
{
    static constexpr Service service{SHOAL_SERVICE_EVENTS, "", &events_table, make_lent<EventsService>};
    return service;
}

}  // namespace shoal::host::services
