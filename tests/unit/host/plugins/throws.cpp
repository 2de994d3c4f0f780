// A choker without the C++ layer, whose exceptions nobody fences.
#include "plugin.h"

#include <shoal/abi/choker.h>

#include <stdexcept>

namespace {

shoal_status create(const shoal_host*, void**)
{
    return SHOAL_OK;
}

void destroy(void*) {}

std::int32_t decide(void*, const shoal_choker_view* view, shoal_unchoke*, std::uint32_t)
{
    if (view->trigger == SHOAL_CHOKER_TRIGGER_CHANGE) throw 42;
    throw std::runtime_error("no idea whom to unchoke");
}

const shoal_choker_v1 table = {sizeof table, 0, 10'000'000'000, decide};
const shoal_factory factory = {
    sizeof factory, 0, TEXT(SHOAL_KIND_CHOKER), TEXT("throws"), &table, create, nullptr, destroy};

}  // namespace

DEFINE_PLUGIN(MANIFEST("org.example.choker.throws", "shoal.choker/1", "throws", "torrent"), factory)
