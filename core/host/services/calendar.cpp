#include "host/services/guard.hpp"

#include <shoal/abi/services.h>

namespace shoal::host::services {

namespace {

class CalendarService final : public LentService {
public:
    static constexpr auto slot = Slot::calendar;

    explicit CalendarService(InstanceState& state) : loop_(state.environment().loop) {}

    std::int64_t unix_time() const { return loop_.unix_time(); }

private:
    const environment::Loop& loop_;
};

std::int64_t unix_time(const shoal_host* host)
{
    std::int64_t seconds = 0;
    on_strand<CalendarService>(host, "calendar.unix_time", [&](const CalendarService& calendar) {
        seconds = calendar.unix_time();
        return SHOAL_OK;
    });
    return seconds;
}

constexpr shoal_host_calendar_v1 calendar_table{sizeof calendar_table, 0, unix_time};

}  // namespace

const Service& calendar_service()
{
    static constexpr Service service{SHOAL_SERVICE_CALENDAR, "", &calendar_table, make_lent<CalendarService>};
    return service;
}

}  // namespace shoal::host::services
