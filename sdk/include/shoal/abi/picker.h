/* shoal.picker/1: which blocks to ask a peer for. Scope: torrent.
 *
 * The host owns all state (who has what, what is requested, what arrived) and lends it as views without copying.
 * A picker is asked once per refill of a peer's request window, never per block. A torrent has an ordered list of
 * pickers; each is asked in turn until the window is full. Two tiers, a picker offers either or both:
 *   rank  gives every piece a number; the host keeps the order and hands out blocks (partial pieces first).
 *   pick  returns blocks itself. It is preferred when both are there.
 * Whatever comes back is checked: piece and block exist, the peer has the piece, it is wanted and missing, the block is
 * not requested yet (duplicates: only from a picker flagged for it, in endgame). A wrong pick is dropped and counted. */
#ifndef SHOAL_ABI_PICKER_H
#define SHOAL_ABI_PICKER_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_KIND_PICKER "shoal.picker/1"
#define SHOAL_NO_DEADLINE UINT64_MAX
#define SHOAL_ALL_PIECES UINT32_MAX

/* piece states, shoal_swarm_view.state */
#define SHOAL_PIECE_MISSING 0  /* nothing requested, nothing here */
#define SHOAL_PIECE_PARTIAL 1  /* open: listed in `partials` */
#define SHOAL_PIECE_COMPLETE 2 /* all blocks here, being verified or written */
#define SHOAL_PIECE_HAVE 3     /* verified and written */

/* FROZEN. A piece some of whose blocks are requested or here. Bit b of word b/64 stands for block b. */
typedef struct shoal_partial {
    uint32_t piece;
    uint32_t block_count;
    uint32_t unrequested;      /* blocks neither requested nor received */
    uint32_t reserved;
    const uint64_t* requested; /* blocks asked of some peer and not here yet */
    const uint64_t* received;  /* blocks that are here */
} shoal_partial;
SHOAL_LAYOUT(shoal_partial, 32, received, 24);

/* The torrent as a picker sees it. Valid during the call. Arrays have `piece_count` entries. */
typedef struct shoal_swarm_view {
    uint32_t struct_size;
    uint32_t piece_count;
    uint32_t blocks_per_piece; /* of every piece but the last */
    uint32_t blocks_in_last_piece;
    uint64_t now_ns;
    const uint64_t* have;         /* bit p of word p/64 */
    const uint16_t* availability; /* connected peers that have it, complete ones (seeds) not counted */
    const uint8_t* priority;      /* 0 never … 1 low, 4 normal, 7 high */
    const uint8_t* state;         /* SHOAL_PIECE_… */
    const shoal_partial* partials; /* in the order in which they were opened */
    uint32_t partial_count;
    uint32_t seed_count;     /* complete peers: add to availability for the true count */
    uint32_t open_allowance; /* pieces that may be opened now; blocks of more new pieces are dropped */
    uint32_t have_count;
    uint32_t wanted_count; /* pieces with priority > 0 that are not verified yet */
    uint32_t unrequested_anywhere; /* 1 while some wanted block of the torrent is neither requested nor here */
} shoal_swarm_view;
SHOAL_LAYOUT(shoal_swarm_view, 88, unrequested_anywhere, 84);

#define SHOAL_PEER_SEED 1u     /* has everything */
#define SHOAL_PEER_SNUBBED 2u  /* owes us blocks for 60 s */
#define SHOAL_PEER_SUSPECT 4u  /* took part in a corrupt piece: the host gives it whole pieces only */
#define SHOAL_PEER_CHOKING 8u  /* chokes us: only `allowed_fast` pieces may be picked (BEP 6) */

/* FROZEN. */
typedef struct shoal_block_ref {
    uint32_t piece;
    uint32_t block;
} shoal_block_ref;
SHOAL_LAYOUT(shoal_block_ref, 8, block, 4);

