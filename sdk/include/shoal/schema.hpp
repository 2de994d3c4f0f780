// What is said about methods and events: enough to check a call before it comes, to write the reference and to complete a command
// line. In a plug-in and in the core alike.
#pragma once

#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <string>
#include <vector>

namespace shoal {

/// One named value of a method's arguments, of its answer or of an event.
struct Field {
    std::string name;                      // a-z, 0-9, '_' and '-', a letter first
    Value::Type type = Value::Type::null;  // null: any. An int is taken where a real is wanted, hexadecimal text where bytes are
    std::string help{};                    // a line without a full stop
    bool is_required = false;
    Value fallback{};                      // what an absent one counts as; null: it stays absent
    std::vector<std::string> choices{};    // of a text; none: any text
};

/// What a method takes, gives and may say no with.
struct MethodSchema {
    std::string name;  // noun.verb: "torrents.add"
    std::string help{};  // a line
    std::vector<Field> arguments{};
    std::string answer{};  // a line: what comes back
    std::vector<Errc> errors{};  // of its own; any method may fail with invalid_argument and cancelled
};

struct EventSchema {
    std::string name;  // noun.past: "torrent.finished"
    std::string help{};
    std::vector<Field> fields{};
};

} // namespace shoal
