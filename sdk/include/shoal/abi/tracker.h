/* shoal.tracker/1: asks one tracker. Scope: session; the manifest's "schemes" say which URLs it serves.
 * When, which tier and which fall-back is the host's business; a tracker plug-in makes one announce or scrape.
 * Async: each accepted operation is completed exactly once through the service shoal.host.tracker/1, never from inside the
 * submitting call. The host owns the deadline: after it a completion is ignored. `cancel` still completes. */
#ifndef SHOAL_ABI_TRACKER_H
#define SHOAL_ABI_TRACKER_H

#include "host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_KIND_TRACKER "shoal.tracker/1"
#define SHOAL_SERVICE_TRACKER "shoal.host.tracker/1"
#define SHOAL_UNKNOWN UINT32_MAX

/* BEP 3 and BEP 15 events */
#define SHOAL_ANNOUNCE_NONE 0
#define SHOAL_ANNOUNCE_COMPLETED 1
#define SHOAL_ANNOUNCE_STARTED 2
#define SHOAL_ANNOUNCE_STOPPED 3

typedef struct shoal_announce {
    uint32_t struct_size;
    uint32_t event;
    shoal_text url;
    uint8_t info_hash[20];
    uint8_t peer_id[20];
    uint64_t uploaded;
    uint64_t downloaded;
    uint64_t left;
    uint64_t deadline_ns;
    uint32_t key;      /* the same for all announces of a session, so that a tracker knows us after an address change */
    uint32_t num_want; /* 0 when stopping */
    uint32_t port;     /* where we listen; 0: nowhere */
    uint32_t reserved;
    shoal_bytes tracker_id; /* as the tracker last gave it */
    shoal_endpoint ipv4;    /* our address as others see it (BEP 7); family 0 when not known */
    shoal_endpoint ipv6;
} shoal_announce;
SHOAL_LAYOUT(shoal_announce, 176, ipv6, 152);

typedef struct shoal_announce_reply {
    uint32_t struct_size;
    uint32_t interval_s;     /* SHOAL_UNKNOWN when not given; the host clamps */
    uint32_t min_interval_s; /* SHOAL_UNKNOWN when not given */
    uint32_t complete;       /* seeds, SHOAL_UNKNOWN when not given */
    uint32_t incomplete;
    uint32_t peer_count;
    const shoal_endpoint* peers; /* host names are resolved already */
    shoal_bytes tracker_id;
    shoal_text failure; /* "failure reason": with status SHOAL_E_REMOTE */
    shoal_text warning;
    shoal_endpoint external; /* our own address as the tracker sees it (BEP 24); family 0 when not given */
} shoal_announce_reply;
SHOAL_LAYOUT(shoal_announce_reply, 104, external, 80);

/* FROZEN. */
typedef struct shoal_scrape_entry {
    uint8_t info_hash[20];
    uint32_t complete;
    uint32_t downloaded;
    uint32_t incomplete;
} shoal_scrape_entry;
SHOAL_LAYOUT(shoal_scrape_entry, 32, incomplete, 28);

/* shoal.host.tracker/1. `reply` may be NULL when there is nothing to say. A second completion is a strike. [any] */
typedef struct shoal_host_tracker_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    void (*announced)(const shoal_host* host, uint64_t operation, shoal_status status, const shoal_announce_reply* reply);
    void (*scraped)(const shoal_host* host, uint64_t operation, shoal_status status, const shoal_scrape_entry* entries,
                    uint32_t count);
} shoal_host_tracker_v1;
SHOAL_LAYOUT(shoal_host_tracker_v1, 24, scraped, 16);

typedef struct shoal_tracker_v1 {
    uint32_t struct_size;
    uint32_t flags; /* 0 */

    /* An error means: not accepted, no completion will come. [strand] */
    shoal_status (*announce)(void* self, uint64_t operation, const shoal_announce* announce);

    /* May be NULL. `info_hashes` is `count` times 20 octets. [strand] */
    shoal_status (*scrape)(void* self, uint64_t operation, shoal_text url, const uint8_t* info_hashes, uint32_t count);

    /* Advisory; the operation still completes (SHOAL_E_CANCELLED). [strand] */
    void (*cancel)(void* self, uint64_t operation);
} shoal_tracker_v1;
SHOAL_LAYOUT(shoal_tracker_v1, 32, cancel, 24);

#ifdef __cplusplus
}
#endif
#endif
