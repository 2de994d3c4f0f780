#pragma once

#include <memory>
#include <string>
#include <utility>

namespace shoal::control {

// Who makes happen what happens now: "core"; "user" or "rpc:NAME", somebody at the other end of a socket; "plugin:NAME", "script:NAME",
// "rule:NAME". It is known while their call runs; what goes on later takes it along. Copies are of the same thing. [loop]
class Causes {
public:
    const std::string& now() const { return *now_; }
    // Nobody asked for it: the core does.
    bool is_nobody() const { return *now_ == nobody; }

    // Somebody acts for as long as this lives, which is on a stack.
    class [[nodiscard]] Acting {
    public:
        Acting(const Causes& causes, std::string cause) : now_(causes.now_), before_(std::exchange(*now_, std::move(cause))) {}
        ~Acting() { *now_ = std::move(before_); }
        Acting(const Acting&) = delete;
        Acting& operator=(const Acting&) = delete;

    private:
        std::shared_ptr<std::string> now_;  // a call may end whoever made it
        std::string before_;
    };

    // The same function, for later: whoever acts now acts then.
    template <class Function>
    auto carried(Function function) const
    {
        return [causes = *this, cause = now(), function = std::move(function)]<class... Given>(Given&&... given) mutable -> decltype(auto) {
            const Acting acting(causes, cause);
            return function(std::forward<Given>(given)...);
        };
    }

private:
    static constexpr auto nobody = "core";

    std::shared_ptr<std::string> now_ = std::make_shared<std::string>(nobody);
};

}  // namespace shoal::control
