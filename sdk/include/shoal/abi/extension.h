/* shoal.extension/1: one extension message of BEP 10, e.g. ut_metadata. Scope: torrent.
 * The host owns the connections: it gives the message its id, tells in the handshake that we take it, and passes on what
 * peers send. Everything in a payload is a stranger's word. */
#ifndef SHOAL_ABI_EXTENSION_H
#define SHOAL_ABI_EXTENSION_H

#include "host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_KIND_EXTENSION "shoal.extension/1"
#define SHOAL_SERVICE_EXTENSION "shoal.host.extension/1"

#define SHOAL_EXTENSION_PEER_OUTGOING 1u    /* we called it */
#define SHOAL_EXTENSION_PEER_SEED 2u        /* it has every piece */
#define SHOAL_EXTENSION_PEER_UPLOAD_ONLY 4u /* it asks for nothing (BEP 21) */
#define SHOAL_EXTENSION_PEER_SPEAKS 8u      /* it takes this instance's message */
#define SHOAL_EXTENSION_PEER_HOLEPUNCH 16u  /* it takes ut_holepunch (BEP 55) */

/* One connected peer after its extended handshake. Grows at its end; walk by the stride given. */
typedef struct shoal_peer_view {
    uint32_t struct_size;
    uint32_t flags; /* SHOAL_EXTENSION_PEER_… */
    uint64_t peer;  /* the handle */
    shoal_endpoint remote;
    shoal_endpoint listening; /* where others may call it; port 0: not known */
    uint32_t metadata_size;   /* of the info dictionary, as it says (BEP 9); 0: it does not */
    uint32_t reserved;
} shoal_peer_view;
SHOAL_LAYOUT(shoal_peer_view, 72, reserved, 68);

#define SHOAL_TRAFFIC_LAST 1u /* the peer is gone: its account is closed */

/* What one peer moved since it was last told: octets of payload, verified or not. Given counts when it is handed to the connection. */
typedef struct shoal_peer_traffic {
    uint32_t struct_size;
    uint32_t flags; /* SHOAL_TRAFFIC_… */
    uint64_t peer;  /* the handle; stale in the last */
    shoal_endpoint remote;
    uint64_t down; /* it to us */
    uint64_t up;   /* us to it */
    uint64_t total_down; /* since it connected */
    uint64_t total_up;
    uint64_t connected_ns; /* how long it has been connected */
} shoal_peer_traffic;
SHOAL_LAYOUT(shoal_peer_traffic, 80, connected_ns, 72);

/* Flags of a candidate. */
#define SHOAL_CANDIDATE_SEED 1u
/* Call it at once and whatever was tried before, if there is any room: somebody expects us (BEP 55). */
#define SHOAL_CANDIDATE_NOW 2u

/* FROZEN. An address that may lead to a peer. */
typedef struct shoal_candidate {
    shoal_endpoint endpoint;
    uint32_t flags; /* SHOAL_CANDIDATE_… */
    uint32_t reserved;
} shoal_candidate;
SHOAL_LAYOUT(shoal_candidate, 32, reserved, 28);

/* shoal.host.extension/1 */
typedef struct shoal_host_extension_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* At most 64 KiB under this instance's message. SHOAL_E_STALE: the peer is gone; _UNSUPPORTED: it does not take the
     * message; _LIMIT: it does not read what was sent before. [strand] */
    shoal_status (*send)(const shoal_host* host, uint64_t peer, shoal_bytes payload);
    /* All connected peers of the torrent, valid until the end of the current call. [strand] */
    shoal_status (*peers)(const shoal_host* host, const shoal_peer_view** peers, uint32_t* count, uint32_t* stride);
    /* Addresses to call, under the name of this plug-in. The host leaves out what it knows, bans or cannot reach. [strand] */
    shoal_status (*found)(const shoal_host* host, const shoal_candidate* candidates, uint32_t count);
    /* The info dictionary, valid until the end of the current call; SHOAL_E_NOT_FOUND before it is known. [strand] */
    shoal_status (*metadata)(const shoal_host* host, shoal_bytes* info);
    /* The whole of it. SHOAL_E_CORRUPT: it is not this torrent's. SHOAL_E_STATE: it is known already. [strand] */
    shoal_status (*set_metadata)(const shoal_host* host, shoal_bytes info);
    /* The peer has lost a piece (BEP 54). SHOAL_E_ARGUMENT: there is no such piece. [strand] */
    shoal_status (*piece_lost)(const shoal_host* host, uint64_t peer, uint32_t piece);
    /* The peer broke the extension's rules: its connection is closed after this call. [strand] */
    shoal_status (*disconnect)(const shoal_host* host, uint64_t peer, shoal_text why);
    /* Where others reach us, as far as is known: where we listen, and under which addresses peers and trackers say they see
     * us. Valid until the end of the current call. May be NULL: the host does not know. [strand] */
    shoal_status (*own_endpoints)(const shoal_host* host, const shoal_endpoint** endpoints, uint32_t* count);
    /* This instance's marks of the peer, in place of those before. The torrent's pickers and chokers see the marks of all its
     * extensions together, as long as the peer is connected; the choker is asked anew. SHOAL_E_ARGUMENT: a reserved bit. [strand] */
    shoal_status (*set_marks)(const shoal_host* host, uint64_t peer, uint32_t marks);
} shoal_host_extension_v1;
SHOAL_LAYOUT(shoal_host_extension_v1, 80, set_marks, 72);

#define SHOAL_EXTENSION_METADATA 1u    /* it serves the metadata: our handshake tells its size (BEP 9) */
#define SHOAL_EXTENSION_PUBLIC_ONLY 2u /* not for private torrents: neither made nor told of */

typedef struct shoal_extension_v1 {
    uint32_t struct_size;
    uint32_t flags;     /* SHOAL_EXTENSION_… */
    shoal_text message; /* "ut_metadata": its name in the handshake, 1 to 64 octets */

    /* A peer has made its extended handshake, or said later that something changed. [strand] */
    void (*on_peer)(void* self, const shoal_peer_view* peer);

    /* At most 64 KiB. [strand] */
    void (*on_message)(void* self, uint64_t peer, shoal_bytes payload);

    /* May be NULL. The peer is gone: its handle is stale. Only for peers that on_peer told of. [strand] */
    void (*on_peer_gone)(void* self, uint64_t peer);

    /* May be NULL. At most every 10 s for each peer that moved something, and a last time when such a peer goes, before
     * on_peer_gone: the sum of all is what was moved. Also for peers without an extended handshake. [strand] */
    void (*on_traffic)(void* self, const shoal_peer_traffic* traffic);
} shoal_extension_v1;
SHOAL_LAYOUT(shoal_extension_v1, 56, on_traffic, 48);

#ifdef __cplusplus
}
#endif
#endif
