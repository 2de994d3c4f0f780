#include "daemon/services.hpp"

#include "daemon/plugin_methods.hpp"

#include <shoal/abi/service.h>
#include <shoal/crossing.hpp>
#include <shoal/utf8.hpp>

#include <utility>

namespace shoal::daemon {

Services::Services(session::Session& session, control::Registry& methods, host::Log log)
    : session_(session), methods_(methods), log_(std::move(log))
{
}

Services::~Services()
{
    stop();
}

void Services::start(const std::vector<std::string>& names)
{
    for (const auto& name : names) {
        if (const auto begun = begin(name); !begun) log_.error("no {}: {}", name, printable(begun.error().text));
    }
}

// What it offers is there before it starts: it may ask for its own methods.
Result<void> Services::begin(const std::string& name)
{
    auto instance = session_.make_service(name);
    if (!instance) return instance.error();
    auto service = std::make_unique<Service>(Service{std::move(*instance), {}});
    offer(*service);
    auto& made = *service->instance;
    const auto& table = made.table<shoal_service_v1>();
    const auto status = made.call("start", [&] { return table.start(made.self()); });
    running_.push_back(std::move(service));
    if (status >= 0) {
        log_.info("the service {} runs", name);
        return {};
    }
    const auto why = made.error_of(status, "start");
    for (const auto& method : running_.back()->offered) methods_.withdraw(method);
    running_.pop_back();
    return why;
}

void Services::offer(Service& service)
{
    auto* instance = service.instance.get();
    const auto call = [instance](const std::string& method, const control::Value::Map& arguments, control::Registry::Answered done) {
        instance->call_method(method, arguments, std::move(done));
    };
    service.offered = offer_methods(methods_, instance->methods(), call, instance->factory().name(), log_);
}

void Services::stop()
{
    for (const auto& service : std::exchange(running_, {})) {
        for (const auto& method : service->offered) methods_.withdraw(method);
        service->instance->stop();
    }
}

}  // namespace shoal::daemon
