#include "host/instance.hpp"

#include "host/instance_state.hpp"
#include "host/services/discovery.hpp"
#include "host/services/events.hpp"
#include "host/services/methods.hpp"
#include "host/services/source.hpp"
#include "host/services/tracker.hpp"
#include "host/status.hpp"

#include <shoal/crossing.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace shoal::host {

namespace {

Error explained(const Factory& factory, shoal_status status, const std::string& said, std::string_view doing)
{
    const auto code = status >= 0 ? Errc::plugin_broken : to_errc(status);
    return make_error(code, fmt::format("{} could not {}: {}", factory.name(), doing,
                                        said.empty() ? std::string(status_text(status)) : printable(said)));
}

}  // namespace

std::string describe(const Violation& violation)
{
    return fmt::format("plug-in {}{}{} broke a rule in {}: {}", violation.plugin,
                       violation.instance.empty() ? "" : ", ", violation.instance, violation.function,
                       printable(violation.what));
}

void stop_process(const Violation& violation)
{
    constexpr int software_error = 70;  // EX_SOFTWARE of sysexits.h
    std::fprintf(stderr, "%s\n", describe(violation).c_str());
    std::fflush(stderr);
    // No exit handlers: other threads may be inside plug-ins.
    std::_Exit(software_error);
}

Error WorkerAnswer::error(std::string_view doing) const
{
    const auto code = status >= 0 ? Errc::plugin_broken : to_errc(status);
    return make_error(code, fmt::format("{}: {}", doing,
                                        text.empty() ? std::string(status_text(status)) : printable(text)));
}

Instance::Instance(std::shared_ptr<InstanceState> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Instance>> Instance::create(const Factory& factory, InstanceContext context)
{
    auto settings = complete_settings(factory.manifest(), context.settings);
    if (!settings) return settings.error();
    context.settings = std::move(*settings);
    auto state = std::make_shared<InstanceState>(factory, std::move(context));
    if (auto done = state->create(); !done) return done.error();
    return std::make_unique<Instance>(std::move(state));
}

Instance::~Instance()
{
    state_->detach_sinks();
    state_->stop();
    state_->detach_store();
    state_->finish();
}

const Factory& Instance::factory() const
{
    return state_->factory();
}

const std::string& Instance::label() const
{
    return state_->context().label;
}

const std::string& Instance::name() const
{
    const auto& own = state_->context().name;
    return own.empty() ? factory().name() : own;
}

void* Instance::self() const
{
    return state_->self();
}

const std::string& Instance::last_error() const
{
    return state_->last_error();
}

Error Instance::error_of(shoal_status status, std::string_view doing) const
{
    return explained(factory(), status, last_error(), doing);
}

void Instance::strike(std::string_view function, std::string_view what)
{
    state_->strike(function, what);
}

std::uint32_t Instance::strikes() const
{
    return state_->strikes();
}

bool Instance::is_broken() const
{
    return state_->is_broken();
}

std::uint64_t Instance::open_operation(OperationKind kind)
{
    return static_cast<services::TrackerService&>(state_->lend(services::Slot::tracker)).open(kind);
}

void Instance::abandon_operation(std::uint64_t operation)
{
    static_cast<services::TrackerService&>(state_->lend(services::Slot::tracker)).abandon(operation);
}

std::uint64_t Instance::open_search()
{
    return static_cast<services::DiscoveryService&>(state_->lend(services::Slot::discovery)).open();
}

void Instance::abandon_search(std::uint64_t operation)
{
    static_cast<services::DiscoveryService&>(state_->lend(services::Slot::discovery)).abandon(operation);
}

std::uint64_t Instance::open_resolving()
{
    return static_cast<services::SourceService&>(state_->lend(services::Slot::source)).open();
}

void Instance::abandon_resolving(std::uint64_t operation)
{
    static_cast<services::SourceService&>(state_->lend(services::Slot::source)).abandon(operation);
}

std::vector<control::MethodSchema> Instance::methods() const
{
    return static_cast<services::MethodsService&>(state_->lend(services::Slot::methods)).offered();
}

std::vector<control::EventSchema> Instance::events() const
{
    return static_cast<services::EventsService&>(state_->lend(services::Slot::events)).declared();
}

void Instance::call_method(std::string_view name, const Value::Map& arguments, MethodAnswered done)
{
    static_cast<services::MethodsService&>(state_->lend(services::Slot::methods)).call(name, arguments, std::move(done));
}

void Instance::stop()
{
    state_->stop();
    state_->detach_sinks();
    state_->detach_store();
}

}  // namespace shoal::host
