#include "host/services/catalog.hpp"

namespace shoal::host::services {

const Service& service_of(Slot slot)
{
    switch (slot) {
    case Slot::timer: return timer_service();
    case Slot::random: return random_service();
    case Slot::calendar: return calendar_service();
    case Slot::settings: return settings_service();
    case Slot::torrent: return torrent_service();
    case Slot::events: return events_service();
    case Slot::metrics: return metrics_service();
    case Slot::workers: return workers_service();
    case Slot::resolver: return resolver_service();
    case Slot::udp: return udp_service();
    case Slot::http: return http_service();
    case Slot::http_server: return http_server_service();
    case Slot::store: return store_service();
    case Slot::extension: return extension_service();
    case Slot::storage: return storage_service();
    case Slot::methods: return methods_service();
    case Slot::control: return control_service();
    case Slot::source: return source_service();
    case Slot::discovery: return discovery_service();
    case Slot::tracker: break;
    }
    return tracker_service();
}

const Service* find_service(std::string_view id, Slot& slot)
{
    for (std::size_t i = 0; i < slot_count; ++i) {
        const auto& service = service_of(static_cast<Slot>(i));
        if (service.id != id) continue;
        slot = static_cast<Slot>(i);
        return &service;
    }
    return nullptr;
}

}  // namespace shoal::host::services