/* One refill. */
typedef struct shoal_pick_request {
    uint32_t struct_size;
    uint32_t budget;               /* blocks wanted; more are dropped */
    uint64_t peer;                 /* handle */
    const uint64_t* peer_pieces;   /* bit per piece: what may be asked of this peer */
    const shoal_block_ref* outstanding; /* already asked of this peer */
    uint32_t outstanding_count;
    uint32_t peer_flags;           /* SHOAL_PEER_… */
    uint64_t peer_rate;            /* octets a second it has been giving us */
    uint32_t peer_marks;           /* SHOAL_MARK_…: what extensions say of it */
    uint32_t reserved;
} shoal_pick_request;
SHOAL_LAYOUT(shoal_pick_request, 56, reserved, 52);

/* FROZEN. One answer. `reason` and `score` go to the trace untouched; their meaning is the picker's own. */
typedef struct shoal_pick {
    uint32_t piece;
    uint32_t block;
    int32_t score;
    uint16_t reason;
    uint16_t reserved;
} shoal_pick;
SHOAL_LAYOUT(shoal_pick, 16, reserved, 14);

/* What changed, as one array a loop turn. */
#define SHOAL_EVENT_AVAILABILITY 1u /* availability[piece]: before, after. SHOAL_ALL_PIECES: many changed, look anew */
#define SHOAL_EVENT_STATE 2u        /* state[piece]: before, after */
#define SHOAL_EVENT_PRIORITY 4u     /* priority[piece]: before, after. SHOAL_ALL_PIECES: many changed */

/* FROZEN. */
typedef struct shoal_piece_event {
    uint32_t kind;
    uint32_t piece;
    uint32_t before;
    uint32_t after;
} shoal_piece_event;
SHOAL_LAYOUT(shoal_piece_event, 16, after, 12);

#define SHOAL_PICKER_DUPLICATES 1u /* may return blocks that are outstanding elsewhere: an endgame picker */

#define SHOAL_TIER_RANK 1u
#define SHOAL_TIER_PICK 2u

/* FROZEN. What one instance is: see `describe`. */
typedef struct shoal_picker_traits {
    uint32_t flags;      /* SHOAL_PICKER_… */
    uint32_t event_mask; /* SHOAL_EVENT_… */
    uint32_t tiers;      /* SHOAL_TIER_… */
    uint32_t reserved;
} shoal_picker_traits;
SHOAL_LAYOUT(shoal_picker_traits, 16, reserved, 12);

typedef struct shoal_picker_v1 {
    uint32_t struct_size;
    uint32_t flags;      /* SHOAL_PICKER_… */
    uint32_t event_mask; /* SHOAL_EVENT_… it wants; for `rank` alone: which changes make the host rank again */
    uint32_t reserved;

    /* May be NULL. Changes since the last call, before the next `rank` or `pick`. The first call after `create` has
     * one event of each subscribed kind with SHOAL_ALL_PIECES: read the view afresh. [strand] */
    void (*on_events)(void* self, const shoal_swarm_view* swarm, const shoal_piece_event* events, uint32_t count);

    /* May be NULL if `pick` is there. Fills `ranks` (preset to 0; higher is sooner) and, where a piece is needed by a
     * time, `deadlines` (preset to SHOAL_NO_DEADLINE; such pieces come before all others, the earliest first). Called
     * on creation and, at most once a second, when a subscribed event happened. Below 0: an error. [strand] */
    shoal_status (*rank)(void* self, const shoal_swarm_view* swarm, int64_t* ranks, uint64_t* deadlines);

    /* May be NULL if `rank` is there. Writes at most `capacity` picks and returns how many, or an error. [strand] */
    int32_t (*pick)(void* self, const shoal_swarm_view* swarm, const shoal_pick_request* request, shoal_pick* picks,
                    uint32_t capacity);

    /* May be NULL: the table says it all. For a picker that knows only after `create` what it is, such as a script:
     * `traits` comes as the table says; the instance takes out what it is not. What it adds is dropped. Called once,
     * before all others. [strand] */
    void (*describe)(void* self, shoal_picker_traits* traits);
} shoal_picker_v1;
SHOAL_LAYOUT(shoal_picker_v1, 48, describe, 40);

#ifdef __cplusplus
}
#endif
#endif
