/* shoal.service/1: something that runs beside the torrents (an embedded tracker, later a web interface …). Scope: session. */
#ifndef SHOAL_ABI_SERVICE_H
#define SHOAL_ABI_SERVICE_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_KIND_SERVICE "shoal.service/1"

typedef struct shoal_service_v1 {
    uint32_t struct_size;
    uint32_t flags; /* 0 */

    /* Starts it with the settings it was created with. An error is explained with host->set_error. [strand] */
    shoal_status (*start)(void* self);

    /* May be NULL. One line for people, e.g. the URL it answers at; valid until the next call. [strand] */
    shoal_text (*summary)(void* self);
} shoal_service_v1;
SHOAL_LAYOUT(shoal_service_v1, 24, summary, 16);

#ifdef __cplusplus
}
#endif
#endif
