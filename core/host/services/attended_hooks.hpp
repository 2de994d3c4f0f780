#pragma once

#include "environment/loop.hpp"
#include "host/instance.hpp"

#include <shoal/abi/control.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace shoal::host::services {

// The hooks that one instance attends, and the questions that it has not decided yet. It gets two seconds for each: what somebody
// asked for does not wait longer for a plug-in. [loop]
class AttendedHooks {
public:
    explicit AttendedHooks(InstanceState& state) : state_(state) {}

    shoal_status attend(shoal_text hook, std::int32_t priority, shoal_asked on_question, void* user, std::uint64_t* attendance);
    shoal_status leave(std::uint64_t attendance);
    shoal_status decide(std::uint64_t question, shoal_status status, const shoal_value* answer);
    // It attends nothing, and has no objection to what was asked.
    void end();

private:
    struct Attendance {
        std::string hook;
        shoal_asked on_question;
        void* user;
        std::unique_ptr<ControlPlane::Ear> ear;
    };
    struct Question {
        std::uint64_t attendance;
        ControlPlane::Decide decide;
        environment::TimerId deadline;
    };

    void on_asked(std::uint64_t attendance, const Value::Map& asked, ControlPlane::Decide decide);
    void put(std::uint64_t question, const Value& asked);
    void on_deadline(std::uint64_t question);
    void settle(std::uint64_t question, Result<Value::Map> verdict);

    InstanceState& state_;
    std::map<std::uint64_t, Attendance> attendances_;
    std::map<std::uint64_t, Question> questions_;
};

}  // namespace shoal::host::services
