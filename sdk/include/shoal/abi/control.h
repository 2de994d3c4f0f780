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

/* Asked before something happens: `question` is a map, borrowed for the call. Decide once, with `decide`, now or later; who has not
 * decided after two seconds has no objection. */
typedef void (*shoal_asked)(void* user, uint64_t question_id, shoal_text hook, const shoal_value* question);

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
    /* Is asked before what the hook is named after ("before.add": hooks.list has them), until `leave` or the instance's end. Those of
     * lower priority are asked first; 50 is usual. [strand] */
    shoal_status (*attend)(const shoal_host* host, shoal_text hook, int32_t priority, shoal_asked on_question, void* user,
                           uint64_t* attendance);
    /* Is not asked any more; open questions are without objection. SHOAL_E_STALE: it does not attend. [strand] */
    shoal_status (*leave)(const shoal_host* host, uint64_t attendance);
    /* SHOAL_OK: it may happen; `answer` is NULL, or a map of what is to be different. An error status: it must not, and `answer` is
     * a text that says why. SHOAL_E_STALE: it is too late. [strand] */
    shoal_status (*decide)(const shoal_host* host, uint64_t question, shoal_status status, const shoal_value* answer);
    /* As `call`, for somebody: events and hooks have `cause` as who made it happen. "script:NAME" or "rule:NAME", UTF-8 of at most 128
     * octets; SHOAL_E_ARGUMENT: anything else. Without it the cause is "plugin:NAME". [strand] */
    shoal_status (*call_for)(const shoal_host* host, shoal_text cause, shoal_text method, const shoal_value* arguments, shoal_called done,
                             void* user, uint64_t* call);
} shoal_host_control_v1;
SHOAL_LAYOUT(shoal_host_control_v1, 64, call_for, 56);

#ifdef __cplusplus
}
#endif
#endif
