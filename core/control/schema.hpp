#pragma once

#include "control/value.hpp"

#include <shoal/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shoal::control {

// One named value of a method's arguments, of its answer or of an event. Values are checked against it before anybody sees them.
struct Field {
    std::string name;
    Value::Type type = Value::Type::null;  // null: any. An int is taken where a real is wanted, hexadecimal text where bytes are
    std::string help;                      // a line without a full stop
    bool is_required = false;
    Value fallback{};                      // what an absent one counts as; null: it stays absent
    std::vector<std::string> choices{};    // of a text; none: any text
};

// What a method takes, gives and may say no with: enough to check a call, write the reference and complete a command line.
struct MethodSchema {
    std::string name;  // noun.verb: "torrents.add"
    std::string help;  // a line
    std::vector<Field> arguments{};
    std::string answer{};  // a line: what comes back
    std::vector<Errc> errors{};
};

struct EventSchema {
    std::string name;  // noun.past: "torrent.finished"
    std::string help;
    std::vector<Field> fields{};
};

// "any" for null.
std::string_view field_type_name(Value::Type type);

// The arguments in the schema's order, with the fallbacks filled in; one that is null counts as absent. Errors: invalid_argument,
// naming method and argument: unknown, missing, of the wrong type (text that is not UTF-8 and infinity are of none), or none of the choices.
Result<Value::Map> checked(const MethodSchema& schema, Value::Map arguments);

}  // namespace shoal::control
