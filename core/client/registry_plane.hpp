#pragma once

#include "control/registry.hpp"
#include "host/sinks.hpp"

#include <memory>
#include <string>
#include <utility>

namespace shoal::client {

// The registry as plug-ins see it that act for people. [loop]
class RegistryPlane final : public host::ControlPlane {
public:
    explicit RegistryPlane(control::Registry& methods) : methods_(methods) {}

    void call(const host::Speaker& speaker, std::string_view method, control::Value::Map arguments, Answered done) override
    {
        const control::Causes::Acting acting(methods_.causes(), speaker.cause.empty() ? "plugin:" + std::string(speaker.name) : std::string(speaker.cause));
        methods_.call(method, std::move(arguments), std::move(done));
    }

    std::unique_ptr<Ear> listen(Heard heard) override
    {
        return std::make_unique<Listener>(methods_.subscribe(std::move(heard)));
    }

    std::unique_ptr<Ear> attend(std::string hook, std::int32_t priority, Asked asked) override
    {
        return std::make_unique<Attendant>(methods_.hooks().attend(std::move(hook), priority, std::move(asked)));
    }

private:
    struct Listener final : Ear {
        explicit Listener(std::unique_ptr<control::Registry::Subscription> made) : subscription(std::move(made)) {}
        std::unique_ptr<control::Registry::Subscription> subscription;
    };

    struct Attendant final : Ear {
        explicit Attendant(std::unique_ptr<control::Hooks::Attendance> made) : attendance(std::move(made)) {}
        std::unique_ptr<control::Hooks::Attendance> attendance;
    };

    control::Registry& methods_;
};

}  // namespace shoal::client
