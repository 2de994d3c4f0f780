/* What a plug-in says about a method or an event of its own: enough to check a call before it comes, to write the reference
 * and to complete a command line. All of it is copied during the call that hands it over, and most may be static:
 *
 *   static const shoal_field fields[] = {
 *       {.name = SHOAL_TEXT("word"), .help = SHOAL_TEXT("what to say"), .type = SHOAL_VALUE_TEXT, .flags = SHOAL_FIELD_REQUIRED}};
 *   static const shoal_method_schema say = {
 *       .struct_size = sizeof say, .argument_count = 1, .name = SHOAL_TEXT("word.say"), .help = SHOAL_TEXT("says a word"),
 *       .arguments = fields, .argument_stride = sizeof *fields};
 */
#ifndef SHOAL_ABI_SCHEMA_H
#define SHOAL_ABI_SCHEMA_H

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SHOAL_FIELD_REQUIRED 1u

/* One named value: an argument of a method, or what an event carries. Names are of a-z, 0-9, '_' and '-' and begin with a letter, at most 64
 * octets; helps are one line of at most 1,024, without a full stop. Grows at its end; walked by the stride that comes with it. */
typedef struct shoal_field {
    shoal_text name;
    shoal_text help;
    uint32_t type;               /* SHOAL_VALUE_…; SHOAL_VALUE_NULL: any */
    uint32_t flags;              /* SHOAL_FIELD_… */
    const shoal_value* fallback; /* what an absent argument counts as; NULL: it stays absent */
    const shoal_text* choices;   /* what a text may be, at most 64 of at most 128 octets; none: anything */
    uint32_t choice_count;
    uint32_t reserved;
} shoal_field;
SHOAL_LAYOUT(shoal_field, 64, reserved, 60);

typedef struct shoal_method_schema {
    uint32_t struct_size;
    uint32_t argument_count;      /* at most 64 */
    shoal_text name;              /* "dht.get": whose, and a verb; at most 128 octets */
    shoal_text help;
    shoal_text answer;            /* a line: what comes back; may be empty */
    const shoal_field* arguments; /* each name once */
    uint32_t argument_stride;     /* sizeof(shoal_field) */
    uint32_t error_count;         /* at most 32 */
    const shoal_status* errors;   /* SHOAL_E_…: of its own; any method may fail with SHOAL_E_ARGUMENT and SHOAL_E_CANCELLED */
} shoal_method_schema;
SHOAL_LAYOUT(shoal_method_schema, 80, errors, 72);

typedef struct shoal_event_schema {
    uint32_t struct_size;
    uint32_t field_count;      /* at most 64 */
    shoal_text name;           /* as in `publish` */
    shoal_text help;
    const shoal_field* fields; /* each name once; none has a fallback */
    uint32_t field_stride;     /* sizeof(shoal_field) */
    uint32_t reserved;
} shoal_event_schema;
SHOAL_LAYOUT(shoal_event_schema, 56, reserved, 52);

#ifdef __cplusplus
}
#endif
#endif
