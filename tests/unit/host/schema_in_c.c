/* A method's schema as an author in C writes it: constants, and no code. */
#include <shoal/abi/schema.h>

static const shoal_value once = {.type = SHOAL_VALUE_INT, .as = {.integer = 1}};
static const shoal_text voices[] = {SHOAL_TEXT("loud"), SHOAL_TEXT("low")};
static const shoal_status errors[] = {SHOAL_E_TIMEOUT};

static const shoal_field fields[] = {
    {.name = SHOAL_TEXT("word"), .help = SHOAL_TEXT("what to say"), .type = SHOAL_VALUE_TEXT, .flags = SHOAL_FIELD_REQUIRED},
    {.name = SHOAL_TEXT("times"), .help = SHOAL_TEXT("how often"), .type = SHOAL_VALUE_INT, .fallback = &once},
    {.name = SHOAL_TEXT("voice"), .help = SHOAL_TEXT("how"), .type = SHOAL_VALUE_TEXT, .choices = voices, .choice_count = 2}};

const shoal_method_schema schema_in_c = {.struct_size = sizeof schema_in_c,
                                         .argument_count = sizeof fields / sizeof *fields,
                                         .name = SHOAL_TEXT("word.say"),
                                         .help = SHOAL_TEXT("says a word"),
                                         .answer = SHOAL_TEXT("the word"),
                                         .arguments = fields,
                                         .argument_stride = sizeof *fields,
                                         .error_count = 1,
                                         .errors = errors};
