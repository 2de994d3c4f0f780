/* Services the host lends, each a table found once, in `create`, by host->service(host, id).
 * All take the instance's host pointer first. Completions and callbacks arrive on the strand, never from inside the call that
 * started them. After `stop` every open operation completes with SHOAL_E_CANCELLED. */
#ifndef SHOAL_ABI_SERVICES_H
#define SHOAL_ABI_SERVICES_H

#include "host.h"
#include "schema.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- timers --------------------------------------------------------------------------------------------------- */
#define SHOAL_SERVICE_TIMER "shoal.host.timer/1"

typedef struct shoal_host_timer_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Calls `fire` once, `delay_ns` from now. `*timer` names it for `cancel`. [strand] */
    shoal_status (*start)(const shoal_host* host, uint64_t delay_ns, void (*fire)(void* user, uint64_t timer), void* user,
                          uint64_t* timer);
    /* After SHOAL_OK it will not fire; SHOAL_E_STALE: it has fired or never was. [strand] */
    shoal_status (*cancel)(const shoal_host* host, uint64_t timer);
} shoal_host_timer_v1;
SHOAL_LAYOUT(shoal_host_timer_v1, 24, cancel, 16);

/* ---- random numbers: in the lab from a counter-based generator of the instance's own -------------------------- */
#define SHOAL_SERVICE_RANDOM "shoal.host.random/1"

typedef struct shoal_host_random_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t (*next)(const shoal_host* host); /* 64 random bits [strand] */
    uint64_t (*below)(const shoal_host* host, uint64_t bound); /* uniform in [0, bound); bound 0 gives 0 [strand] */
} shoal_host_random_v1;
SHOAL_LAYOUT(shoal_host_random_v1, 24, below, 16);

/* ---- the calendar: for what people are shown and what has a date; it jumps when somebody sets the clock -------- */
#define SHOAL_SERVICE_CALENDAR "shoal.host.calendar/1"

typedef struct shoal_host_calendar_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Seconds since 1970, UTC. In the lab every world begins with the year 2030. [strand] */
    int64_t (*unix_time)(const shoal_host* host);
} shoal_host_calendar_v1;
SHOAL_LAYOUT(shoal_host_calendar_v1, 16, unix_time, 8);

/* ---- settings: declared in the manifest, checked by the host before the plug-in sees them ---------------------- */
#define SHOAL_SERVICE_SETTINGS "shoal.host.settings/1"

typedef struct shoal_host_settings_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* SHOAL_E_NOT_FOUND: not declared in the manifest; SHOAL_E_ARGUMENT: declared with another type. [strand] */
    shoal_status (*integer)(const shoal_host* host, shoal_text name, int64_t* value); /* also for type bool */
    shoal_status (*real)(const shoal_host* host, shoal_text name, double* value);
    shoal_status (*text)(const shoal_host* host, shoal_text name, shoal_text* value); /* valid until destroy */
} shoal_host_settings_v1;
SHOAL_LAYOUT(shoal_host_settings_v1, 32, text, 24);

/* ---- the torrent an instance of scope "torrent" belongs to ------------------------------------------------------ */
#define SHOAL_SERVICE_TORRENT "shoal.host.torrent/1"

/* Grows at its end; walk by `file_stride`. */
typedef struct shoal_torrent_file {
    shoal_text path;
    uint64_t offset; /* in the torrent */
    uint64_t length;
    uint32_t flags;  /* 1: padding (BEP 47) */
    uint32_t priority; /* as in shoal_swarm_view.priority */
} shoal_torrent_file;
SHOAL_LAYOUT(shoal_torrent_file, 40, priority, 36);

typedef struct shoal_torrent_view {
    uint32_t struct_size;
    uint32_t piece_count;
    uint8_t info_hash[20];
    uint32_t piece_length;
    uint64_t total_length;
    shoal_text name;
    const shoal_torrent_file* files;
    uint32_t file_count;
    uint32_t file_stride;
    uint32_t flags; /* SHOAL_TORRENT_… */
    uint32_t reserved;
} shoal_torrent_view;
SHOAL_LAYOUT(shoal_torrent_view, 80, reserved, 76);

