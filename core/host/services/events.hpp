#pragma once

#include "control/schema.hpp"
#include "host/instance.hpp"
#include "host/services/catalog.hpp"

#include <shoal/abi/services.h>

#include <vector>

namespace shoal::host::services {

// What an instance tells everybody, and has said about it.
class EventsService final : public LentService {
public:
    static constexpr auto slot = Slot::events;

    explicit EventsService(InstanceState& state) : state_(state) {}

    const std::vector<control::EventSchema>& declared() const { return declared_; }

    shoal_status publish(shoal_text name, const shoal_value* payload);
    shoal_status declare(const shoal_event_schema* schema);

private:
    InstanceState& state_;
    std::vector<control::EventSchema> declared_;
};

}  // namespace shoal::host::services
