/* Made for an ABI of another major: other members, other entry. */
#include "plugin.h"

static const char manifest[] IN_MANIFEST_SECTION =
    "{ \"identity\": \"org.example.picker.other-major\", \"abi\": { \"major\": 2, \"minor\": 0 } }";

SHOAL_EXPORT int shoal_plugin_entry_2(void);
int shoal_plugin_entry_2(void)
{
    return manifest[0];
}
