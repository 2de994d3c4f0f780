#pragma once

#include "host/breadcrumb.hpp"

#include <shoal/abi/types.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace shoal::host {

namespace detail {

// What a caller sees of a call that could not be made or did not return.
template <class Answer>
Answer failed_answer([[maybe_unused]] shoal_status status)
{
    if constexpr (std::is_integral_v<Answer> && std::is_signed_v<Answer>) {
        return static_cast<Answer>(status);
    } else {
        return Answer{};
    }
}

// Runs the plug-in's function inside the last fence: the C++ layer lets nothing out, other languages and
// careless C++ may.
template <class Scope, class F>
auto fenced(Scope& scope, F&& f)
{
    using Returned = std::invoke_result_t<F>;
    using Answer = std::conditional_t<std::is_void_v<Returned>, shoal_status, Returned>;
    try {
        if constexpr (std::is_void_v<Returned>) {
            std::forward<F>(f)();
            return Answer{SHOAL_OK};
        } else {
            Answer answer = std::forward<F>(f)();
            if constexpr (std::is_integral_v<Answer> && std::is_signed_v<Answer>) scope.returned(answer);
            return answer;
        }
    } catch (const std::exception& thrown) {
        scope.threw(thrown.what());
    } catch (...) {
        scope.threw("something that is no std::exception");
    }
    return failed_answer<Answer>(SHOAL_E_EXCEPTION);
}

}  // namespace detail

// Who enters: the core through Instance::call, or the host itself with a completion, `stop` or `destroy`.
enum class Caller { core, host };

// The frame around one [strand] call into an instance: breadcrumb, refusal of nested calls, duration, fence.
class CallScope {
public:
    CallScope(InstanceState& state, const char* function, Caller caller = Caller::core);
    ~CallScope();
    CallScope(const CallScope&) = delete;
    CallScope& operator=(const CallScope&) = delete;

    template <class F>
    auto run(F&& f)
    {
        using Returned = std::invoke_result_t<F>;
        using Answer = std::conditional_t<std::is_void_v<Returned>, shoal_status, Returned>;
        if (!admitted_) return detail::failed_answer<Answer>(SHOAL_E_STATE);
        return detail::fenced(*this, std::forward<F>(f));
    }

    // For the fence.
    void threw(const char* what);
    void returned(std::int64_t answer);

private:
    InstanceState& state_;
    CallFrame frame_;
    std::uint64_t began_ns_ = 0;
    bool admitted_ = false;
};

// The same around a [worker] call. Holds the instance's state, so that the instance may go meanwhile.
class WorkerScope {
public:
    WorkerScope(std::shared_ptr<InstanceState> state, const char* function, std::string& error);
    ~WorkerScope();
    WorkerScope(const WorkerScope&) = delete;
    WorkerScope& operator=(const WorkerScope&) = delete;

    template <class F>
    shoal_status run(F&& f)
    {
        if (!admitted_) return SHOAL_E_STATE;
        return static_cast<shoal_status>(detail::fenced(*this, std::forward<F>(f)));
    }

    void threw(const char* what);
    void returned(std::int64_t answer);

private:
    std::shared_ptr<InstanceState> state_;
    CallFrame frame_;
    std::unique_lock<std::mutex> turn_;
    bool admitted_ = false;
};

}  // namespace shoal::host
