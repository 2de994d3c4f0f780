#include "embed/embedded_client.hpp"

#include "control/json.hpp"
#include "daemon/daemon_settings.hpp"
#include "daemon/live_client.hpp"
#include "daemon/wall_clock.hpp"
#include "embed/passing_folder.hpp"
#include "net/live_environment.hpp"

#include <chrono>
#include <exception>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace shoal::embed {

using control::Value;

namespace {

constexpr std::chrono::seconds patience{10};

// A process may have no thread and no open file left for us.
Error no_more(const std::exception& problem)
{
    return make_error(Errc::limit_exceeded, std::string("no client can be made: ") + problem.what());
}

}  // namespace

// What a caller waits for. Whoever lets go of it unanswered has answered.
class EmbeddedClient::Answer {
public:
    Answer() = default;
    ~Answer() { give(make_error(Errc::cancelled, "the client was freed before it answered")); }
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;

    std::future<Result<Value>> outcome() { return promise_.get_future(); }
    void give(Result<Value> value)
    {
        if (!std::exchange(is_given_, true)) promise_.set_value(std::move(value));
    }

private:
    std::promise<Result<Value>> promise_;
    bool is_given_ = false;
};

struct EmbeddedClient::Inside {
    net::LiveEnvironment live;
    host::Registry plugins;
    control::Settings settings;
    PassingFolder passing;
    std::unique_ptr<daemon::LiveClient> client;
    std::unique_ptr<control::Registry::Subscription> heard;
    std::vector<std::weak_ptr<Answer>> waiting;  // all of which somebody waits for, and some that were given
    bool is_over = false;
    bool is_all_stopped = false;

    Result<void> open(const EmbedOptions& options, EventQueue& events);
    void close();
    void call(const std::string& method, Value::Map arguments, const std::shared_ptr<Answer>& answer);
    void leave();
};

Result<void> EmbeddedClient::Inside::open(const EmbedOptions& options, EventQueue& events)
{
    plugins.scan(options.plugins);
    std::string folder = options.state;
    if (folder.empty()) {
        auto made = passing.make();
        if (!made) return made.error();
        folder = *made;
    }
    std::error_code problem;
    folder = std::filesystem::absolute(folder, problem).string();
    const daemon::Folders folders{.settings_file = {},
                                  .scripts = folder + "/scripts",
                                  .state = folder,
                                  .socket = folder + "/rpc.sock",
                                  .download = folder + "/files"};
    if (const auto fine = daemon::check_folders(folders); !fine) return fine.error();
    daemon::declare_settings(settings, folders);
    daemon::declare_plugin_settings(settings, plugins);
    daemon::require_plugins(settings, plugins);
    std::vector<control::Settings::Given> given;
    for (std::size_t i = 0; i < options.settings.size(); ++i) {
        given.push_back({options.settings.keys()[i], options.settings.values()[i], "the embedding program"});
    }
    if (const auto laid = settings.lay(control::Settings::Layer::flag, given); !laid) return laid.error();
    auto opened = daemon::LiveClient::open({.environment = live.environment(),
                                            .plugins = plugins,
                                            .settings = settings,
                                            .unix_time = daemon::unix_time,
                                            .local_time = daemon::local_time,
                                            .log = {}},
                                           folder + "/shoal.db");
    if (!opened) return opened.error();
    client = std::move(*opened);
    heard = client->methods().subscribe([&events](std::string_view event, const Value::Map& payload) {
        events.push(control::to_json(Value::Map{}.set("event", event).set("payload", payload)));
    });
    return client->start();
}

void EmbeddedClient::Inside::close()
{
    client->stop(patience, [this](const Result<void>& stopped) {
        is_all_stopped = stopped || stopped.error().code != Errc::timed_out;
        is_over = true;
    });
}

void EmbeddedClient::Inside::call(const std::string& method, Value::Map arguments, const std::shared_ptr<Answer>& answer)
{
    std::erase_if(waiting, [](const auto& one) { return one.expired(); });
    waiting.push_back(answer);
    const control::Causes::Acting acting(client->methods().causes(), "user");
    client->methods().call(method, std::move(arguments), [answer](Result<Value> given) { answer->give(std::move(given)); });
}

// A worker hangs in a disk, and what it works on cannot go: whoever waits is told, and what can be kept is kept.
void EmbeddedClient::Inside::leave()
{
    live.workers().drop_waiting();
    for (const auto& one : waiting) {
        if (const auto answer = one.lock()) answer->give(make_error(Errc::cancelled, "the client was freed before it answered"));
    }
    client->leave();
}

Result<std::unique_ptr<EmbeddedClient>> EmbeddedClient::make(EmbedOptions options)
{
    std::unique_ptr<EmbeddedClient> made(new EmbeddedClient);
    std::promise<Result<void>> begun;
    auto outcome = begun.get_future();
    try {
        made->thread_ = std::thread([client = made.get(), options = std::move(options), &begun]() mutable {
            client->run(std::move(options), [&begun](Result<void> result) { begun.set_value(std::move(result)); });
        });
    } catch (const std::system_error& problem) {
        return no_more(problem);
    }
    if (auto result = outcome.get(); !result) return result.error();
    return made;
}

EmbeddedClient::EmbeddedClient() = default;

EmbeddedClient::~EmbeddedClient()
{
    events_.close();
    {
        const std::lock_guard guard(lock_);
        if (inside_ != nullptr) inside_->live.loop().post([inside = inside_] { inside->close(); });
        inside_ = nullptr;
    }
    if (thread_.joinable()) thread_.join();
}

void EmbeddedClient::run(EmbedOptions options, std::function<void(Result<void>)> begun)
{
    std::unique_ptr<Inside> inside;
    try {
        inside = std::make_unique<Inside>();
    } catch (const std::exception& problem) {
        return begun(no_more(problem));
    }
    const auto opened = inside->open(options, events_);
    if (opened) {
        const std::lock_guard guard(lock_);
        inside_ = inside.get();
    }
    begun(opened);
    if (opened) inside->live.loop().run_until([&inside] { return inside->is_over; });
    inside->heard.reset();
    if (opened && !inside->is_all_stopped) {
        inside->leave();
        return static_cast<void>(inside.release());  // the threads that hang are still in there
    }
    inside->client.reset();
}

Result<Value> EmbeddedClient::call(std::string method, Value::Map arguments)
{
    auto answer = std::make_shared<Answer>();
    auto outcome = answer->outcome();
    {
        const std::lock_guard guard(lock_);
        if (inside_ == nullptr) return make_error(Errc::cancelled, "the client is being freed");
        inside_->live.loop().post([inside = inside_, method = std::move(method), arguments = std::move(arguments), answer]() mutable {
            inside->call(method, std::move(arguments), answer);
        });
        answer.reset();
    }
    return outcome.get();
}

}  // namespace shoal::embed
