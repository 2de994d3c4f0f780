/* A manifest, and nothing that could be called. */
#include "plugin.h"

static const char manifest[] IN_MANIFEST_SECTION =
    MANIFEST("org.example.picker.no-entry", "shoal.picker/1", "no-entry", "torrent");
