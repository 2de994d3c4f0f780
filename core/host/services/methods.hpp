#pragma once

#include "host/instance.hpp"
#include "host/services/catalog.hpp"

#include <shoal/abi/services.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::host::services {

// The methods an instance offers, and the calls that wait for their answer.
class MethodsService final : public LentService {
public:
    static constexpr auto slot = Slot::methods;

    explicit MethodsService(InstanceState& state) : state_(state) {}

    std::vector<control::MethodSchema> offered() const;
    // Answers once, in a later turn of the loop.
    void call(std::string_view name, const Value::Map& arguments, MethodAnswered done);

    shoal_status offer(const shoal_method_schema* schema, shoal_method on_call, void* user);
    shoal_status answer(std::uint64_t call, shoal_status status, const shoal_value* answer);

    void end(bool nothing_runs) override;

private:
    struct Method {
        control::MethodSchema schema;
        shoal_method on_call;
        void* user;
    };

    void settle(std::uint64_t call, Result<Value> answer);

    InstanceState& state_;
    std::map<std::string, Method, std::less<>> methods_;
    std::map<std::uint64_t, MethodAnswered> waiting_;
};

}  // namespace shoal::host::services
