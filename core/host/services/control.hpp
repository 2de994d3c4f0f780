#pragma once

#include "host/instance.hpp"
#include "host/services/attended_hooks.hpp"
#include "host/services/catalog.hpp"

#include <shoal/abi/control.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace shoal::host::services {

// The control plane as one instance sees it: its calls that wait for an answer, and the events it hears.
class ControlService final : public LentService {
public:
    static constexpr auto slot = Slot::control;

    explicit ControlService(InstanceState& state) : state_(state), hooks_(state) {}

    shoal_status call(shoal_text method, const shoal_value* arguments, shoal_called done, void* user, std::uint64_t* call);
    // Whom the plug-in calls for is the first: a script or a rule of its own.
    shoal_status call_for(shoal_text cause, shoal_text method, const shoal_value* arguments, shoal_called done, void* user,
                          std::uint64_t* call);
    shoal_status subscribe(shoal_text glob, shoal_heard on_event, void* user, std::uint64_t* subscription);
    shoal_status unsubscribe(std::uint64_t subscription);

    AttendedHooks& hooks() { return hooks_; }

    void end(bool nothing_runs) override;
    void detach() override
    {
        ear_.reset();
        hooks_.end();
    }

private:
    struct Call {
        shoal_called done;
        void* user;
    };
    struct Subscription {
        std::string glob;
        shoal_heard on_event;
        void* user;
    };

    shoal_status begin(std::string cause, shoal_text method, const shoal_value* arguments, Call answered, std::uint64_t* call);
    void answer(std::uint64_t call, const Result<Value>& answer);
    void complete(std::uint64_t call, shoal_status status, const Value& answer);
    void on_event(std::string_view event, const Value::Map& payload);
    bool is_wanted(std::string_view event) const;
    void tell(const std::string& event, const Value& payload);

    InstanceState& state_;
    std::map<std::uint64_t, Call> calls_;
    std::map<std::uint64_t, Subscription> subscriptions_;
    std::unique_ptr<ControlPlane::Ear> ear_;  // while there is a subscription
    AttendedHooks hooks_;
};

}  // namespace shoal::host::services
