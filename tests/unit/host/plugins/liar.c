/* The section says one thing, the descriptor another: what was checked would not be what runs. */
#include "plugin.h"

#include <shoal/abi/picker.h>

static shoal_status create(const shoal_host* host, void** self)
{
    (void)host;
    (void)self;
    return SHOAL_OK;
}

static void destroy(void* self)
{
    (void)self;
}

static shoal_status rank(void* self, const shoal_swarm_view* swarm, int64_t* ranks, uint64_t* deadlines)
{
    (void)self;
    (void)swarm;
    (void)ranks;
    (void)deadlines;
    return SHOAL_OK;
}

static const shoal_picker_v1 table = {sizeof(shoal_picker_v1), 0, 0, 0, NULL, rank, NULL, NULL};
static const shoal_factory factory = {
    sizeof(shoal_factory), 0, TEXT(SHOAL_KIND_PICKER), TEXT("liar"), &table, create, NULL, destroy};
static const shoal_factory* const factories[] = {&factory};

static const char shown[] IN_MANIFEST_SECTION =
    MANIFEST("org.example.picker.liar", "shoal.picker/1", "liar", "torrent");
static const char meant[] = MANIFEST("org.example.picker.truth", "shoal.picker/1", "liar", "torrent");

static const shoal_plugin descriptor = {sizeof(shoal_plugin), 0, {meant, sizeof meant - 1}, factories, 1, 0};

const shoal_plugin* SHOAL_PLUGIN_ENTRY(void)
{
    return &descriptor;
}
