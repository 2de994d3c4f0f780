#include "rpc/conversation.hpp"

#include "control/json.hpp"

#include <fmt/format.h>

namespace shoal::rpc {

namespace {

// Space, tab and carriage return: JSON would skip them, too.
bool is_blank(std::string_view line)
{
    return line.find_first_not_of(" \t\r") == line.npos;
}

// At least as many values as it holds, known before any room is taken for them.
std::size_t values_in(std::string_view json)
{
    std::size_t values = 1;
    bool is_in_text = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (c == '"') is_in_text = !is_in_text;
        else if (is_in_text && c == '\\') ++i;
        else if (!is_in_text && (c == ',' || c == '[' || c == '{')) ++values;
    }
    return values;
}

}  // namespace

Conversation::Conversation(control::Registry& registry, const ConversationLimits& limits, Stirred stirred)
    : registry_(registry), limits_(limits), stirred_(std::move(stirred)), lines_(limits.line), subscriptions_(limits.globs)
{}

void Conversation::receive(ByteView octets)
{
    if (is_hopeless_) return;
    lines_.feed(octets);
    advance();
}

bool Conversation::can_go_on() const
{
    return !is_hopeless_ && calls_ < limits_.calls && output().size() <= limits_.unread;
}

bool Conversation::wants_input() const
{
    return can_go_on();
}

void Conversation::drop_line(Error why)
{
    lines_.drop_line();
    refuse({.id = Value()}, FaultCode::of_method, std::move(why));
}

void Conversation::sent(std::size_t octets)
{
    sent_ += octets;
    if (sent_ == outbox_.size()) {
        outbox_.clear();
        if (outbox_.capacity() > limits_.unread) outbox_ = std::string();
        sent_ = 0;
    } else if (sent_ > outbox_.size() / 2) {
        outbox_.erase(0, sent_);
        sent_ = 0;
    }
    advance();
}

// A loop and not a recursion: calls that are answered at once must not grow the stack.
void Conversation::advance()
{
    if (is_advancing_) return;
    is_advancing_ = true;
    while (can_go_on() && step()) {}
    is_advancing_ = false;
}

// False: there is nothing to do.
bool Conversation::step()
{
    if (!waiting_.empty()) {
        auto next = std::move(waiting_.front());
        waiting_.pop_front();
        begin(std::move(next));
        return true;
    }
    const auto next = lines_.next();
    if (next.kind == LineBuffer::Kind::none) return false;
    ++line_count_;
    if (next.kind == LineBuffer::Kind::line) {
        read(next.text);
    } else {
        refuse({.id = Value()}, FaultCode::invalid_request,
               make_error(Errc::limit_exceeded, fmt::format("a message has at most {} octets", limits_.line)));
    }
    return true;
}

void Conversation::read(std::string_view line)
{
    if (is_blank(line)) return;
    const Slot nobody{.id = Value()};
    if (values_in(line) > limits_.values) {
        return refuse(nobody, FaultCode::invalid_request,
                      make_error(Errc::limit_exceeded, fmt::format("a message has at most {} values", limits_.values)));
    }
    auto message = control::from_json(line, limits_.line);
    if (!message) return refuse(nobody, FaultCode::parse_error, message.error());
    if (const auto* list = message->as_list()) return read_batch(*list);
    take(std::move(*message), nullptr);
}

void Conversation::read_batch(const Value::List& messages)
{
    const Slot nobody{.id = Value()};
    if (messages.empty()) {
        return refuse(nobody, FaultCode::invalid_request, make_error(Errc::bad_input, "a batch has at least one request"));
    }
    if (messages.size() > limits_.batch) {
        return refuse(nobody, FaultCode::invalid_request,
                      make_error(Errc::limit_exceeded, fmt::format("a batch has at most {} requests", limits_.batch)));
    }
    const auto batch = std::make_shared<Batch>();
    batch->unanswered = messages.size();
    for (const auto& message : messages) take(message, batch);
}

void Conversation::take(Value message, const std::shared_ptr<Batch>& batch)
{
    auto read = read_request(std::move(message));
    if (const auto* fault = std::get_if<Fault>(&read)) {
        return refuse({.id = fault->id, .batch = batch}, fault->code, fault->error);
    }
    auto& request = std::get<Request>(read);
    Slot slot{.id = request.id, .batch = batch};
    waiting_.push_back({.request = std::move(request), .slot = std::move(slot)});
}

