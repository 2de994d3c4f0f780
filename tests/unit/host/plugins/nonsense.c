/* A picker whose answers are status codes that do not exist. */
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

static int32_t pick(void* self, const shoal_swarm_view* swarm, const shoal_pick_request* request,
                    shoal_pick* picks, uint32_t capacity)
{
    (void)self;
    (void)swarm;
    (void)request;
    (void)picks;
    (void)capacity;
    return -12345;
}

static const shoal_picker_v1 table = {sizeof(shoal_picker_v1), 0, 0, 0, NULL, NULL, pick, NULL};
static const shoal_factory factory = {
    sizeof(shoal_factory), 0, TEXT(SHOAL_KIND_PICKER), TEXT("nonsense"), &table, create, NULL, destroy};

DEFINE_PLUGIN(MANIFEST("org.example.picker.nonsense", "shoal.picker/1", "nonsense", "torrent"), factory)
