/* Calls a function that nobody has. Found out when it is loaded, not at three in the morning. */
#include "plugin.h"

#include <shoal/abi/choker.h>

extern int32_t shoal_test_nobody_has_this(void);

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

static int32_t decide(void* self, const shoal_choker_view* view, shoal_unchoke* unchokes, uint32_t capacity)
{
    (void)self;
    (void)view;
    (void)unchokes;
    (void)capacity;
    return shoal_test_nobody_has_this();
}

static const shoal_choker_v1 table = {sizeof(shoal_choker_v1), 0, 10, decide};
static const shoal_factory factory = {
    sizeof(shoal_factory), 0, TEXT(SHOAL_KIND_CHOKER), TEXT("undefined"), &table, create, NULL, destroy};

DEFINE_PLUGIN(MANIFEST("org.example.choker.undefined", "shoal.choker/1", "undefined", "torrent"), factory)
