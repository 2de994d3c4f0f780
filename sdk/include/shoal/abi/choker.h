/* shoal.choker/1: which peers may download from us. Scope: torrent.
 * The host calls `decide` every `interval_ns`, and at once when a slot came free or an interested peer appeared (at most
 * once a second). Peers not in the answer are choked. Unknown peers, doubles and more than `slots` are dropped. */
#ifndef SHOAL_ABI_CHOKER_H
#define SHOAL_ABI_CHOKER_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_KIND_CHOKER "shoal.choker/1"

#define SHOAL_CHOKER_PEER_INTERESTED 1u /* it wants something of ours */
#define SHOAL_CHOKER_PEER_UNCHOKED 2u   /* it may download now */
#define SHOAL_CHOKER_PEER_SNUBBED 4u    /* unchokes us, yet gave nothing for 60 s while asked */
#define SHOAL_CHOKER_PEER_SEED 8u       /* has everything */

/* Grows at its end; walk by `peer_stride`. Rates are octets a second over about 20 s, times are ns of the host's clock. */
typedef struct shoal_choker_peer {
    uint64_t peer;
    uint32_t flags;
    uint32_t marks;         /* SHOAL_MARK_…: what extensions say of it */
    uint64_t download_rate; /* it to us */
    uint64_t upload_rate;   /* us to it */
    uint64_t downloaded;    /* octets in all, verified or not */
    uint64_t uploaded;
    uint64_t connected_at_ns;
    uint64_t unchoked_at_ns; /* when it was last unchoked; 0: never */
} shoal_choker_peer;
SHOAL_LAYOUT(shoal_choker_peer, 64, unchoked_at_ns, 56);

#define SHOAL_CHOKER_SEEDING 1u /* we have all we want: our download rates mean nothing */

#define SHOAL_CHOKER_TRIGGER_TIMER 0
#define SHOAL_CHOKER_TRIGGER_CHANGE 1 /* a peer came, left, or changed its interest */

typedef struct shoal_choker_view {
    uint32_t struct_size;
    uint32_t flags;   /* SHOAL_CHOKER_SEEDING */
    uint32_t trigger; /* SHOAL_CHOKER_TRIGGER_… */
    uint32_t slots;   /* the most the host will unchoke */
    uint64_t now_ns;
    const shoal_choker_peer* peers; /* in order of their handles */
    uint32_t peer_count;
    uint32_t peer_stride;
} shoal_choker_view;
SHOAL_LAYOUT(shoal_choker_view, 40, peer_stride, 36);

/* FROZEN. `reason` and `score` go to the trace untouched. */
typedef struct shoal_unchoke {
    uint64_t peer;
    int32_t score;
    uint16_t reason;
    uint16_t reserved;
} shoal_unchoke;
SHOAL_LAYOUT(shoal_unchoke, 16, reserved, 14);

typedef struct shoal_choker_v1 {
    uint32_t struct_size;
    uint32_t flags;       /* 0 */
    uint64_t interval_ns; /* clamped by the host to 1 s … 60 s */

    /* Writes at most `capacity` peers to be unchoked and returns how many, or an error. [strand] */
    int32_t (*decide)(void* self, const shoal_choker_view* view, shoal_unchoke* unchokes, uint32_t capacity);
} shoal_choker_v1;
SHOAL_LAYOUT(shoal_choker_v1, 24, decide, 16);

#ifdef __cplusplus
}
#endif
#endif
