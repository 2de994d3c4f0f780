// Any octets, cut anywhere, between events and answers that come whenever they like: a conversation answers in whole lines of JSON-RPC,
// each request with an id once, and what it holds in either direction stays within its limits.
#include "input.hpp"

#include "control/json.hpp"
#include "rpc/conversation.hpp"

#include <shoal/assert.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace shoal;
using control::Value;

constexpr rpc::ConversationLimits limits{
    .line = 300, .values = 50, .calls = 3, .batch = 5, .globs = 2, .unread = 2000, .hopeless = 20'000};

class Play {
public:
    explicit Play(fuzz::Input input) : input_(input), conversation_(registry_, limits, [this] { ++stirs_; })
    {
        registry_.offer({.name = "test.echo", .help = "at once", .arguments = {{.name = "b", .type = Value::Type::bytes, .help = "b"}}},
                        [](const Value::Map& arguments, auto done) { done(arguments); });
        registry_.offer({.name = "test.sleep", .help = "later"}, [this](const Value::Map&, auto done) { asleep_.push_back(std::move(done)); });
    }

    void run()
    {
        while (!input_.is_over()) {
            step();
            SHOAL_ASSERT(conversation_.held() <= limits.line + 256);
            SHOAL_ASSERT(conversation_.output().size() <= limits.hopeless + 20'000);
            SHOAL_ASSERT(asleep_.size() <= limits.calls);
        }
    }

private:
    void step()
    {
        switch (input_.octet() % 8) {
        case 0:
        case 1:
        case 2: return say(input_.octets());
        case 3: return say_request();
        case 4: return read();
        case 5: return wake();
        case 6: return registry_.publish("test.event", Value::Map{}.set("n", std::int64_t{input_.octet()}));
        default:
            if (input_.octet() == 0) conversation_.drop_line(make_error(Errc::timed_out, "late"));
        }
    }

    // As a server does: who is not asked to go on is not read.
    void say(ByteView octets)
    {
        if (conversation_.wants_input()) conversation_.receive(octets);
    }

    // Most of what is made of octets alone is no request.
    void say_request()
    {
        static constexpr const char* methods[] = {"test.echo", "test.sleep", "rpc.subscribe", "rpc.unsubscribe", "rpc.methods", "?"};
        static constexpr const char* params[] = {"{}", "[]", "[[\"*\"]]", "[\"00\"]", "[\"a\"]", "{\"events\":[\"e*\"]}"};
        const std::string request = std::string(R"({"jsonrpc":"2.0","id":1,"method":")") + methods[input_.octet() % 6]
                                    + R"(","params":)" + params[input_.octet() % 6] + "}";
        const std::string line = input_.octet() % 4 == 0 ? "[" + request + "," + request + "]\n" : request + "\n";
        say(as_bytes(line));
    }

    void read()
    {
        const auto output = conversation_.output();
        const auto taken = output.first(std::min<std::size_t>(output.size(), 1 + std::size_t{input_.octet()} * 8));
        heard_ += as_text(taken);
        conversation_.sent(taken.size());
        for (auto end = heard_.find('\n'); end != heard_.npos; end = heard_.find('\n')) {
            const auto message = control::from_json(std::string_view(heard_).substr(0, end), 1 << 20);
            SHOAL_ASSERT(message && (message->as_map() != nullptr || message->as_list() != nullptr));
            heard_.erase(0, end + 1);
        }
    }

    void wake()
    {
        if (asleep_.empty()) return;
        auto done = std::move(asleep_.back());
        asleep_.pop_back();
        if (input_.octet() % 2 == 0) done(Value("awake"));
        else if (input_.octet() % 2 == 0) done(make_error(Errc::io_error, "no"));
        // Otherwise the registry answers for it.
    }

    fuzz::Input input_;
    control::Registry registry_;
    std::vector<control::Registry::Answered> asleep_;
    std::string heard_;
    int stirs_ = 0;
    rpc::Conversation conversation_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Play(fuzz::Input(std::as_bytes(std::span(data, size)))).run();
    return 0;
}
