// Methods: what people and scripts may ask of an instance, by name. The rules of services/local.hpp hold.
#pragma once

#include <shoal/abi/services.h>
#include <shoal/crossing.hpp>
#include <shoal/detail/fence.hpp>
#include <shoal/detail/lent.hpp>
#include <shoal/result.hpp>
#include <shoal/schema_crossing.hpp>
#include <shoal/unique_function.hpp>
#include <shoal/value_crossing.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal {

/// The answer that a called method still owes. Dropping it unanswered answers with an error.
class Answer {
public:
    Answer(const shoal_host* host, const shoal_host_methods_v1* table, std::uint64_t call) noexcept
        : host_(host), table_(table), call_(call)
    {
    }
    Answer(Answer&& other) noexcept
        : host_(other.host_), table_(other.table_), call_(std::exchange(other.call_, 0))
    {
    }
    Answer& operator=(Answer&& other) noexcept
    {
        std::swap(host_, other.host_);
        std::swap(table_, other.table_);
        std::swap(call_, other.call_);
        return *this;
    }
    ~Answer()
    {
        if (call_ != 0) table_->answer(host_, call_, SHOAL_E_CANCELLED, nullptr);
    }

    void give(const Value& value)
    {
        const AbiValue raw(value);
        table_->answer(host_, std::exchange(call_, 0), SHOAL_OK, raw.pointer());
    }

    void refuse(const Error& error)
    {
        const Value text(error.text);
        const AbiValue raw(text);
        table_->answer(host_, std::exchange(call_, 0), to_status(error.code), raw.pointer());
    }

private:
    const shoal_host* host_;
    const shoal_host_methods_v1* table_;
    std::uint64_t call_;
};

/// What people and scripts may ask of the instance. Offer in the constructor; the object lives as long as the plug-in's.
class Methods : public detail::Lent<Methods, shoal_host_methods_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_METHODS;
    using Lent::Lent;
    using OnCall = UniqueFunction<void(const Value::Map& arguments, Answer answer)>;

    /// The host checks every call against the schema: what comes is complete, and of the right types.
    Result<void> offer(const MethodSchema& schema, OnCall on_call)
    {
        auto offered = std::make_unique<Offered>(Offered{host(), &table(), std::move(on_call)});
        const AbiMethodSchema raw(schema);
        const auto status = table().offer(host(), raw.pointer(), &Methods::called, offered.get());
        if (status >= 0) offered_.push_back(std::move(offered));
        return to_result(status, "offering the method " + schema.name);
    }

private:
    struct Offered {
        const shoal_host* host;
        const shoal_host_methods_v1* table;
        OnCall on_call;
    };

    static void called(void* user, std::uint64_t call, const shoal_value* arguments) noexcept
    {
        auto& offered = *static_cast<Offered*>(user);
        detail::fence_void(offered.host, "a method", [&] {
            Answer answer(offered.host, offered.table, call);
            const auto value = from_abi(*arguments);
            if (!value) return answer.refuse(value.error());
            if (value->as_map() == nullptr) {
                return answer.refuse(make_error(Errc::invalid_argument, "the arguments are no map"));
            }
            offered.on_call(*value->as_map(), std::move(answer));
        });
    }

    std::vector<std::unique_ptr<Offered>> offered_;
};

} // namespace shoal
