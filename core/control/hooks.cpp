#include "control/hooks.hpp"

#include <shoal/assert.hpp>

#include <optional>

namespace shoal::control {

struct Hooks::Attendants {
    using Place = Attendance::Place;
    using OfHook = std::map<Place, std::shared_ptr<const Asked>>;  // one that is asked may be destroyed meanwhile

    std::uint64_t last_number = 0;
    std::map<std::string, OfHook, std::less<>> by_hook;
};

// One question on its way.
struct Hooks::Round {
    std::shared_ptr<Attendants> attendants;
    std::string hook;
    Value::Map question;
    Value::Map changes{};
    std::optional<Attendants::Place> last{};  // who was asked last
    Decide decided;
    Causes causes;
    std::string cause = causes.now();
};

namespace {

// A decision that is dropped has no objection: nothing waits for ever for somebody who is gone.
class OwedDecision {
public:
    explicit OwedDecision(Hooks::Decide decide) : decide_(std::move(decide)) {}
    OwedDecision(OwedDecision&& other) noexcept : decide_(std::exchange(other.decide_, nullptr)) {}
    OwedDecision& operator=(OwedDecision&&) = delete;
    ~OwedDecision()
    {
        if (decide_) std::exchange(decide_, nullptr)(Value::Map{});
    }

    void operator()(Hooks::Verdict verdict)
    {
        SHOAL_ASSERT(decide_);
        std::exchange(decide_, nullptr)(std::move(verdict));
    }

private:
    Hooks::Decide decide_;
};

}  // namespace

Hooks::Hooks(Causes causes) : attendants_(std::make_shared<Attendants>()), causes_(std::move(causes)) {}

void Hooks::declare(EventSchema schema)
{
    SHOAL_ASSERT(check_schema(schema));
    auto name = schema.name;
    declared_.insert_or_assign(std::move(name), std::move(schema));
}

std::vector<const EventSchema*> Hooks::declared() const
{
    std::vector<const EventSchema*> all;
    for (const auto& [name, schema] : declared_) all.push_back(&schema);
    return all;
}

Hooks::Attendance::Attendance(std::shared_ptr<Attendants> attendants, std::string hook, Place place)
    : attendants_(std::move(attendants)), hook_(std::move(hook)), place_(place)
{}

Hooks::Attendance::~Attendance()
{
    const auto unlisted = attendants_->by_hook.at(hook_).extract(place_);  // before it is destroyed, which may end others
}

std::unique_ptr<Hooks::Attendance> Hooks::attend(std::string hook, std::int32_t priority, Asked asked)
{
    const Attendants::Place place{priority, ++attendants_->last_number};
    attendants_->by_hook[hook].emplace(place, std::make_shared<const Asked>(std::move(asked)));
    return std::unique_ptr<Attendance>(new Attendance(attendants_, std::move(hook), place));
}

void Hooks::ask(std::string_view hook, Value::Map question, Decide decided)
{
    go_on(std::make_shared<Round>(Round{.attendants = attendants_,
                                        .hook = std::string(hook),
                                        .question = std::move(question),
                                        .decided = std::move(decided),
                                        .causes = causes_}));
}

void Hooks::go_on(std::shared_ptr<Round> round)
{
    const auto& of_hook = round->attendants->by_hook[round->hook];
    const auto next = round->last ? of_hook.upper_bound(*round->last) : of_hook.begin();
    if (next == of_hook.end()) return std::exchange(round->decided, nullptr)(std::move(round->changes));
    round->last = next->first;
    round->question.set("cause", round->cause);
    const auto asked = next->second;
    auto decide = [round](Verdict verdict) {
        const Causes::Acting acting(round->causes, round->cause);
        if (!verdict) return std::exchange(round->decided, nullptr)(verdict.error());
        for (std::size_t i = 0; i < verdict->size(); ++i) {
            round->question.set(verdict->keys()[i], verdict->values()[i]);
            round->changes.set(verdict->keys()[i], verdict->values()[i]);
        }
        go_on(round);
    };
    (*asked)(round->question, OwedDecision(std::move(decide)));
}

}  // namespace shoal::control
