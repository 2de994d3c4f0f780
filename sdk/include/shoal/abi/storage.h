/* shoal.storage/1: where the bytes of a torrent live. Scope: torrent.
 * All calls come from worker threads and may block. They are serialised per instance; with SHOAL_STORAGE_PARALLEL the host
 * may run reads and writes of ranges that do not overlap at the same time. `open`, `close`, `move`, `rename` and `remove` come alone,
 * after what was submitted before them. `open` comes first; after `close` only another `open` may come (the torrent was paused), or
 * nothing. */
#ifndef SHOAL_ABI_STORAGE_H
#define SHOAL_ABI_STORAGE_H

#include "host.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_KIND_STORAGE "shoal.storage/1"

#define SHOAL_FILE_PADDING 1u /* BEP 47: all zero, never stored, never read or written through this table */
/* Nothing of it is verified so far. What lies there and was not made by this storage may be anybody's: it is read, because it may turn out
 * to be right, and then it is opened again without this; a write to it fails, and nothing of it is changed. */
#define SHOAL_FILE_UNVERIFIED 2u

/* Grows at its end; walk by `file_stride`. `path` is relative, '/'-separated, checked by the host (no "..", no empty
 * component); the storage must still refuse to leave `folder` through a symbolic link. */
typedef struct shoal_storage_file {
    shoal_text path;
    uint64_t length;
    uint32_t flags;
    uint32_t reserved;
} shoal_storage_file;
SHOAL_LAYOUT(shoal_storage_file, 32, reserved, 28);

#define SHOAL_STORAGE_READ_ONLY 1u /* seeding what is there: create, rename and change nothing */

typedef struct shoal_storage_open {
    uint32_t struct_size;
    uint32_t flags;
    shoal_text folder; /* absolute; exists unless the storage makes it */
    const shoal_storage_file* files;
    uint32_t file_count;
    uint32_t file_stride;
} shoal_storage_open;
SHOAL_LAYOUT(shoal_storage_open, 40, file_stride, 36);

/* FROZEN. A part of a gathered write. */
typedef struct shoal_part {
    const void* data;
    uint64_t size;
} shoal_part;
SHOAL_LAYOUT(shoal_part, 16, size, 8);

/* How a move tells how far it is, and hears whether it goes on. Lent for the call. */
typedef struct shoal_move_progress {
    uint32_t struct_size;
    uint32_t reserved;
    void* context;
    /* `done` octets of `total` are at the new place. Zero: stop, the user wants it so. [worker] */
    int32_t (*report)(void* context, uint64_t done, uint64_t total);
} shoal_move_progress;
SHOAL_LAYOUT(shoal_move_progress, 24, report, 16);

#define SHOAL_STORAGE_PARALLEL 1u

typedef struct shoal_storage_v1 {
    uint32_t struct_size;
    uint32_t flags;

    /* The layout is copied by the storage: it is borrowed for the call. Creates nothing on disk but `folder` itself. [worker] */
    shoal_status (*open)(void* self, const shoal_storage_open* layout);

    /* How many octets of the file are there (0 when it does not exist): lets the host skip checking what cannot be. [worker] */
    shoal_status (*size)(void* self, uint32_t file, uint64_t* size);

    /* Reads up to `size` octets at `offset`. `*got` may be less, and then the host asks for the rest; none: nothing is there. [worker] */
    shoal_status (*read)(void* self, uint32_t file, uint64_t offset, void* data, uint64_t size, uint64_t* got);

    /* Writes all parts, one after the other, at `offset`, or fails (SHOAL_E_NO_SPACE, SHOAL_E_ACCESS, SHOAL_E_IO). [worker] */
    shoal_status (*write)(void* self, uint32_t file, uint64_t offset, const shoal_part* parts, uint32_t count);

    /* May be NULL. A descriptor from which `file` can be sent at the same offsets (sendfile). It stays open until `close`
     * whatever is finished, moved or renamed meanwhile. SHOAL_E_UNSUPPORTED if there is none. [worker] */
    shoal_status (*locate)(void* self, uint32_t file, int32_t* descriptor);

    /* May be NULL. Every piece of the file is verified and written: give it its final name. Also called, once, for a file
     * that was found complete, and for zero-length files, which it must create. [worker] */
    shoal_status (*finish)(void* self, uint32_t file);

    /* May be NULL. What was written must survive a power cut when it returns. [worker] */
    shoal_status (*flush)(void* self);

    /* Nothing is called after it but `open`, with the same files. [worker] */
    void (*close)(void* self);

    /* May be NULL: there is no folder. Everything that is stored goes to another one (absolute; made where it is missing), under the
     * same names. Asks `progress` at least once before it changes anything. On failure (SHOAL_E_CANCELLED, SHOAL_E_NO_SPACE, a file in
     * the way: nothing is ever written over) the old place stays complete and in use, and nothing is left at the new one. A move
     * that a crash interrupted goes on when it is called again. [worker] */
    shoal_status (*move)(void* self, shoal_text folder, const shoal_move_progress* progress);

    /* May be NULL. The file has another path from now on, relative as in the layout; what is stored of it goes along, and nothing is
     * written over. What lies there already although nothing is stored under the old path is taken as it is. [worker] */
    shoal_status (*rename)(void* self, uint32_t file, shoal_text path);

    /* May be NULL. Takes away what is stored of these files, and the folders of the torrent that are empty then; nothing else.
     * They count as never written. [worker] */
    shoal_status (*remove)(void* self, const uint32_t* files, uint32_t count);
} shoal_storage_v1;
SHOAL_LAYOUT(shoal_storage_v1, 96, remove, 88);

/* ---- another storage below one's own: for storages that change a thing or two and leave the rest to any other ---------- */
#define SHOAL_SERVICE_STORAGE "shoal.host.storage/1"

/* Lent to storages alone. */
typedef struct shoal_host_storage_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Makes an instance of the storage `name`, with the settings that it has. `*table` is NULL where that storage has nothing;
     * `*inner` is what its functions take first. They may be called from within [worker] calls of one's own; the host serialises
     * them where that storage is not parallel, and what that storage says of an error is said for the caller. Both live as long
     * as the caller's instance. SHOAL_E_NOT_FOUND, SHOAL_E_LIMIT (too many on top of each other). Only during `create`. [strand] */
    shoal_status (*make)(const shoal_host* host, shoal_text name, const shoal_storage_v1** table, void** inner);
} shoal_host_storage_v1;
SHOAL_LAYOUT(shoal_host_storage_v1, 16, make, 8);

#ifdef __cplusplus
}
#endif
#endif
