#include "host/kinds.hpp"

#include <shoal/abi/choker.h>
#include <shoal/abi/discovery.h>
#include <shoal/abi/extension.h>
#include <shoal/abi/picker.h>
#include <shoal/abi/service.h>
#include <shoal/abi/source.h>
#include <shoal/abi/storage.h>
#include <shoal/abi/tracker.h>

#include <algorithm>
#include <array>

namespace shoal::host {

namespace {

Result<void> lacks(std::string_view function)
{
    return make_error(Errc::bad_input, "its table lacks the function " + std::string(function));
}

Result<void> check_picker(const void* untyped)
{
    const auto& table = *static_cast<const shoal_picker_v1*>(untyped);
    constexpr std::uint32_t events = SHOAL_EVENT_AVAILABILITY | SHOAL_EVENT_STATE | SHOAL_EVENT_PRIORITY;
    if (table.reserved != 0) return make_error(Errc::bad_input, "its table uses a reserved field");
    if ((table.event_mask & ~events) != 0) return make_error(Errc::bad_input, "it asks for unknown events");
    if (table.rank == nullptr && table.pick == nullptr) return lacks("rank or pick");
    return {};
}

Result<void> check_choker(const void* untyped)
{
    const auto& table = *static_cast<const shoal_choker_v1*>(untyped);
    return table.decide == nullptr ? lacks("decide") : Result<void>{};
}

Result<void> check_storage(const void* untyped)
{
    const auto& table = *static_cast<const shoal_storage_v1*>(untyped);
    if (table.open == nullptr) return lacks("open");
    if (table.size == nullptr) return lacks("size");
    if (table.read == nullptr) return lacks("read");
    if (table.write == nullptr) return lacks("write");
    if (table.close == nullptr) return lacks("close");
    return {};
}

Result<void> check_tracker(const void* untyped)
{
    const auto& table = *static_cast<const shoal_tracker_v1*>(untyped);
    if (table.announce == nullptr) return lacks("announce");
    if (table.cancel == nullptr) return lacks("cancel");
    return {};
}

Result<void> check_discovery(const void* untyped)
{
    const auto& table = *static_cast<const shoal_discovery_v1*>(untyped);
    if (table.search == nullptr) return lacks("search");
    if (table.cancel == nullptr) return lacks("cancel");
    return {};
}

Result<void> check_extension(const void* untyped)
{
    constexpr std::uint64_t longest_name = 64;
    const auto& table = *static_cast<const shoal_extension_v1*>(untyped);
    if (table.message.data == nullptr || table.message.size == 0 || table.message.size > longest_name) {
        return make_error(Errc::bad_input, "its message has no name, or one of more than 64 octets");
    }
    if (table.on_peer == nullptr) return lacks("on_peer");
    if (table.on_message == nullptr) return lacks("on_message");
    return {};
}

Result<void> check_source(const void* untyped)
{
    const auto& table = *static_cast<const shoal_source_v1*>(untyped);
    if (table.claims == nullptr) return lacks("claims");
    if (table.resolve == nullptr) return lacks("resolve");
    if (table.cancel == nullptr) return lacks("cancel");
    return {};
}

Result<void> check_service(const void* untyped)
{
    const auto& table = *static_cast<const shoal_service_v1*>(untyped);
    return table.start == nullptr ? lacks("start") : Result<void>{};
}

constexpr std::array kinds{
    Kind{SHOAL_KIND_PICKER, Scope::torrent, sizeof(shoal_picker_v1), SHOAL_PICKER_DUPLICATES, 0,
         check_picker},
    Kind{SHOAL_KIND_CHOKER, Scope::torrent, sizeof(shoal_choker_v1), 0, 0, check_choker},
    Kind{SHOAL_KIND_STORAGE, Scope::torrent, sizeof(shoal_storage_v1), SHOAL_STORAGE_PARALLEL,
         SHOAL_STORAGE_PARALLEL, check_storage},
    Kind{SHOAL_KIND_TRACKER, Scope::session, sizeof(shoal_tracker_v1), 0, 0, check_tracker},
    Kind{SHOAL_KIND_DISCOVERY, Scope::session, sizeof(shoal_discovery_v1), 0, 0, check_discovery},
    Kind{SHOAL_KIND_EXTENSION, Scope::torrent, sizeof(shoal_extension_v1),
         SHOAL_EXTENSION_METADATA | SHOAL_EXTENSION_PUBLIC_ONLY, 0, check_extension},
    Kind{SHOAL_KIND_SOURCE, Scope::session, sizeof(shoal_source_v1), 0, 0, check_source},
    Kind{SHOAL_KIND_SERVICE, Scope::session, sizeof(shoal_service_v1), 0, 0, check_service},
};

}  // namespace

const Kind* find_kind(std::string_view id)
{
    const auto* found = std::ranges::find(kinds, id, &Kind::id);
    return found == kinds.end() ? nullptr : found;
}

}  // namespace shoal::host
