#include "net/curl_http_client.hpp"

#include "net/curl_exchange.hpp"
#include "net/http_turns.hpp"

#include <shoal/assert.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace shoal::net {

using environment::HttpRequest;
using environment::HttpResponse;
using environment::OperationId;

// The thread that turns curl, and the orders it gets from the loop.
class CurlHttpClient::Engine {
public:
    Engine(environment::Loop& loop, HttpClientSettings settings, std::weak_ptr<Waiting> waiting);
    ~Engine();

    // [loop]
    void start(OperationId operation, HttpRequest request) { order({operation, std::move(request)}); }
    void drop(OperationId operation) { order({operation, std::nullopt}); }

    // Posts the answer to the loop, for whoever still waits for it. [any]
    void answer(OperationId operation, Result<HttpResponse> result);

private:
    struct Order {
        OperationId operation;
        std::optional<HttpRequest> request;  // none: drop it
    };
    struct FreeMulti {
        void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
    };

    void order(Order order);
    void serve() noexcept;
    bool take_orders();
    void give_turns();
    void end(OperationId operation);
    void collect();
    int milliseconds_to_wait() const;

    environment::Loop& loop_;
    const HttpClientSettings settings_;
    const std::weak_ptr<Waiting> waiting_;
    std::unique_ptr<CURLM, FreeMulti> multi_;
    struct Running {
        std::unique_ptr<CurlExchange> exchange;
        std::string origin;
    };
    HttpTurns turns_;                                    // [thread]
    std::unordered_map<OperationId, Running> running_;   // [thread]

    std::mutex lock_;
    std::vector<Order> orders_;  // under lock_
    bool is_ending_ = false;     // under lock_
    std::thread thread_;
};

CurlHttpClient::Engine::Engine(environment::Loop& loop, HttpClientSettings settings,
                               std::weak_ptr<Waiting> waiting)
    : loop_(loop), settings_(std::move(settings)), waiting_(std::move(waiting)),
      turns_(settings_.connections_per_host, settings_.connections)
{
    // Counted by curl, so that every client may say it.
    SHOAL_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    multi_.reset(curl_multi_init());
    SHOAL_ASSERT(multi_ != nullptr);
    // It may have got no pipe to be woken through: it would hear of an order, and of its end, when it happens to look.
    if (curl_multi_wakeup(multi_.get()) != CURLM_OK) {
        multi_.reset();
        curl_global_cleanup();
        throw std::system_error(EMFILE, std::generic_category(), "what wakes the HTTP client");
    }
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(settings_.connections));
    thread_ = std::thread([this]() noexcept { serve(); });
}

CurlHttpClient::Engine::~Engine()
{
    {
        const std::lock_guard held(lock_);
        is_ending_ = true;
    }
    curl_multi_wakeup(multi_.get());
    thread_.join();
    multi_.reset();
    curl_global_cleanup();
}

void CurlHttpClient::Engine::answer(OperationId operation, Result<HttpResponse> result)
{
    loop_.post([waiting = waiting_, operation, result = std::move(result)]() mutable {
        const auto still = waiting.lock();
        if (!still) return;
        auto asked = still->done.extract(operation);
        if (asked) asked.mapped()(std::move(result));
    });
}

void CurlHttpClient::Engine::order(Order order)
{
    {
        const std::lock_guard held(lock_);
        orders_.push_back(std::move(order));
    }
    curl_multi_wakeup(multi_.get());
}

void CurlHttpClient::Engine::serve() noexcept
{
    while (take_orders()) {
        give_turns();
        int running = 0;
        curl_multi_perform(multi_.get(), &running);
        collect();
        curl_multi_poll(multi_.get(), nullptr, 0, milliseconds_to_wait(), nullptr);
    }
    while (!running_.empty()) end(running_.begin()->first);
}

int CurlHttpClient::Engine::milliseconds_to_wait() const
{
    constexpr std::chrono::milliseconds longest{60'000};
    const auto deadline = turns_.earliest_deadline();
    if (deadline == HttpTurns::Clock::time_point::max()) return static_cast<int>(longest.count());
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - HttpTurns::Clock::now());
    return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, longest).count());
}

bool CurlHttpClient::Engine::take_orders()
{
    std::vector<Order> orders;
    {
        const std::lock_guard held(lock_);
        if (is_ending_) return false;
        orders.swap(orders_);
    }
    const auto now = HttpTurns::Clock::now();
    for (auto& [operation, request] : orders) {
        if (request) {
            turns_.add(operation, std::move(*request), now);
        } else if (running_.contains(operation)) {
            end(operation);
        } else {
            turns_.drop(operation);
        }
    }
    return true;
}

void CurlHttpClient::Engine::give_turns()
{
    const auto now = HttpTurns::Clock::now();
    for (const auto operation : turns_.take_overdue(now)) {
        answer(operation, make_error(Errc::timed_out, "no connection was free in time"));
    }
    while (auto turn = turns_.next(now)) {
        auto exchange = std::make_unique<CurlExchange>(turn->operation, std::move(turn->request), settings_);
        curl_multi_add_handle(multi_.get(), exchange->handle());
        running_.emplace(turn->operation, Running{std::move(exchange), std::move(turn->origin)});
    }
}

void CurlHttpClient::Engine::end(OperationId operation)
{
    const auto found = running_.find(operation);
    if (found == running_.end()) return;
    curl_multi_remove_handle(multi_.get(), found->second.exchange->handle());
    turns_.finish(found->second.origin);
    running_.erase(found);
}

void CurlHttpClient::Engine::collect()
{
    int left = 0;
    bool has_ended = false;
    while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto code = message->data.result;
        CurlExchange* exchange = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
        const auto operation = exchange->operation();
        answer(operation, exchange->outcome(code));
        end(operation);
        has_ended = true;
    }
    // The next in line start with the next round, which is now.
    if (has_ended) curl_multi_wakeup(multi_.get());
}

CurlHttpClient::CurlHttpClient(environment::Loop& loop, HttpClientSettings settings)
    : waiting_(std::make_shared<Waiting>()),
      engine_(std::make_unique<Engine>(loop, std::move(settings), waiting_))
{}

CurlHttpClient::~CurlHttpClient() = default;

OperationId CurlHttpClient::request(HttpRequest request, Done done)
{
    const OperationId operation{next_operation_++};
    waiting_->done.emplace(operation, std::move(done));
    if (const auto checked = CurlExchange::check(request); checked) {
        engine_->start(operation, std::move(request));
    } else {
        engine_->answer(operation, checked.error());
    }
    return operation;
}

void CurlHttpClient::cancel(OperationId operation)
{
    if (waiting_->done.extract(operation)) engine_->drop(operation);
}

}  // namespace shoal::net