#define SHOAL_TORRENT_PRIVATE 1u   /* BEP 27 */
#define SHOAL_TORRENT_RESOLVING 2u /* its metadata is not known yet: no pieces, no files, perhaps a name */

typedef struct shoal_host_torrent_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Valid until the end of the current call into the instance. [strand] */
    const shoal_torrent_view* (*view)(const shoal_host* host);
} shoal_host_torrent_v1;
SHOAL_LAYOUT(shoal_host_torrent_v1, 16, view, 8);

/* ---- events and metrics ------------------------------------------------------------------------------------------ */
#define SHOAL_SERVICE_EVENTS "shoal.host.events/1"

typedef struct shoal_host_events_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Announces that something happened, in the past tense or as a state ("can_play"); the host adds plug-in and torrent. [strand] */
    shoal_status (*publish)(const shoal_host* host, shoal_text name, const shoal_value* payload);
    /* Says what an event is like, for people who want to hear it; what is published need not be declared. Only during `create`. [strand] */
    shoal_status (*declare)(const shoal_host* host, const shoal_event_schema* schema);
} shoal_host_events_v1;
SHOAL_LAYOUT(shoal_host_events_v1, 24, declare, 16);

#define SHOAL_SERVICE_METRICS "shoal.host.metrics/1"

typedef struct shoal_host_metrics_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    void (*add)(const shoal_host* host, shoal_text counter, int64_t amount); /* [any] */
    void (*set)(const shoal_host* host, shoal_text gauge, int64_t value);    /* [any] */
} shoal_host_metrics_v1;
SHOAL_LAYOUT(shoal_host_metrics_v1, 24, set, 16);

/* ---- a few octets that outlive the process ------------------------------------------------------------------------- */
#define SHOAL_SERVICE_STORE "shoal.host.store/1"

/* One space of keys for each plug-in id, shared by its instances. A key has 1 to 128 octets of UTF-8, a value at most 1 MiB,
 * all together 16 MiB (SHOAL_E_LIMIT). Written at once as others see it, on disk a little later, and when the session ends. */
typedef struct shoal_host_store_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Valid until the end of the current call or the next write. SHOAL_E_NOT_FOUND. [strand] */
    shoal_status (*read)(const shoal_host* host, shoal_text key, shoal_bytes* value);
    shoal_status (*write)(const shoal_host* host, shoal_text key, shoal_bytes value); /* [strand] */
    shoal_status (*erase)(const shoal_host* host, shoal_text key); /* also when it is not there [strand] */
    /* What was written so far goes to the disk without delay, and before whatever the instance asks for from now on. [strand] */
    shoal_status (*commit)(const shoal_host* host);
    /* The keys that begin with `prefix` (empty: all) and come after `after` (empty: from the first), in the order of their octets, into the caller's
     * array of `capacity`; at most 1,000 a call. Fewer than it asked for, and than that: there are no more. What the texts point to is valid until the end
     * of the current call, or the next write or erase. [strand] */
    shoal_status (*list)(const shoal_host* host, shoal_text prefix, shoal_text after, shoal_text* keys, uint32_t capacity, uint32_t* count);
} shoal_host_store_v1;
SHOAL_LAYOUT(shoal_host_store_v1, 48, list, 40);

/* ---- methods: what people and scripts may ask of the instance -------------------------------------------------------- */
#define SHOAL_SERVICE_METHODS "shoal.host.methods/1"

/* Each call is answered once, now or later. `arguments` is a map, borrowed for the call: complete, and as the schema wants them. */
typedef void (*shoal_method)(void* user, uint64_t call, const shoal_value* arguments);