void Conversation::begin(Waiting waiting)
{
    const auto& name = waiting.request.method;
    const auto* own = own_method(name);
    const auto* schema = own != nullptr ? own : registry_.find(name);
    auto arguments = schema != nullptr ? arguments_of(*schema, waiting.request.params) : Value::Map{};
    if (!arguments) return refuse(waiting.slot, FaultCode::invalid_params, arguments.error());
    if (own == nullptr) return call(name, std::move(*arguments), std::move(waiting.slot), schema != nullptr);
    auto checked = control::checked(*own, std::move(*arguments));
    if (!checked) return refuse(waiting.slot, FaultCode::invalid_params, checked.error());
    answer(std::move(waiting.slot), answer_self(name, *checked));
}

void Conversation::call(const std::string& method, Value::Map arguments, Slot slot, bool is_known)
{
    ++calls_;
    auto done = [this, alive = std::weak_ptr(alive_), slot = std::move(slot), is_known](Result<Value> outcome) mutable {
        if (alive.expired()) return;
        --calls_;
        if (is_known) answer(std::move(slot), std::move(outcome));
        else refuse(slot, FaultCode::method_not_found, outcome.error());
        advance();
        stirred_();
    };
    const control::Causes::Acting acting(registry_.causes(), cause_);
    registry_.call(method, std::move(arguments), std::move(done));
}

void Conversation::answer(Slot slot, Result<Value> outcome)
{
    if (outcome) return settle(slot, slot.id ? answer_text(*slot.id, std::move(*outcome)) : std::string());
    const bool is_about_params = outcome.error().code == Errc::invalid_argument;
    refuse(slot, is_about_params ? FaultCode::invalid_params : FaultCode::of_method, outcome.error());
}

void Conversation::refuse(const Slot& slot, FaultCode code, Error error)
{
    settle(slot, slot.id ? fault_text({.id = *slot.id, .code = code, .error = std::move(error)}) : std::string());
}

void Conversation::settle(const Slot& slot, std::string answer)
{
    if (!slot.batch) {
        if (!answer.empty()) write(answer + '\n');
        return;
    }
    auto& batch = *slot.batch;
    if (batch.answers.size() + answer.size() > limits_.hopeless && !answer.empty()) {
        const auto error = make_error(Errc::limit_exceeded, "the answers of this batch are too much for one message");
        answer = fault_text({.id = *slot.id, .error = error});
    }
    if (!answer.empty()) batch.answers += (batch.answers.empty() ? "[" : ",") + answer;
    if (--batch.unanswered == 0 && !batch.answers.empty()) write(batch.answers + "]\n");
}

void Conversation::write(std::string line)
{
    if (is_hopeless_) return;
    if (output().size() > limits_.hopeless) {
        is_hopeless_ = true;
        subscriptions_.clear();
        return;
    }
    if (outbox_.empty()) outbox_ = std::move(line);
    else outbox_ += line;
}

Result<Value> Conversation::answer_self(const std::string& method, const Value::Map& arguments)
{
    const auto* events = arguments.find("events");
    const auto* name = arguments.find("name");
    if (method == describe_method) return describe(registry_, name != nullptr ? *name->as_text() : std::string());
    if (method == introduce_method) {
        auto cause = cause_of(*arguments.find("client")->as_text());
        if (!cause) return cause.error();
        cause_ = std::move(*cause);
        return Value(cause_);
    }
    const auto changed = method == subscribe_method ? subscriptions_.add(*events->as_list()) : subscriptions_.remove(events);
    if (!changed) return changed.error();
    if (subscriptions_.is_empty()) {
        subscription_.reset();
    } else if (!subscription_) {
        subscription_ = registry_.subscribe([this](std::string_view event, const Value::Map& payload) { hear(event, payload); });
    }
    return subscriptions_.to_value();
}

void Conversation::hear(std::string_view event, const Value::Map& payload)
{
    if (!subscriptions_.matches(event)) return;
    write(event_line(event, payload));
    stirred_();
}

}  // namespace shoal::rpc
