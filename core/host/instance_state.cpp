#include "host/instance_state.hpp"

#include "host/status.hpp"

#include <shoal/assert.hpp>
#include <shoal/crossing.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <bit>

namespace shoal::host {

InstanceState::InstanceState(const Factory& factory, InstanceContext context)
    : factory_(factory), context_(std::move(context))
{
    context_.log = context_.log.with_prefix(fmt::format("plug-in {}{}{}", factory.manifest().id,
                                                        context_.label.empty() ? "" : ", ", context_.label));
    table_ = host_table();
}

InstanceState::~InstanceState()
{
    // Only when the loop went before its last tasks ran: nothing of ours runs any more.
    if (phase() == Phase::destroyed) return;
    loop_is_gone_ = true;
    end_everything(true);
    destroy();
}

InstanceState* InstanceState::of(const shoal_host* host) noexcept
{
    return host == nullptr ? nullptr : static_cast<InstanceState*>(host->context);
}

// ---- life

Result<void> InstanceState::create()
{
    for (const auto& id : factory_.manifest().required) {
        if (!is_offered(id)) {
            return make_error(
                Errc::unsupported,
                fmt::format("plug-in {} requires {}, which it cannot have here", factory_.manifest().id, id));
        }
    }
    void* self = nullptr;
    shoal_status status = SHOAL_OK;
    {
        CallScope scope(*this, "create", Caller::host);
        status = scope.run([&] { return factory_.entry().create(&table_, &self); });
    }
    if (status >= 0) {
        self_ = self;
        made_ = true;
        set_phase(Phase::running);
        return {};
    }
    auto why = last_error_.empty() ? std::string(status_text(status)) : last_error_;
    detach_sinks();
    end_everything(false);
    finish();
    return make_error(to_errc(status),
                      fmt::format("plug-in {} did not start: {}", factory_.manifest().id, printable(why)));
}

void InstanceState::stop()
{
    if (phase() != Phase::running) return;
    set_phase(Phase::stopping);
    if (const auto stop = factory_.entry().stop) {
        deliver("stop", [&] { stop(self_); });
    }
    end_everything(false);
}

void InstanceState::end_everything(bool nothing_runs)
{
    std::deque<Posted> posted;
    {
        const std::lock_guard lock(mutex_);
        phase_ = Phase::stopped;
        posted.swap(posted_);
    }
    for (const auto& waiting : posted) {
        deliver("post", [&] { waiting.task(waiting.user, SHOAL_E_CANCELLED); });
    }
    for (const auto& service : lent_) {
        if (service) service->end(nothing_runs);
    }
}

void InstanceState::finish()
{
    {
        const std::lock_guard lock(mutex_);
        if (phase_ != Phase::stopped || workers_inside_ > 0) return;
    }
    for (const auto& service : lent_) {
        if (service && !service->is_idle()) return;
    }
    destroy();
    if (context_.checked) factory_.afterlife().keep(shared_from_this());
}

void InstanceState::destroy()
{
    if (made_) {
        deliver("destroy", [&] { factory_.entry().destroy(self_); });
    }
    set_phase(Phase::destroyed);
    for (const auto& service : lent_) {
        if (service) service->release();
    }
}

void InstanceState::set_phase(Phase phase)
{
    const std::lock_guard lock(mutex_);
    phase_ = phase;
}

void InstanceState::detach_sinks()
{
    for (const auto& service : lent_) {
        if (service) service->detach();
    }
    context_.torrent = nullptr;
    context_.events = nullptr;
    context_.metrics = nullptr;
    context_.tracker = nullptr;
    context_.discovery = nullptr;
    context_.source = nullptr;
    context_.extension = nullptr;
    context_.control = nullptr;
}

void InstanceState::detach_store()
{
    context_.kept = nullptr;
}

// ---- calls into the plug-in

std::uint64_t InstanceState::now_ns() const
{
    return loop_is_gone_ ? 0 : environment::nanoseconds(context_.environment.loop.now());
}

bool InstanceState::enter(CallFrame& frame, Caller caller)
{
    if (caller == Caller::host) {
        // Completions come from the loop, which nobody runs from inside a call; an Instance is not destroyed
        // from inside one.
        SHOAL_ASSERT(!in_call_);
    } else if (in_call_ || phase() != Phase::running) {
        log().error("{} was refused: {}", frame.function,
                    in_call_ ? "another call is under way" : "it is stopped");
        return false;
    }
    frame.owner = this;
    frame.plugin = factory_.manifest().id.c_str();
    frame.instance = context_.label.c_str();
    last_error_.clear();
    frame.error = &last_error_;
    in_call_ = true;
    push_frame(frame);
    return true;
}

void InstanceState::leave(CallFrame& frame, std::uint64_t took_ns)
{
    constexpr std::uint64_t patience_ns = 50'000'000;
    pop_frame(frame);
    in_call_ = false;
    if (took_ns > patience_ns) {
        // Never a violation: a busy machine can make any call slow.
        count_strike(frame.function,
                     fmt::format("took {} ms and held up everything else", took_ns / 1'000'000), false);
    }
}

bool InstanceState::enter_worker(CallFrame& frame)
{
    {
        const std::lock_guard lock(mutex_);
        if (phase_ >= Phase::stopped) return false;
        ++workers_inside_;
    }
    frame.owner = this;
    frame.plugin = factory_.manifest().id.c_str();
    frame.instance = context_.label.c_str();
    frame.on_worker = true;
    return true;
}

void InstanceState::leave_worker(CallFrame& frame)
{
    pop_frame(frame);
    bool is_last = false;
    {
        const std::lock_guard lock(mutex_);
        is_last = --workers_inside_ == 0 && phase_ == Phase::stopped;
    }
    if (is_last) on_loop([this] { finish(); });
}

void InstanceState::threw(const char* function, const char* what)
{
    strike(function, fmt::format("let an exception out: {}", what));
}

void InstanceState::returned(const CallFrame& frame, std::int64_t answer)
{
    if (answer >= 0) return;
    const auto status = static_cast<shoal_status>(answer);
    if (status != answer || !is_known_status(status)) {
        strike(frame.function, fmt::format("returned the unknown status {}", answer));
    } else if (status == SHOAL_E_EXCEPTION && !frame.threw) {
        strike(frame.function, "threw an exception");
    }
}

// ---- strikes

void InstanceState::strike(std::string_view function, std::string_view what)
{
    count_strike(function, what, true);
}

shoal_status InstanceState::bad_argument(std::string_view function, std::string_view what)
{
    strike(function, what);
    return SHOAL_E_ARGUMENT;
}

void InstanceState::count_strike(std::string_view function, std::string_view what, bool is_violation)
{
    const auto count = strikes_.fetch_add(1, std::memory_order_relaxed) + 1;
    // A plug-in that errs with every call must not fill the log.
    if (count <= context_.strike_limit || std::has_single_bit(count)) {
        log().warning("strike {} in {}: {}", count, function, what);
    }
    if (!context_.checked || !is_violation) return;
    const Violation violation{factory_.manifest().id, context_.label, std::string(function),
                              std::string(what)};
    if (context_.on_violation) {
        context_.on_violation(violation);
    } else {
        stop_process(violation);
    }
}

// ---- for the services

bool InstanceState::is_alive(const char* function)
{
    if (phase() != Phase::destroyed) return true;
    strike(function, "used its host pointer after destroy");
    return false;
}

shoal_status InstanceState::admit(const char* function)
{
    if (!is_alive(function)) return SHOAL_E_STATE;
    const auto* top = breadcrumb().top;
    if (top != nullptr && top->owner == this && !top->on_worker) return SHOAL_OK;
    const bool is_elsewhere = (top != nullptr && top->on_worker) || !environment().loop.is_current_thread();
    strike(function, is_elsewhere ? "called from another thread than the strand's"
                                  : "called outside of every call into it");
    return is_elsewhere ? SHOAL_E_THREAD : SHOAL_E_STATE;
}

services::LentService& InstanceState::lend(services::Slot slot)
{
    auto& lent = lent_[static_cast<std::size_t>(slot)];
    if (!lent) lent = services::service_of(slot).make(*this);
    return *lent;
}

bool InstanceState::is_offered(std::string_view service_id) const
{
    services::Slot slot{};
    const auto* service = services::find_service(service_id, slot);
    if (service == nullptr) return false;
    if (!service->permission.empty() && !factory_.manifest().permits(service->permission)) return false;
    if (slot == services::Slot::torrent) return context_.torrent != nullptr;
    if (slot == services::Slot::tracker) return context_.tracker != nullptr;
    if (slot == services::Slot::discovery) return context_.discovery != nullptr;
    if (slot == services::Slot::source) return context_.source != nullptr;
    if (slot == services::Slot::extension) return context_.extension != nullptr;
    if (slot == services::Slot::control) return context_.control != nullptr;
    if (slot == services::Slot::storage) return static_cast<bool>(context_.make_storage);
    if (slot == services::Slot::store) return context_.kept != nullptr;
    return true;
}

}  // namespace shoal::host