typedef struct shoal_host_methods_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Only during `create`. SHOAL_E_ARGUMENT: the schema is wrong, or its name is taken; the log says how. [strand] */
    shoal_status (*offer)(const shoal_host* host, const shoal_method_schema* schema, shoal_method on_call, void* user);
    /* With an error status the answer is a text for a person, or NULL. [strand] */
    shoal_status (*answer)(const shoal_host* host, uint64_t call, shoal_status status, const shoal_value* answer);
} shoal_host_methods_v1;
SHOAL_LAYOUT(shoal_host_methods_v1, 24, answer, 16);

/* ---- workers: blocking work off the strand ------------------------------------------------------------------------ */
#define SHOAL_SERVICE_WORKERS "shoal.host.workers/1"

typedef struct shoal_host_workers_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Runs `work` on a worker thread, then `done` on the strand (also, with SHOAL_E_CANCELLED, when `work` was never begun). [strand] */
    shoal_status (*run)(const shoal_host* host, void (*work)(void* user), shoal_task done, void* user);
    /* Returns when so much time has passed, at most a minute, and keeps the worker: in the lab that is virtual time, by which the
     * call ends later, and `now` does not show it. For what has to take its time, such as a modelled disk. [worker] */
    shoal_status (*pause)(const shoal_host* host, uint64_t time_ns);
} shoal_host_workers_v1;
SHOAL_LAYOUT(shoal_host_workers_v1, 24, pause, 16);

/* ---- names ----------------------------------------------------------------------------------------------------------- */
#define SHOAL_SERVICE_RESOLVER "shoal.host.resolver/1" /* permission net.resolve */

typedef void (*shoal_resolved)(void* user, uint64_t operation, shoal_status status, const shoal_endpoint* endpoints,
                               uint32_t count);

typedef struct shoal_host_resolver_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* `port` is copied into the answers. [strand] */
    shoal_status (*resolve)(const shoal_host* host, shoal_text name, uint32_t port, shoal_resolved done, void* user,
                            uint64_t* operation);
    shoal_status (*cancel)(const shoal_host* host, uint64_t operation); /* still completes [strand] */
} shoal_host_resolver_v1;
SHOAL_LAYOUT(shoal_host_resolver_v1, 24, cancel, 16);

/* ---- datagrams --------------------------------------------------------------------------------------------------------- */
#define SHOAL_SERVICE_UDP "shoal.host.udp/1" /* permission net.udp */

typedef void (*shoal_datagram)(void* user, uint64_t socket, const shoal_endpoint* from, shoal_bytes datagram);

typedef struct shoal_host_udp_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Binds `*local` (port 0: any) and writes back what was bound. [strand] */
    shoal_status (*open)(const shoal_host* host, shoal_endpoint* local, shoal_datagram on_datagram, void* user,
                         uint64_t* socket);
    /* May drop, as the network may. [strand] */
    shoal_status (*send)(const shoal_host* host, uint64_t socket, const shoal_endpoint* to, shoal_bytes datagram);
    shoal_status (*close)(const shoal_host* host, uint64_t socket); /* [strand] */
    /* A socket on the group's port that hears what is sent to the multicast group on any interface, and shares the port with
     * other programs. What it sends to the group leaves by every interface and goes no further than the local network; the
     * sender hears it, too. Permission net.multicast. [strand] */
    shoal_status (*open_group)(const shoal_host* host, const shoal_endpoint* group, shoal_datagram on_datagram, void* user,
                               uint64_t* socket);
} shoal_host_udp_v1;
SHOAL_LAYOUT(shoal_host_udp_v1, 40, open_group, 32);

/* ---- HTTP client: connections are kept alive per origin and shared by the process ---------------------------------------- */
#define SHOAL_SERVICE_HTTP "shoal.host.http/1" /* permission net.http */

/* FROZEN. */
typedef struct shoal_header {
    shoal_text name;
    shoal_text value;
} shoal_header;
SHOAL_LAYOUT(shoal_header, 32, value, 16);

