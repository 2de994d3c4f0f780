/* shoal.source/1: turns what a person names a torrent by (a path, a magnet link, a URL …) into the torrent. Scope: session.
 * Which plug-in is asked, and who next when it fails, is the host's business: it asks each how surely an identifier is its own.
 * Async: each accepted operation ends exactly once through the service shoal.host.source/1, never from inside the submitting
 * call. The host owns the deadline: after it nobody listens. `cancel` still ends. */
#ifndef SHOAL_ABI_SOURCE_H
#define SHOAL_ABI_SOURCE_H

#include "host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_KIND_SOURCE "shoal.source/1"
#define SHOAL_SERVICE_SOURCE "shoal.host.source/1"

#define SHOAL_SOURCE_CERTAIN 100                /* nobody else can mean anything by it */
#define SHOAL_SOURCE_LARGEST_FILE (32u << 20)   /* octets of a .torrent */
#define SHOAL_SOURCE_LONGEST_TEXT (64u << 10)   /* octets of an identifier, a magnet link, a reason */

/* No person typed it: another source led to it. Read nothing on this machine and ask nothing in its network that a stranger must
 * not reach. */
#define SHOAL_SOURCE_FROM_STRANGER 1u

typedef struct shoal_source_request {
    uint32_t struct_size;
    uint32_t flags; /* SHOAL_SOURCE_… */
    shoal_text identifier; /* as it was typed: a path need not be UTF-8 */
    uint64_t deadline_ns;
} shoal_source_request;
SHOAL_LAYOUT(shoal_source_request, 32, deadline_ns, 24);

/* shoal.host.source/1. Each function ends the operation; a second end is a strike. */
typedef struct shoal_host_source_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* The .torrent, at most SHOAL_SOURCE_LARGEST_FILE; the host checks what is in it. [strand] */
    shoal_status (*torrent_file)(const shoal_host* host, uint64_t operation, shoal_bytes torrent);
    /* A magnet link, which the host checks, too. [strand] */
    shoal_status (*magnet)(const shoal_host* host, uint64_t operation, shoal_text link);
    /* It is called something else, perhaps by another source: a page that leads to a magnet link. The host asks again, a few
     * times. [strand] */
    shoal_status (*elsewhere)(const shoal_host* host, uint64_t operation, shoal_text identifier);
    /* `text` is for a person and says what it was that failed. [strand] */
    shoal_status (*failed)(const shoal_host* host, uint64_t operation, shoal_status status, shoal_text text);
} shoal_host_source_v1;
SHOAL_LAYOUT(shoal_host_source_v1, 40, failed, 32);

typedef struct shoal_source_v1 {
    uint32_t struct_size;
    uint32_t flags; /* 0 */

    /* How surely this identifier is its own: 0 (not at all) to SHOAL_SOURCE_CERTAIN. By its looks alone, at once. [strand] */
    int32_t (*claims)(void* self, shoal_text identifier);

    /* An error means: not accepted, no end will come. [strand] */
    shoal_status (*resolve)(void* self, uint64_t operation, const shoal_source_request* request);

    /* Advisory; the operation still ends (SHOAL_E_CANCELLED). [strand] */
    void (*cancel)(void* self, uint64_t operation);
} shoal_source_v1;
SHOAL_LAYOUT(shoal_source_v1, 32, cancel, 24);

#ifdef __cplusplus
}
#endif
#endif
