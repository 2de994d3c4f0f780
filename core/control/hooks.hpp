#pragma once

#include "control/causes.hpp"
#include "control/schema.hpp"

#include <shoal/unique_function.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::control {

// What is asked before it happens. Who attends a hook may change what was wanted, or forbid it: the one thing that events, which are told
// in the past tense, cannot do. [loop]
class Hooks {
    struct Attendants;

public:
    using Verdict = Result<Value::Map>;            // what is to be different; an error forbids it, and says why
    using Decide = UniqueFunction<void(Verdict)>;  // once, now or later; destroyed undecided it has no objection
    using Asked = std::function<void(const Value::Map& question, Decide decide)>;

    explicit Hooks(Causes causes = {});
    Hooks(const Hooks&) = delete;
    Hooks& operator=(const Hooks&) = delete;

    // Says what a question is like, for the reference.
    void declare(EventSchema schema);
    std::vector<const EventSchema*> declared() const;

    // Attends until it is destroyed, which may happen while it is asked. Those of lower priority are asked first.
    class Attendance {
    public:
        ~Attendance();
        Attendance(const Attendance&) = delete;
        Attendance& operator=(const Attendance&) = delete;

    private:
        friend class Hooks;
        using Place = std::pair<std::int32_t, std::uint64_t>;
        Attendance(std::shared_ptr<Attendants> attendants, std::string hook, Place place);

        std::shared_ptr<Attendants> attendants_;
        std::string hook_;
        Place place_;
    };
    [[nodiscard]] std::unique_ptr<Attendance> attend(std::string hook, std::int32_t priority, Asked asked);

    // Asks one after the other, each with the changes of those before it, and with the `cause`: who acts now, which nobody changes. `decided`
    // gets all changes together, perhaps inline, or the first refusal, and whoever asked acts.
    void ask(std::string_view hook, Value::Map question, Decide decided);

private:
    struct Round;
    static void go_on(std::shared_ptr<Round> round);

    std::map<std::string, EventSchema, std::less<>> declared_;
    std::shared_ptr<Attendants> attendants_;
    Causes causes_;
};

}  // namespace shoal::control
