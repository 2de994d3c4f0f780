#include "host/services/guard.hpp"

#include <shoal/abi/services.h>
#include <shoal/utf8.hpp>
#include <shoal/value_crossing.hpp>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_name = 128;

class EventsService final : public LentService {
public:
    static constexpr auto slot = Slot::events;

    explicit EventsService(InstanceState& state) : state_(state) {}

    shoal_status publish(shoal_text raw_name, const shoal_value* payload)
    {
        const auto name = borrowed(raw_name, longest_name);
        if (!name || name->empty() || !is_valid_utf8(*name)) {
            return state_.bad_argument("events.publish", "the name is empty, too long or no UTF-8");
        }
        auto value =
            payload == nullptr ? Result<Value>(Value{}) : from_abi(*payload);
        if (!value) return state_.bad_argument("events.publish", value.error().text);
        if (!state_.can_start()) return SHOAL_E_STATE;
        if (auto* sink = state_.context().events) sink->publish(state_.speaker(), *name, *value);
        return SHOAL_OK;
    }

private:
    InstanceState& state_;
};

shoal_status publish(const shoal_host* host, shoal_text name, const shoal_value* payload)
{
    return on_strand<EventsService>(host, "events.publish",
                                    [&](EventsService& events) { return events.publish(name, payload); });
}

constexpr shoal_host_events_v1 table{sizeof table, 0, publish};

}  // namespace

const Service& events_service()
{
    static constexpr Service service{SHOAL_SERVICE_EVENTS, "", &table, make_lent<EventsService>};
    return service;
}

}  // namespace shoal::host::services
