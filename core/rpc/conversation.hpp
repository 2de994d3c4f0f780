#pragma once

#include "control/registry.hpp"
#include "rpc/line_buffer.hpp"
#include "rpc/message.hpp"
#include "rpc/own_methods.hpp"

#include <shoal/bytes.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace shoal::rpc {

struct ConversationLimits {
    std::size_t line = 32 << 20;      // octets of a message
    std::size_t values = 1'000'000;   // in a message: each takes much more room than its text
    std::size_t calls = 64;           // under way; the next one waits until one of them is answered
    std::size_t batch = 1000;         // requests in one message
    std::size_t globs = 64;           // of events
    std::size_t unread = 1 << 20;     // octets that wait to be sent; beyond, nothing is asked any more
    std::size_t hopeless = 64 << 20;  // octets that wait to be sent; beyond, nobody reads them
};

// One client of JSON-RPC 2.0, a message a line: octets in, octets out, and a registry that is called. Requests are begun in the order
// they came and answered in the order they end. Besides the methods of the registry there are
//   rpc.subscribe {events: ["torrent.*"]}   those events come from now on as notifications, their name as the method
//   rpc.unsubscribe {events}                no more of these, or none any more
//   rpc.methods {name}                      what there is to be called and to be heard; one, or all
//   rpc.introduce {client}                  who calls from now on
// What arrives may be anything; what waits, in either direction, is bounded. [loop]
class Conversation {
public:
    // There may be output, or a wish for input. It comes in the middle of things, so it only takes note.
    using Stirred = std::function<void()>;

    // The registry lives longer. Calls that are under way when it is destroyed go on, unheard.
    Conversation(control::Registry& registry, const ConversationLimits& limits, Stirred stirred);
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    void receive(ByteView octets);
    // False while it has enough to do, or the other side does not read.
    bool wants_input() const;
    // Octets of lines that are not read, or not complete.
    std::size_t held() const { return lines_.held(); }
    // A line began and is not complete; which one changes `lines`.
    bool is_inside_line() const { return lines_.is_inside_line(); }
    std::uint64_t lines() const { return line_count_; }
    // Answers what is held with an error and forgets it, and the rest of that line.
    void drop_line(Error why);

    ByteView output() const { return as_bytes(std::string_view(outbox_).substr(sent_)); }
    void sent(std::size_t octets);
    // The other side does not read what it asked for: there will be no more output.
    bool is_hopeless() const { return is_hopeless_; }
    // Nothing is under way, nothing waits for its turn.
    bool is_at_rest() const { return calls_ == 0 && waiting_.empty(); }

private:
    // Requests that came together are answered together.
    struct Batch {
        std::string answers{};
        std::size_t unanswered = 0;
    };
    struct Slot {
        std::optional<Value> id{};
        std::shared_ptr<Batch> batch{};
    };
    struct Waiting {
        Request request;
        Slot slot;
    };

    bool can_go_on() const;
    void advance();
    bool step();
    void read(std::string_view line);
    void read_batch(const Value::List& messages);
    void take(Value message, const std::shared_ptr<Batch>& batch);
    void begin(Waiting waiting);
    void call(const std::string& method, Value::Map arguments, Slot slot, bool is_known);
    Result<Value> answer_self(const std::string& method, const Value::Map& arguments);
    void answer(Slot slot, Result<Value> outcome);
    void refuse(const Slot& slot, FaultCode code, Error error);
    void settle(const Slot& slot, std::string answer);
    void write(std::string line);
    void hear(std::string_view event, const Value::Map& payload);

    control::Registry& registry_;
    const ConversationLimits limits_;
    Stirred stirred_;
    std::string cause_ = "rpc";  // of what is called

    LineBuffer lines_;
    std::uint64_t line_count_ = 0;
    std::deque<Waiting> waiting_;
    std::size_t calls_ = 0;  // under way
    bool is_advancing_ = false;

    std::string outbox_;
    std::size_t sent_ = 0;
    bool is_hopeless_ = false;

    Subscriptions subscriptions_;
    std::unique_ptr<control::Registry::Subscription> subscription_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::rpc
