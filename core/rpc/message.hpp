#pragma once

#include "control/schema.hpp"
#include "control/value.hpp"

#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

// JSON-RPC 2.0 as values, of both sides. The text of an error is for people; programs read `error.data.name`, the name of an Errc.
namespace shoal::rpc {

using control::Value;

// What a client asks for.
struct Request {
    std::optional<Value> id{};  // none: a notification, which nobody answers
    std::string method{};
    Value params{};             // null, a map or a list
};

// The codes that the specification gives a meaning; all others are -32000 less the number of the Errc.
enum class FaultCode : std::int64_t {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    of_method = -32000,
};

struct Fault {
    Value id{};
    FaultCode code = FaultCode::of_method;
    Error error{};
};

std::variant<Request, Fault> read_request(Value message);

// By name: a map as it is, a list in the order of the schema. Errors: invalid_argument.
Result<Value::Map> arguments_of(const control::MethodSchema& schema, const Value& params);

// Each one line with its end.
std::string request_line(std::int64_t id, std::string_view method, Value::Map arguments);
std::string event_line(std::string_view event, const Value::Map& payload);
// Without its end, as batches are made of them.
std::string answer_text(Value id, Value result);
std::string fault_text(const Fault& fault);

// What a client hears.
struct Answer {
    Value id{};
    Result<Value> outcome;
};
struct Event {
    std::string name{};
    Value::Map payload{};
};

// Errors: protocol_error.
Result<std::variant<Answer, Event>> read_answer(const Value& message);

}  // namespace shoal::rpc
