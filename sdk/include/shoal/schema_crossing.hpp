// Schemas on their way to the host: lent for the call.
#pragma once

#include <shoal/abi/schema.h>
#include <shoal/crossing.hpp>
#include <shoal/schema.hpp>
#include <shoal/value_crossing.hpp>

#include <cstdint>
#include <deque>
#include <vector>

namespace shoal {

namespace detail {

// Fields in the ABI's form. Borrows from `fields`, which outlive it.
class AbiFields {
public:
    explicit AbiFields(const std::vector<Field>& fields)
    {
        fields_.reserve(fields.size());
        for (const auto& field : fields) fields_.push_back(convert(field));
    }
    AbiFields(const AbiFields&) = delete;
    AbiFields& operator=(const AbiFields&) = delete;

    [[nodiscard]] const shoal_field* data() const noexcept { return fields_.data(); }
    [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(fields_.size()); }

private:
    shoal_field convert(const Field& field)
    {
        shoal_field out{};
        out.name = to_abi(field.name);
        out.help = to_abi(field.help);
        out.type = static_cast<std::uint32_t>(field.type);
        out.flags = field.is_required ? SHOAL_FIELD_REQUIRED : 0;
        if (!field.fallback.is_null()) out.fallback = fallbacks_.emplace_back(field.fallback).pointer();
        auto& choices = choices_.emplace_back();
        for (const auto& choice : field.choices) choices.push_back(to_abi(choice));
        out.choices = choices.data();
        out.choice_count = static_cast<std::uint32_t>(choices.size());
        return out;
    }

    std::deque<AbiValue> fallbacks_;
    std::deque<std::vector<shoal_text>> choices_;
    std::vector<shoal_field> fields_;
};

} // namespace detail

/// A method's schema in the ABI's form. Borrows from `schema`, which outlives it.
class AbiMethodSchema {
public:
    explicit AbiMethodSchema(const MethodSchema& schema) : arguments_(schema.arguments)
    {
        for (const auto code : schema.errors) errors_.push_back(to_status(code));
        raw_.struct_size = sizeof raw_;
        raw_.name = to_abi(schema.name);
        raw_.help = to_abi(schema.help);
        raw_.answer = to_abi(schema.answer);
        raw_.arguments = arguments_.data();
        raw_.argument_count = arguments_.size();
        raw_.argument_stride = sizeof(shoal_field);
        raw_.errors = errors_.data();
        raw_.error_count = static_cast<std::uint32_t>(errors_.size());
    }

    [[nodiscard]] const shoal_method_schema* pointer() const noexcept { return &raw_; }

private:
    detail::AbiFields arguments_;
    std::vector<shoal_status> errors_;
    shoal_method_schema raw_{};
};

/// The same of an event.
class AbiEventSchema {
public:
    explicit AbiEventSchema(const EventSchema& schema) : fields_(schema.fields)
    {
        raw_.struct_size = sizeof raw_;
        raw_.name = to_abi(schema.name);
        raw_.help = to_abi(schema.help);
        raw_.fields = fields_.data();
        raw_.field_count = fields_.size();
        raw_.field_stride = sizeof(shoal_field);
    }

    [[nodiscard]] const shoal_event_schema* pointer() const noexcept { return &raw_; }

private:
    detail::AbiFields fields_;
    shoal_event_schema raw_{};
};

} // namespace shoal
