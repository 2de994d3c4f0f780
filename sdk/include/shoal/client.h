/* Shoal inside another program: a client with the daemon's methods and events, in the same process. Texts are UTF-8, NUL-terminated; values
 * are JSON. The library is libshoal; it needs its plug-ins beside it, or where the options say.
 *
 * Everything here may be called from any thread, also at once; nothing of it calls back. Whoever is handed a `char*` frees it with
 * shoal_client_free_text. Until 1.0 this may still change; afterwards it only grows. */
#ifndef SHOAL_CLIENT_H
#define SHOAL_CLIENT_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SHOAL_CLIENT_API __attribute__((visibility("default")))
#else
#define SHOAL_CLIENT_API
#endif

typedef struct shoal_client shoal_client;

/* Begins: opens what was kept, listens, and goes on with the torrents there are. `options` is a JSON object, and may be NULL:
 *   "state":    the folder of the database; without it nothing outlives the client, and what is fetched without a
 *               folder of its own goes into a passing one
 *   "plugins":  where plug-ins are; without it the folder "plugins" beside the library, or "shoal/plugins"
 *   "settings": an object of settings by name, as in the reference: {"folders.download": "/data", "rates.down": 1000000}
 * NULL: it could not begin, and `*error` (unless `error` is NULL) is a text that says why. Blocks until it is known. */
SHOAL_CLIENT_API shoal_client* shoal_client_new(const char* options, char** error);

/* Calls a method ("torrents.add") with a JSON object of arguments, which may be NULL, and waits for the answer. 0: `*answer` is the value
 * as JSON. Otherwise `*answer` is an object {"code": "not_found", "text": "…"}, and the result is negative. `answer` may be NULL. */
SHOAL_CLIENT_API int shoal_client_call(shoal_client* client, const char* method, const char* arguments, char** answer);

/* The next event, as {"event": "torrent.finished", "payload": {…}}, waiting for it up to so many milliseconds (negative: for ever).
 * NULL: there was none, or the client is being freed. Events wait for their reader; the oldest of more than 10,000 are dropped, and
 * {"event": "events.lost", "payload": {"count": …}} comes in their place. */
SHOAL_CLIENT_API char* shoal_client_next_event(shoal_client* client, int timeout_ms);

SHOAL_CLIENT_API void shoal_client_free_text(char* text);

/* Stops every torrent, tells the trackers, saves everything; takes up to 10 s. Calls that other threads are waiting in end with "cancelled";
 * they must have returned before the next thing is called on the client: nothing may be. NULL is nothing.
 * When a disk does not answer in that time, what can be saved is, and this returns all the same (later, if the disk that hangs is the one of
 * the database): the threads that wait for the disk cannot be ended, so they, the memory they use, the addresses it listened on and the
 * lock on the state folder stay until the process ends. What was not saved is checked at the next start. */
SHOAL_CLIENT_API void shoal_client_free(shoal_client* client);

#ifdef __cplusplus
}
#endif
#endif
