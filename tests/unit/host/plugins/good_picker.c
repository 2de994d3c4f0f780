/* A picker in plain C11: ranks later pieces higher, by a step that is a setting, and says in the log that it
 * lives. */
#include "plugin.h"

#include <shoal/abi/picker.h>
#include <shoal/abi/services.h>

#include <stdlib.h>

typedef struct picker {
    const shoal_host* host;
    int64_t step;
} picker;

static shoal_status create(const shoal_host* host, void** self)
{
    const shoal_host_settings_v1* settings =
        (const shoal_host_settings_v1*)host->service(host, (shoal_text)TEXT(SHOAL_SERVICE_SETTINGS));
    if (settings == NULL) return SHOAL_E_UNSUPPORTED;
    picker* made = malloc(sizeof *made);
    if (made == NULL) return SHOAL_E_LIMIT;
    made->host = host;
    shoal_status status = settings->integer(host, (shoal_text)TEXT("step"), &made->step);
    if (status < 0) {
        free(made);
        return status;
    }
    host->log(host, SHOAL_LOG_INFO, (shoal_text)TEXT("made"));
    *self = made;
    return SHOAL_OK;
}

static void destroy(void* self)
{
    picker* gone = self;
    gone->host->log(gone->host, SHOAL_LOG_INFO, (shoal_text)TEXT("destroyed"));
    free(gone);
}

static shoal_status rank(void* self, const shoal_swarm_view* swarm, int64_t* ranks, uint64_t* deadlines)
{
    const picker* me = self;
    (void)deadlines;
    for (uint32_t piece = 0; piece < swarm->piece_count; ++piece) ranks[piece] = (int64_t)piece * me->step;
    return SHOAL_OK;
}

static const shoal_picker_v1 table = {sizeof(shoal_picker_v1), 0, 0, 0, NULL, rank, NULL, NULL};
static const shoal_factory factory = {
    sizeof(shoal_factory), 0, TEXT(SHOAL_KIND_PICKER), TEXT("good"), &table, create, NULL, destroy};

DEFINE_PLUGIN(
    "{ \"id\": \"org.example.picker.good\", \"version\": \"1.2.3\", \"license\": \"MIT\","
    " \"summary\": \"Ranks later pieces higher.\", \"abi\": { \"major\": 1, \"minor\": 0 },"
    " \"provides\": [ { \"kind\": \"shoal.picker/1\", \"name\": \"good\", \"scope\": \"torrent\" } ],"
    " \"requires\": [ \"shoal.host.settings/1\" ],"
    " \"settings\": { \"step\": { \"type\": \"int\", \"default\": 2, \"min\": 1, \"max\": 9,"
    " \"help\": \"How much higher.\" } }, \"sim_safe\": true }",
    factory)
