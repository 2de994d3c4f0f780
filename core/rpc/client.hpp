#pragma once

#include "environment/network.hpp"
#include "rpc/line_buffer.hpp"
#include "rpc/message.hpp"

#include <shoal/unique_function.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace shoal::rpc {

// The other side of a conversation: calls, and the events that were subscribed to. [loop]
class Client final : private environment::Stream::Events {
public:
    using Answered = UniqueFunction<void(Result<Value>)>;
    using Heard = std::function<void(const Event&)>;

    explicit Client(std::unique_ptr<environment::Stream> stream, Heard heard = {});

    // `done` comes once, while this lives, and does not destroy it. Errors: those of the method; network_error when the
    // connection has ended; protocol_error.
    void call(std::string_view method, Value::Map arguments, Answered done);

    // Says who calls from now on; a daemon that does not know of it goes on without.
    void introduce(std::string_view name);

    // Why there will be no more answers and events; none as long as there may be.
    const std::optional<Error>& end() const { return end_; }

private:
    void on_readable() override;
    void on_writable() override;
    void flush();
    void hear(std::string_view line);
    void settle(const Answer& answer);
    void end_with(Error why);

    std::unique_ptr<environment::Stream> stream_;
    Heard heard_;
    LineBuffer lines_;
    std::string outbox_;
    std::map<std::int64_t, Answered> calls_;
    std::int64_t last_id_ = 0;
    std::optional<Error> end_;
};

}  // namespace shoal::rpc
