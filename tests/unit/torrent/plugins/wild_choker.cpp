// A choker that names strangers, names one peer twice, and more than there is room for.
#include <shoal/abi/choker.h>
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

std::int32_t decide(void*, const shoal_choker_view* view, shoal_unchoke* unchokes, std::uint32_t capacity)
{
    for (std::uint32_t i = 0; i < capacity; ++i)
        unchokes[i] = {i == 0 ? 999'999 : view->peers[0].peer, 0, 0, 0};
    return static_cast<std::int32_t>(capacity);
}

constexpr shoal_choker_v1 table{sizeof table, 0, 10'000'000'000, decide};

} // namespace

SHOAL_PLUGIN(R"json({ "id": "org.example.choker.wild", "version": "1.0.0", "license": "MIT",
                      "summary": "For tests.", "abi": { "major": 1, "minor": 0 },
                      "provides": [ { "kind": "shoal.choker/1", "name": "wild_choker", "scope": "torrent" } ],
                      "sim_safe": true })json",
             shoal_factory{sizeof(shoal_factory), 0, shoal::to_abi(SHOAL_KIND_CHOKER),
                           shoal::to_abi("wild_choker"), &table, create, nullptr, destroy})
