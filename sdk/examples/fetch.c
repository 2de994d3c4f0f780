/* Fetches a torrent with an embedded Shoal, and says what happens:  fetch TORRENT-OR-MAGNET FOLDER [PEER]
 * cc fetch.c -I…/include -L…/lib -lshoal -o fetch */
#define _XOPEN_SOURCE 700 /* realpath */
#include <shoal/client.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Writes `text` as a JSON string. */
static void append_text(char* json, size_t size, const char* text)
{
    size_t at = strlen(json);
    if (at + 1 < size) json[at++] = '"';
    for (; *text != '\0' && at + 7 < size; ++text) {
        if (*text == '"' || *text == '\\') json[at++] = '\\';
        if ((unsigned char)*text < 0x20) at += (size_t)snprintf(json + at, 7, "\\u%04x", (unsigned)*text);
        else json[at++] = *text;
    }
    json[at++] = '"';
    json[at] = '\0';
}

static int add(shoal_client* client, const char* source, const char* folder, const char* peer)
{
    static char arguments[65536] = "{\"source\":";
    append_text(arguments, sizeof arguments - 64, source);
    /* The client takes whole paths alone: it is a library, and where its program is may change. */
    char* whole = mkdir(folder, 0777) == 0 || errno == EEXIST ? realpath(folder, NULL) : NULL;
    if (whole == NULL) {
        perror(folder);
        return 1;
    }
    strcat(arguments, ",\"folder\":");
    append_text(arguments, sizeof arguments - 64, whole);
    free(whole);
    if (peer != NULL) {
        strcat(arguments, ",\"peers\":[");
        append_text(arguments, sizeof arguments - 64, peer);
        strcat(arguments, "]");
    }
    strcat(arguments, "}");
    char* answer = NULL;
    const int failed = shoal_client_call(client, "torrents.add", arguments, &answer);
    fprintf(failed ? stderr : stdout, "%s\n", answer != NULL ? answer : "");
    shoal_client_free_text(answer);
    return failed;
}

int main(int count, char** words)
{
    if (count < 3) {
        fprintf(stderr, "usage: %s TORRENT-OR-MAGNET FOLDER [PEER]\n", words[0]);
        return 2;
    }
    char* error = NULL;
    shoal_client* client = shoal_client_new("{\"settings\": {\"discoveries\": []}}", &error);
    if (client == NULL) {
        fprintf(stderr, "%s\n", error != NULL ? error : "out of memory");
        shoal_client_free_text(error);
        return 1;
    }
    int result = add(client, words[1], words[2], count > 3 ? words[3] : NULL) ? 1 : -1;
    while (result < 0) {
        char* event = shoal_client_next_event(client, 60000);
        if (event == NULL || strstr(event, "\"event\":\"torrent.error\"") != NULL) result = 1;
        if (event != NULL && strstr(event, "\"event\":\"torrent.finished\"") != NULL) result = 0;
        if (event != NULL && strstr(event, "\"event\":\"piece.verified\"") == NULL) puts(event);
        shoal_client_free_text(event);
    }
    shoal_client_free(client);
    return result;
}
