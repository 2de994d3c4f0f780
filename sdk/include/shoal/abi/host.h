/* What the host lends to every instance. Small on purpose; everything else is a service looked up by id. */
#ifndef SHOAL_ABI_HOST_H
#define SHOAL_ABI_HOST_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_LOG_ERROR 0   /* a person should act */
#define SHOAL_LOG_WARNING 1 /* something works less well */
#define SHOAL_LOG_INFO 2    /* life cycle, less than once a second */
#define SHOAL_LOG_DEBUG 3

typedef struct shoal_host shoal_host;

/* A task handed to `post`: runs exactly once, on the strand. `status` is SHOAL_OK, or SHOAL_E_CANCELLED when the
 * instance is being destroyed (free what `user` points to and return). */
typedef void (*shoal_task)(void* user, shoal_status status);

/* One per instance, complete before `create` sees it, valid until `destroy` has returned. Every function takes it
 * back as its first argument: thousands of instances share one loaded library, so a plug-in keeps no global. */
struct shoal_host {
    uint32_t struct_size;
    uint32_t abi_minor; /* of the host */
    void* context;      /* the host's own; hands off */

    /* The table of the service `id` ("shoal.host.timer/1"), or NULL when the host does not know it or the manifest
     * lacks the permission for it. Only during `create`; the table lives as long as the instance. [strand] */
    const void* (*service)(const shoal_host* host, shoal_text id);

    /* Writes one line to the log under the plug-in's name. [any] */
    void (*log)(const shoal_host* host, int32_t level, shoal_text message);

    /* Runs `task` later on this instance's strand, never inline. Returns SHOAL_E_STATE (and does not keep the task)
     * after `stop`. [any] */
    shoal_status (*post)(const shoal_host* host, shoal_task task, void* user);

    /* Explains the error status that the current call is about to return, for a person. [strand] or [worker] */
    void (*set_error)(const shoal_host* host, shoal_status code, shoal_text text);

    /* Nanoseconds of the host's monotonic clock; in the lab, virtual time. [any] */
    uint64_t (*now)(const shoal_host* host);
};
SHOAL_LAYOUT(shoal_host, 56, now, 48);

#ifdef __cplusplus
}
#endif
#endif
