/* shoal.discovery/1: finds peers of a torrent without a tracker: the DHT, the local network … Scope: session.
 * For which torrents, and when, is the host's business: it never asks for a private one (BEP 27).
 * Async: each accepted search ends exactly once through the service shoal.host.discovery/1, never from inside the submitting
 * call; until then it may report peers any number of times. The host owns the deadline: after it nobody listens. */
#ifndef SHOAL_ABI_DISCOVERY_H
#define SHOAL_ABI_DISCOVERY_H

#include "host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_KIND_DISCOVERY "shoal.discovery/1"
#define SHOAL_SERVICE_DISCOVERY "shoal.host.discovery/1"

#define SHOAL_SEARCH_ANNOUNCE 1u /* tell the others that we are there */
#define SHOAL_SEARCH_SEED 2u     /* we have everything (BEP 33) */
#define SHOAL_SEARCH_MAY_BE_PRIVATE 4u /* its metadata is not known yet: name it to nobody beyond the local network but to ask (BEP 27) */

typedef struct shoal_search {
    uint32_t struct_size;
    uint32_t flags; /* SHOAL_SEARCH_… */
    uint8_t info_hash[20];
    uint32_t port; /* where we listen; 0: nowhere */
    uint64_t deadline_ns;
} shoal_search;
SHOAL_LAYOUT(shoal_search, 40, deadline_ns, 32);

/* shoal.host.discovery/1 */
typedef struct shoal_host_discovery_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* At most 10,000 at once. [strand] */
    shoal_status (*found)(const shoal_host* host, uint64_t operation, const shoal_endpoint* peers, uint32_t count);
    /* SHOAL_OK: looked everywhere, found or not. A second end is a strike. [strand] */
    shoal_status (*ended)(const shoal_host* host, uint64_t operation, shoal_status status);
    /* Somebody has that torrent (20 octets) though nobody asked just now. SHOAL_E_NOT_FOUND: it is none of ours, or private.
     * [strand] */
    shoal_status (*spotted)(const shoal_host* host, const uint8_t* info_hash, const shoal_endpoint* peer);
} shoal_host_discovery_v1;
SHOAL_LAYOUT(shoal_host_discovery_v1, 32, spotted, 24);

typedef struct shoal_discovery_v1 {
    uint32_t struct_size;
    uint32_t flags; /* 0 */

    /* An error means: not accepted, no end will come. [strand] */
    shoal_status (*search)(void* self, uint64_t operation, const shoal_search* search);

    /* Advisory; the operation still ends (SHOAL_E_CANCELLED). [strand] */
    void (*cancel)(void* self, uint64_t operation);

    /* May be NULL. A node that may know more, named by a torrent (BEP 5 "nodes"), a peer's port message or the user. `host` is
     * a name or an address without brackets; a stranger's word. [strand] */
    void (*introduce)(void* self, shoal_text host, uint32_t port);

    /* May be NULL. Our own address as others see it; its port means nothing. [strand] */
    void (*external_address)(void* self, const shoal_endpoint* address);

    /* May be NULL. The UDP port that peers are told in a port message (BEP 5); 0: none. [strand] */
    uint32_t (*port)(void* self);
} shoal_discovery_v1;
SHOAL_LAYOUT(shoal_discovery_v1, 48, port, 40);

#ifdef __cplusplus
}
#endif
#endif