typedef struct shoal_http_request {
    uint32_t struct_size;
    uint32_t header_count;
    shoal_text url;             /* http or https */
    shoal_text method;          /* empty: GET */
    const shoal_header* headers;
    shoal_bytes body;
    uint64_t timeout_ns;        /* the whole exchange; 0: 60 s */
    uint64_t max_body;          /* of the answer, unpacked; 0: 1 MiB */
    uint32_t max_redirects;     /* at most 5; 0: a redirect is the answer */
    uint32_t local_targets;     /* SHOAL_LOCAL_… */
} shoal_http_request;
SHOAL_LAYOUT(shoal_http_request, 88, local_targets, 84);

/* Which addresses that are not public (loopback, unspecified, link-local, private) may be asked. What a name leads to counts,
 * and every redirect: nothing is sent before that is known. For a URL that comes from a stranger it is not _ALL; then no
 * redirect leads from a public address to one that is not, either. */
#define SHOAL_LOCAL_ALL 0u
/* Where the last component of the path is a tracker's (announce…, scrape…); on loopback, unspecified and link-local
 * addresses it is the only one. */
#define SHOAL_LOCAL_TRACKERS 1u
#define SHOAL_LOCAL_NONE 2u

typedef struct shoal_http_response {
    uint32_t struct_size;
    uint32_t http_status; /* 200 … */
    shoal_text url;       /* after redirects */
    const shoal_header* headers; /* names in lower case */
    uint32_t header_count;
    uint32_t reserved;
    shoal_bytes body;     /* unpacked */
    shoal_text error;     /* for a person, when status is not SHOAL_OK */
} shoal_http_response;
SHOAL_LAYOUT(shoal_http_response, 72, error, 56);

/* SHOAL_OK: an HTTP answer came, whatever its code. Otherwise SHOAL_E_NETWORK, _REFUSED, _NOT_FOUND (name), _TIMEOUT,
 * _LIMIT (body or redirects), _ACCESS (local_targets), _CANCELLED; `response` is never NULL. */
typedef void (*shoal_http_done)(void* user, uint64_t operation, shoal_status status, const shoal_http_response* response);

typedef struct shoal_host_http_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    shoal_status (*request)(const shoal_host* host, const shoal_http_request* request, shoal_http_done done, void* user,
                            uint64_t* operation); /* [strand] */
    shoal_status (*cancel)(const shoal_host* host, uint64_t operation); /* still completes [strand] */
} shoal_host_http_v1;
SHOAL_LAYOUT(shoal_host_http_v1, 24, cancel, 16);

/* ---- HTTP server: small answers to small questions ---------------------------------------------------------------------- */
#define SHOAL_SERVICE_HTTP_SERVER "shoal.host.http_server/1" /* permission net.listen */

typedef struct shoal_http_question {
    uint32_t struct_size;
    uint32_t header_count;
    shoal_text method;
    shoal_text target;  /* path and query as sent, still percent-encoded */
    const shoal_header* headers; /* names in lower case */
    shoal_bytes body;   /* at most 1 MiB; more is answered 413 by the host */
    shoal_endpoint from;
} shoal_http_question;
SHOAL_LAYOUT(shoal_http_question, 88, from, 64);

/* Each question is answered once, now or later, with `answer`. */
typedef void (*shoal_http_asked)(void* user, uint64_t question, const shoal_http_question* asked);

typedef struct shoal_host_http_server_v1 {
    uint32_t struct_size;
    uint32_t reserved;
    /* Listens on `*local` (port 0: any) and writes back what was bound. [strand] */
    shoal_status (*listen)(const shoal_host* host, shoal_endpoint* local, shoal_http_asked on_question, void* user,
                           uint64_t* listener);
    shoal_status (*answer)(const shoal_host* host, uint64_t question, uint32_t http_status, shoal_text content_type,
                           shoal_bytes body); /* [strand] */
    shoal_status (*close)(const shoal_host* host, uint64_t listener); /* [strand] */
} shoal_host_http_server_v1;
SHOAL_LAYOUT(shoal_host_http_server_v1, 32, close, 24);

#ifdef __cplusplus
}
#endif
#endif
