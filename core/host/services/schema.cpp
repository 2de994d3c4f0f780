#include "host/services/schema.hpp"

#include "control/alike.hpp"
#include "host/services/guard.hpp"
#include "host/status.hpp"

#include <shoal/crossing.hpp>
#include <shoal/utf8.hpp>
#include <shoal/value_crossing.hpp>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_schema_name = 128;
constexpr std::uint64_t longest_help = 1024;
constexpr std::uint32_t most_fields = 64;
constexpr std::uint32_t most_choices = 64;
constexpr std::uint32_t most_errors = 32;
constexpr ValueLimits fallback_limits{.depth = 8, .nodes = 256, .octets = 64 * 1024};

using Fields = std::vector<control::Field>;

Error unreadable(std::string_view what)
{
    return make_error(Errc::bad_input, "the schema: " + std::string(what));
}

Result<std::string> read_text(shoal_text raw, std::uint64_t longest, std::string_view what)
{
    const auto text = borrowed(raw, longest);
    if (!text || !is_valid_utf8(*text)) return unreadable(std::string(what) + " is missing, too long or no UTF-8");
    return std::string(*text);
}

Result<std::vector<std::string>> read_choices(const shoal_field& raw)
{
    if (raw.choice_count > most_choices || (raw.choices == nullptr && raw.choice_count > 0)) {
        return unreadable("the choices of a field are missing or too many");
    }
    std::vector<std::string> out;
    for (const auto& choice : std::span(raw.choices, raw.choice_count)) {
        auto text = read_text(choice, longest_schema_name, "a choice");
        if (!text) return text.error();
        out.push_back(std::move(*text));
    }
    return out;
}

Result<control::Field> read_field(const shoal_field& raw)
{
    auto name = read_text(raw.name, longest_schema_name, "the name of a field");
    if (!name) return name.error();
    auto help = read_text(raw.help, longest_help, "the help of a field");
    if (!help) return help.error();
    if (raw.type > SHOAL_VALUE_MAP) return unreadable("the type of " + control::quoted_name(*name) + " is none");
    if ((raw.flags & ~SHOAL_FIELD_REQUIRED) != 0 || raw.reserved != 0) {
        return unreadable("an unknown flag or a reserved field of " + control::quoted_name(*name) + " is in use");
    }
    auto choices = read_choices(raw);
    if (!choices) return choices.error();
    auto fallback = raw.fallback == nullptr ? Result<Value>(Value{}) : from_abi(*raw.fallback, fallback_limits);
    if (!fallback) return fallback.error();
    return control::Field{.name = std::move(*name),
                          .type = static_cast<Value::Type>(raw.type),
                          .help = std::move(*help),
                          .is_required = (raw.flags & SHOAL_FIELD_REQUIRED) != 0,
                          .fallback = std::move(*fallback),
                          .choices = std::move(*choices)};
}

Result<Fields> read_fields(const shoal_field* first, std::uint32_t count, std::uint32_t stride)
{
    Fields out;
    if (count == 0) return out;
    if (count > most_fields || first == nullptr) return unreadable("the fields are missing or too many");
    if (stride < sizeof(shoal_field) || stride % alignof(shoal_field) != 0) return unreadable("the stride is not the size of a field");
    for (const auto& raw : Strided<shoal_field>(first, count, stride)) {
        auto field = read_field(raw);
        if (!field) return field.error();
        out.push_back(std::move(*field));
    }
    return out;
}

// Each once: several codes of the ABI are one here.
Result<std::vector<Errc>> read_errors(const shoal_status* first, std::uint32_t count)
{
    std::vector<Errc> out;
    if (count > most_errors || (first == nullptr && count > 0)) return unreadable("the errors are missing or too many");
    for (const auto status : std::span(first, count)) {
        if (status >= 0 || !is_known_status(status)) return unreadable(std::to_string(status) + " is no error");
        const auto code = to_errc(status);
        if (std::ranges::find(out, code) == out.end()) out.push_back(code);
    }
    return out;
}

template <class Raw>
bool is_whole(const Raw* raw)
{
    return raw != nullptr && raw->struct_size >= sizeof *raw;
}

}  // namespace

Result<control::MethodSchema> read_schema(const shoal_method_schema* raw)
{
    if (!is_whole(raw)) return unreadable("it is NULL or too short");
    auto name = read_text(raw->name, longest_schema_name, "the name");
    if (!name) return name.error();
    auto help = read_text(raw->help, longest_help, "the help");
    if (!help) return help.error();
    auto answer = read_text(raw->answer, longest_help, "the answer");
    if (!answer) return answer.error();
    auto arguments = read_fields(raw->arguments, raw->argument_count, raw->argument_stride);
    if (!arguments) return arguments.error();
    auto errors = read_errors(raw->errors, raw->error_count);
    if (!errors) return errors.error();
    control::MethodSchema schema{.name = std::move(*name),
                                 .help = std::move(*help),
                                 .arguments = std::move(*arguments),
                                 .answer = std::move(*answer),
                                 .errors = std::move(*errors)};
    if (auto fine = control::check_schema(schema); !fine) return fine.error();
    return schema;
}

Result<control::EventSchema> read_schema(const shoal_event_schema* raw)
{
    if (!is_whole(raw)) return unreadable("it is NULL or too short");
    if (raw->reserved != 0) return unreadable("a reserved field is in use");
    auto name = read_text(raw->name, longest_schema_name, "the name");
    if (!name) return name.error();
    auto help = read_text(raw->help, longest_help, "the help");
    if (!help) return help.error();
    auto fields = read_fields(raw->fields, raw->field_count, raw->field_stride);
    if (!fields) return fields.error();
    control::EventSchema schema{.name = std::move(*name), .help = std::move(*help), .fields = std::move(*fields)};
    if (auto fine = control::check_schema(schema); !fine) return fine.error();
    return schema;
}

}  // namespace shoal::host::services
