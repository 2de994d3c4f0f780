#include "rpc/message.hpp"

#include "control/json.hpp"

#include <fmt/format.h>

namespace shoal::rpc {

namespace {

constexpr std::string_view version = "2.0";

Value::Map envelope()
{
    Value::Map message;
    message.append("jsonrpc", version);
    return message;
}

bool is_id(const Value& value)
{
    return value.is_null() || value.as_text() != nullptr || value.as_integer() != nullptr || value.as_real() != nullptr;
}

Fault bad_request(Value id, std::string text)
{
    return {.id = std::move(id),
            .code = FaultCode::invalid_request,
            .error = make_error(Errc::bad_input, std::move(text))};
}

std::int64_t number_of(const Fault& fault)
{
    const auto code = static_cast<std::int64_t>(fault.code);
    return fault.code == FaultCode::of_method ? code - static_cast<int>(fault.error.code) : code;
}

Errc errc_named(std::string_view name)
{
    for (int code = static_cast<int>(Errc::invalid_argument); code <= static_cast<int>(Errc::end_of_file); ++code) {
        if (errc_name(static_cast<Errc>(code)) == name) return static_cast<Errc>(code);
    }
    return Errc::protocol_error;
}

std::string text_at(const Value::Map& map, std::string_view key)
{
    const auto* value = map.find(key);
    const auto* text = value != nullptr ? value->as_text() : nullptr;
    return text != nullptr ? *text : std::string();
}

Error read_fault(const Value& value)
{
    const auto* map = value.as_map();
    if (map == nullptr) return make_error(Errc::protocol_error, "the answer is an error that is no object");
    const auto* data = map->find("data");
    const auto* details = data != nullptr ? data->as_map() : nullptr;
    auto text = text_at(*map, "message");
    if (text.empty()) text = "the answer is an error without a text";
    return make_error(details != nullptr ? errc_named(text_at(*details, "name")) : Errc::protocol_error, std::move(text));
}

Result<Value::Map> named(const control::MethodSchema& schema, const Value::List& list)
{
    if (list.size() > schema.arguments.size()) {
        return make_error(Errc::invalid_argument, fmt::format("{} has {} arguments, not {}", schema.name,
                                                              schema.arguments.size(), list.size()));
    }
    Value::Map arguments;
    for (std::size_t i = 0; i < list.size(); ++i) arguments.set(schema.arguments[i].name, list[i]);
    return arguments;
}

}  // namespace

std::variant<Request, Fault> read_request(Value message)
{
    const auto* map = message.as_map();
    if (map == nullptr) return bad_request({}, "a request is an object");
    Request request;
    if (const auto* id = map->find("id")) {
        if (!is_id(*id)) return bad_request({}, "the id of a request is a string, a number or null");
        request.id = *id;
    }
    const auto bad = [&](std::string text) { return bad_request(request.id.value_or(Value()), std::move(text)); };
    if (text_at(*map, "jsonrpc") != version) return bad("a request says \"jsonrpc\":\"2.0\"");
    request.method = text_at(*map, "method");
    if (request.method.empty()) return bad("a request names its method");
    if (const auto* params = map->find("params")) {
        if (params->as_map() == nullptr && params->as_list() == nullptr) return bad("params are an object or an array");
        request.params = *params;
    }
    return request;
}

Result<Value::Map> arguments_of(const control::MethodSchema& schema, const Value& params)
{
    if (const auto* map = params.as_map()) return *map;
    if (const auto* list = params.as_list()) return named(schema, *list);
    return Value::Map{};
}

std::string request_line(std::int64_t id, std::string_view method, Value::Map arguments)
{
    auto message = envelope();
    message.append("id", id);
    message.append("method", method);
    message.append("params", std::move(arguments));
    return control::to_json(std::move(message)) + '\n';
}

std::string event_line(std::string_view event, const Value::Map& payload)
{
    auto message = envelope();
    message.append("method", event);
    message.append("params", payload);
    return control::to_json(std::move(message)) + '\n';
}

std::string answer_text(Value id, Value result)
{
    auto message = envelope();
    message.append("id", std::move(id));
    message.append("result", std::move(result));
    return control::to_json(std::move(message));
}

std::string fault_text(const Fault& fault)
{
    Value::Map data;
    data.append("name", errc_name(fault.error.code));
    Value::Map error;
    error.append("code", number_of(fault));
    error.append("message", fault.error.text);
    error.append("data", std::move(data));
    auto message = envelope();
    message.append("id", fault.id);
    message.append("error", std::move(error));
    return control::to_json(std::move(message));
}

Result<std::variant<Answer, Event>> read_answer(const Value& message)
{
    using Heard = std::variant<Answer, Event>;
    const auto* map = message.as_map();
    if (map == nullptr) return make_error(Errc::protocol_error, "an answer is an object");
    if (const auto* id = map->find("id")) {
        const auto* result = map->find("result");
        if (result != nullptr) return Heard(Answer{.id = *id, .outcome = *result});
        const auto* error = map->find("error");
        if (error != nullptr) return Heard(Answer{.id = *id, .outcome = read_fault(*error)});
        return make_error(Errc::protocol_error, "an answer has a result or an error");
    }
    Event event{.name = text_at(*map, "method")};
    if (event.name.empty()) return make_error(Errc::protocol_error, "neither an answer nor an event");
    const auto* params = map->find("params");
    if (params != nullptr && params->as_map() != nullptr) event.payload = *params->as_map();
    return Heard(std::move(event));
}

}  // namespace shoal::rpc
