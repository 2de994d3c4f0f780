/* A tracker that answers each announce twice, from a posted task. */
#include "plugin.h"

#include <shoal/abi/tracker.h>

#include <stdlib.h>

typedef struct tracker {
    const shoal_host* host;
    const shoal_host_tracker_v1* replies;
    uint64_t operation;
} tracker;

static shoal_status create(const shoal_host* host, void** self)
{
    tracker* made = calloc(1, sizeof *made);
    if (made == NULL) return SHOAL_E_LIMIT;
    made->host = host;
    made->replies =
        (const shoal_host_tracker_v1*)host->service(host, (shoal_text)TEXT(SHOAL_SERVICE_TRACKER));
    *self = made;
    return SHOAL_OK;
}

static void destroy(void* self)
{
    free(self);
}

static void answer(void* user, shoal_status status)
{
    tracker* me = user;
    me->replies->announced(me->host, me->operation, status, NULL);
    me->replies->announced(me->host, me->operation, status, NULL);
}

static shoal_status announce(void* self, uint64_t operation, const shoal_announce* announce)
{
    tracker* me = self;
    (void)announce;
    me->operation = operation;
    return me->host->post(me->host, answer, me);
}

static void cancel(void* self, uint64_t operation)
{
    (void)self;
    (void)operation;
}

static const shoal_tracker_v1 table = {sizeof(shoal_tracker_v1), 0, announce, NULL, cancel};
static const shoal_factory factory = {
    sizeof(shoal_factory), 0, TEXT(SHOAL_KIND_TRACKER), TEXT("twice"), &table, create, NULL, destroy};

DEFINE_PLUGIN(
    "{ \"id\": \"org.example.tracker.twice\", \"version\": \"1.0.0\", \"license\": \"MIT\","
    " \"summary\": \"Answers twice.\", \"abi\": { \"major\": 1, \"minor\": 0 },"
    " \"provides\": [ { \"kind\": \"shoal.tracker/1\", \"name\": \"twice\", \"scope\": \"session\" } ],"
    " \"requires\": [ \"shoal.host.tracker/1\" ], \"schemes\": [ \"twice\" ] }",
    factory)
