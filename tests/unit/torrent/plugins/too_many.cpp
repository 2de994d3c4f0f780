// A picker without the C++ layer that says it picked more than it was asked for, and one block a hundred
// times.
#include <shoal/abi/picker.h>
#include <shoal/abi/plugin.h>
#include <shoal/plugin.hpp>

namespace {

shoal_status create(const shoal_host*, void** self)
{
    static char nothing;
    *self = &nothing;
    return SHOAL_OK;
}

void destroy(void*) {}

std::int32_t pick(void*, const shoal_swarm_view*, const shoal_pick_request*, shoal_pick* picks,
                  std::uint32_t capacity)
{
    for (std::uint32_t i = 0; i < capacity; ++i) picks[i] = {0, i % 2, 0, 0, 0};
    return static_cast<std::int32_t>(capacity) + 1000;
}

constexpr shoal_picker_v1 table{sizeof table, 0, 0, 0, nullptr, nullptr, pick};

} // namespace

SHOAL_PLUGIN(R"json({ "id": "org.example.picker.too-many", "version": "1.0.0", "license": "MIT",
                      "summary": "For tests.", "abi": { "major": 1, "minor": 0 },
                      "provides": [ { "kind": "shoal.picker/1", "name": "too_many", "scope": "torrent" } ],
                      "sim_safe": true })json",
             shoal_factory{sizeof(shoal_factory), 0, shoal::to_abi(SHOAL_KIND_PICKER),
                           shoal::to_abi("too_many"), &table, create, nullptr, destroy})
