/* What the host lends to plug-ins that act for people: every method of the control plane, and every event. The methods of
 * abi/services.h are the other side of it: what a plug-in offers there, others call here. */
#ifndef SHOAL_ABI_CONTROL_H
#define SHOAL_ABI_CONTROL_H

#include "host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_SERVICE_CONTROL "shoal.host.control/1" /* permission control */

/* The one answer to `call`. With an error status it is a text for a person. Borrowed for the call. */
typedef void (*shoal_called)(void* user, uint64_t call, shoal_status status, const shoal_value* answer);

/* Something happened: `payload` is a map. Borrowed for the call. */
typedef void (*shoal_heard)(void* user, uint64_t subscription, shoal_text event, const shoal_value* payload);

typedef struct shoal_host_control_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Calls a method by its name. `arguments` is a map, NULL for none. What is wrong with the name or the arguments is said in the
     * answer. A call cannot be taken back: what it asked for happens even when its answer comes too late. [strand] */
    shoal_status (*call)(const shoal_host* host, shoal_text method, const shoal_value* arguments, shoal_called done, void* user,
                         uint64_t* call);
    /* Hears every event whose name matches `glob`, in which * stands for any octets and ? for one, until `unsubscribe` or the
     * instance's end. [strand] */
    shoal_status (*subscribe)(const shoal_host* host, shoal_text glob, shoal_heard on_event, void* user, uint64_t* subscription);
    /* Nothing is heard after it. SHOAL_E_STALE: there is no such subscription. [strand] */
    shoal_status (*unsubscribe)(const shoal_host* host, uint64_t subscription);
} shoal_host_control_v1;
SHOAL_LAYOUT(shoal_host_control_v1, 32, unsubscribe, 24);

#ifdef __cplusplus
}
#endif
#endif
