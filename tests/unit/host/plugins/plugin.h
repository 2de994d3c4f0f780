/* What each small plug-in of these tests begins and ends with, in plain C11 and C++ alike. */
#ifndef SHOAL_TEST_PLUGIN_H
#define SHOAL_TEST_PLUGIN_H

#include <shoal/abi/plugin.h>

#define IN_MANIFEST_SECTION __attribute__((section(SHOAL_MANIFEST_SECTION), used))

#define MANIFEST(id, kind, name, scope)                                                                      \
    "{ \"id\": \"" id "\", \"version\": \"1.0.0\", \"license\": \"MIT\", \"summary\": \"for a test\","       \
    " \"abi\": { \"major\": 1, \"minor\": 0 },"                                                              \
    " \"provides\": [ { \"kind\": \"" kind "\", \"name\": \"" name "\", \"scope\": \"" scope "\" } ] }"

#define TEXT(literal)                                                                                        \
    {                                                                                                        \
        literal, sizeof(literal) - 1                                                                         \
    }

/* The literal brings its terminator into the section: a C author's section looks like this. */
#define DEFINE_PLUGIN(manifest_json, factory)                                                                \
    static const char manifest[] IN_MANIFEST_SECTION = manifest_json;                                        \
    static const shoal_factory* const factories[] = {&factory};                                              \
    static const shoal_plugin descriptor = {                                                                 \
        sizeof(shoal_plugin), 0, {manifest, sizeof manifest - 1}, factories, 1, 0};                          \
    const shoal_plugin* SHOAL_PLUGIN_ENTRY(void)                                                             \
    {                                                                                                        \
        return &descriptor;                                                                                  \
    }

#endif
