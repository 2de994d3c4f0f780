/* What a plug-in library exports: one function, which returns one constant descriptor.
 *
 * The manifest is JSON in the ELF section ".shoal.manifest", so that a host reads it without loading the library:
 *   { "id": "org.example.picker.hello",        reverse DNS, for ever the same
 *     "version": "1.0.0", "license": "MIT", "summary": "…",
 *     "abi": { "major": 1, "minor": 0 },        the lowest host minor it needs
 *     "provides": [ { "kind": "shoal.picker/1", "name": "hello", "scope": "torrent" } ],   scope: session|torrent|peer
 *     "requires": [ "shoal.host.random/1" ],    without these `create` is never called
 *     "optional": [ ],                          used when there
 *     "permissions": [ "net.http", "net.listen", "net.udp", "net.multicast", "net.resolve", "fs.download", "control" ],
 *     "settings": { "slots": { "type": "int", "default": 4, "min": 1, "max": 1000, "unit": "peers",
 *                              "scope": "torrent", "live": true, "help": "…" } },
 *     "schemes": [ "http", "https" ],           trackers only: the URL schemes it serves
 *     "sim_safe": true }                        no clock, random, socket, thread, file of its own
 */
#ifndef SHOAL_ABI_PLUGIN_H
#define SHOAL_ABI_PLUGIN_H

#include "host.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One thing a library can make. Constant; lives as long as the process (libraries are never unloaded). */
typedef struct shoal_factory {
    uint32_t struct_size;
    uint32_t flags;      /* 0 */
    shoal_text kind;     /* "shoal.picker/1": the type of `table` */
    shoal_text name;     /* "rarest-first" */
    const void* table;   /* const shoal_picker_v1* and so on, by kind */

    /* Makes an instance. `*self` is what every other call receives. On error: say why with host->set_error, leave
     * `*self` alone; `destroy` is not called. [strand] */
    shoal_status (*create)(const shoal_host* host, void** self);

    /* May be NULL. The instance is about to go: start nothing new. What is under way completes (with
     * SHOAL_E_CANCELLED) between `stop` and `destroy`. [strand] */
    void (*stop)(void* self);

    /* Frees the instance. The host pointer is dead when it returns. [strand] */
    void (*destroy)(void* self);
} shoal_factory;
SHOAL_LAYOUT(shoal_factory, 72, destroy, 64);

typedef struct shoal_plugin {
    uint32_t struct_size;
    uint32_t abi_minor; /* the lowest host minor this library needs */
    shoal_text manifest;
    const shoal_factory* const* factories;
    uint32_t factory_count;
    uint32_t reserved;
} shoal_plugin;
SHOAL_LAYOUT(shoal_plugin, 40, reserved, 36);

#if defined(_WIN32)
#define SHOAL_EXPORT __declspec(dllexport)
#else
#define SHOAL_EXPORT __attribute__((visibility("default")))
#endif

/* The one exported symbol. Its name carries the ABI major, so that a library of another major is simply not found.
 * Must have no side effect; may be called more than once, from any thread. */
#define SHOAL_PLUGIN_ENTRY shoal_plugin_entry_1
#define SHOAL_PLUGIN_ENTRY_NAME "shoal_plugin_entry_1"
#define SHOAL_MANIFEST_SECTION ".shoal.manifest"
typedef const shoal_plugin* (*shoal_plugin_entry_function)(void);
SHOAL_EXPORT const shoal_plugin* SHOAL_PLUGIN_ENTRY(void);

#ifdef __cplusplus
}
#endif
#endif
