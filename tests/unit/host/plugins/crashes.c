/* A picker that writes to nowhere in `pick` and aborts in `rank`. */
#include "plugin.h"

#include <shoal/abi/picker.h>

#include <stdlib.h>

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

/* Volatile, so that no compiler can know better. */
static int* volatile nowhere = NULL;

static shoal_status rank(void* self, const shoal_swarm_view* swarm, int64_t* ranks, uint64_t* deadlines)
{
    (void)self;
    (void)swarm;
    (void)ranks;
    (void)deadlines;
    abort();
}

static int32_t pick(void* self, const shoal_swarm_view* swarm, const shoal_pick_request* request,
                    shoal_pick* picks, uint32_t capacity)
{
    (void)self;
    (void)swarm;
    (void)request;
    (void)picks;
    (void)capacity;
    *nowhere = 1;
    return 0;
}

static const shoal_picker_v1 table = {sizeof(shoal_picker_v1), 0, 0, 0, NULL, rank, pick, NULL};
static const shoal_factory factory = {
    sizeof(shoal_factory), 0, TEXT(SHOAL_KIND_PICKER), TEXT("crashes"), &table, create, NULL, destroy};

DEFINE_PLUGIN(MANIFEST("org.example.picker.crashes", "shoal.picker/1", "crashes", "torrent"), factory)
