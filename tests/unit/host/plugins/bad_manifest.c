/* A section that is not JSON. */
#include "plugin.h"

static const char manifest[] IN_MANIFEST_SECTION = "{ \"id\": \"org.example.picker.bad\", ";
