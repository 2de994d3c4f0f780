/* Shoal plug-in ABI, major 1: the words every other header uses.
 *
 * RULES OF THE ABI (all headers of this folder)
 *  - Pure C11, readable by any language. Fixed-width integers only; no bool, enum type, bit-field, long or size_t.
 *  - A struct either begins with `struct_size` (it may grow at its end; the writer sets it to sizeof as the writer
 *    knew it, the reader must not touch what lies beyond) or is marked FROZEN and never changes.
 *  - No struct that may grow is embedded by value; arrays of such structs come with a stride in bytes.
 *  - Reserved fields are zero; a non-zero reserved field or unknown flag is refused, never ignored.
 *  - Text is UTF-8, (pointer, length), not terminated. An absent text has size 0.
 *  - Borrowed in: what a call receives is valid until that call returns, unless said otherwise.
 *    Returned tables and texts belong to the returner and live until the instance is destroyed.
 *    Nobody frees the other side's memory.
 *  - Things that can die (peers, torrents, timers, operations) are 64-bit handles with a generation. 0 is "none".
 *    A stale handle is an error (SHOAL_E_STALE), never a crash.
 *  - Times are nanoseconds of the host's clock, which in the lab is virtual. Never read another clock.
 *  - Nothing throws, longjmps or unwinds across a call.
 *
 * THREAD TAGS (the last word of each function's comment)
 *  [strand]  on the instance's strand: never two calls at once, never nested inside another call into the instance
 *  [worker]  on a worker thread: may block; serialised per instance unless its table says SHOAL_STORAGE_PARALLEL
 *  [any]     from any thread, also from inside a [strand] call
 */
#ifndef SHOAL_ABI_TYPES_H
#define SHOAL_ABI_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define SHOAL_STATIC_ASSERT(condition) static_assert(condition, #condition)
#else
#define SHOAL_STATIC_ASSERT(condition) _Static_assert(condition, #condition)
#endif

/* Freezes a layout: the size of a struct and the offset of its last member, on every 64-bit target. */
#define SHOAL_LAYOUT(type, size, last, offset)                                                                  \
    SHOAL_STATIC_ASSERT(sizeof(void*) != 8 || sizeof(type) == (size));                                         \
    SHOAL_STATIC_ASSERT(sizeof(void*) != 8 || offsetof(type, last) == (offset))

#define SHOAL_ABI_MAJOR 1
#define SHOAL_ABI_MINOR 0

#ifdef __cplusplus
extern "C" {
#endif

/* ---- status: 0 and above is success; the hundreds say whose fault an error is ---------------------------- */
typedef int32_t shoal_status;

#define SHOAL_OK 0
/* the caller's bug */
#define SHOAL_E_ARGUMENT (-1)    /* a value out of its documented range */
#define SHOAL_E_THREAD (-2)      /* called from a thread the tag does not allow */
#define SHOAL_E_STATE (-3)       /* not allowed now (after stop, outside create …) */
#define SHOAL_E_UNSUPPORTED (-4) /* this side does not offer it */
#define SHOAL_E_PERMISSION (-5)  /* the manifest does not ask for this permission */
#define SHOAL_E_STALE (-6)       /* the handle's thing is gone */
/* the environment; a retry may succeed */
#define SHOAL_E_NOT_FOUND (-100)
#define SHOAL_E_ACCESS (-101)
#define SHOAL_E_NO_SPACE (-102)
#define SHOAL_E_IO (-103)
#define SHOAL_E_NETWORK (-104)
#define SHOAL_E_REFUSED (-105)
#define SHOAL_E_LIMIT (-106)
/* the remote side */
#define SHOAL_E_PROTOCOL (-200)
#define SHOAL_E_REMOTE (-201) /* it answered, and the answer is a refusal */
/* data */
#define SHOAL_E_CORRUPT (-300)
/* given up */
#define SHOAL_E_CANCELLED (-400)
#define SHOAL_E_TIMEOUT (-401)
/* the plug-in is broken */
#define SHOAL_E_PLUGIN (-500)
#define SHOAL_E_EXCEPTION (-501) /* an exception reached the C++ layer's fence */

/* FROZEN. UTF-8 text. */
typedef struct shoal_text {
    const char* data;
    uint64_t size;
} shoal_text;
SHOAL_LAYOUT(shoal_text, 16, size, 8);

/* Initialises a shoal_text with a literal. */
#define SHOAL_TEXT(literal) {(literal), sizeof(literal) - 1}

/* FROZEN. Octets. */
typedef struct shoal_bytes {
    const uint8_t* data;
    uint64_t size;
} shoal_bytes;
SHOAL_LAYOUT(shoal_bytes, 16, size, 8);

/* FROZEN. An IP address and port. `family` is 4 or 6; an IPv4 address is the first four octets of `address`, the
 * rest zero. `port` is in host byte order. */
typedef struct shoal_endpoint {
    uint8_t address[16];
    uint16_t port;
    uint8_t family;
    uint8_t reserved[5];
} shoal_endpoint;
SHOAL_LAYOUT(shoal_endpoint, 24, reserved, 19);

/* ---- marks: what extensions of a torrent say of its peers, for its pickers and chokers ----------------------- */
#define SHOAL_MARK_PREFERRED 1u /* one of ours: comes before strangers */
/* Plug-ins that know each other agree on what these mean; all other bits are reserved. */
#define SHOAL_MARKS_PRIVATE 0xffff0000u

/* ---- values: what events and methods carry ----------------------------------------------------------------- */
#define SHOAL_VALUE_NULL 0
#define SHOAL_VALUE_BOOL 1  /* as.integer, 0 or 1 */
#define SHOAL_VALUE_INT 2   /* as.integer */
#define SHOAL_VALUE_REAL 3  /* as.real */
#define SHOAL_VALUE_TEXT 4  /* as.text, size octets */
#define SHOAL_VALUE_BYTES 5 /* as.bytes, size octets */
#define SHOAL_VALUE_LIST 6  /* as.items, size of them */
#define SHOAL_VALUE_MAP 7   /* as.entries, size of them, keys unique */

typedef struct shoal_entry shoal_entry;

/* FROZEN. A tree of plain data. The whole tree is borrowed for the call that carries it. */
typedef struct shoal_value {
    uint32_t type; /* SHOAL_VALUE_… */
    uint32_t reserved;
    uint64_t size;
    union {
        int64_t integer;
        double real;
        const char* text;
        const uint8_t* bytes;
        const struct shoal_value* items;
        const shoal_entry* entries;
    } as;
} shoal_value;
SHOAL_LAYOUT(shoal_value, 24, as, 16);

/* FROZEN. */
struct shoal_entry {
    shoal_text key;
    shoal_value value;
};
SHOAL_LAYOUT(shoal_entry, 40, value, 16);

#ifdef __cplusplus
}
#endif
#endif
