#pragma once

#include "control/value.hpp"
#include "embed/event_queue.hpp"

#include <shoal/result.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace shoal::embed {

struct EmbedOptions {
    std::string state;    // the folder of the database; empty: nothing outlives the client
    std::string plugins;  // a folder
    control::Value::Map settings{};
};

// A client on a thread of its own, behind calls that wait. [any]
class EmbeddedClient {
public:
    // Blocks until it listens.
    static Result<std::unique_ptr<EmbeddedClient>> make(EmbedOptions options);
    // Blocks until everything is saved.
    ~EmbeddedClient();
    EmbeddedClient(const EmbeddedClient&) = delete;
    EmbeddedClient& operator=(const EmbeddedClient&) = delete;

    Result<control::Value> call(std::string method, control::Value::Map arguments);
    EventQueue& events() { return events_; }

private:
    class Answer;
    struct Inside;  // what lives on the thread

    EmbeddedClient();
    void run(EmbedOptions options, std::function<void(Result<void>)> begun);

    EventQueue events_{10'000};
    std::mutex lock_;
    Inside* inside_ = nullptr;  // under lock_; while calls are taken
    std::thread thread_;
};

}  // namespace shoal::embed
