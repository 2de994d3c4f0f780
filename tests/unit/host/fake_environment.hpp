#pragma once

#include "environment/environment.hpp"

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// An environment that does nothing until the test says so.
namespace shoal::host::test {

class FakeLoop final : public environment::Loop {
public:
    environment::Time now() const override { return now_; }
    std::int64_t unix_time() const override { return 1'000'000; }

    void post(environment::Task task) override
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
    }

    environment::TimerId start_timer(environment::Duration delay, environment::Task task) override
    {
        const environment::TimerId id{++last_timer_};
        timers_.emplace(std::pair(now_ + delay, id), std::move(task));
        return id;
    }

    bool cancel_timer(environment::TimerId timer) override
    {
        return std::erase_if(timers_, [&](const auto& entry) { return entry.first.second == timer; }) == 1;
    }

    bool is_current_thread() const override { return std::this_thread::get_id() == thread_; }

    // Runs what was posted, also by what it runs.
    void run()
    {
        while (auto task = next()) task();
    }

    // Moves the clock without running anything: a call that takes long.
    void jump(environment::Duration by) { now_ += by; }

    void advance(environment::Duration by)
    {
        const auto until = now_ + by;
        run();
        while (!timers_.empty() && timers_.begin()->first.first <= until) {
            auto node = timers_.extract(timers_.begin());
            now_ = node.key().first;
            node.mapped()();
            run();
        }
        now_ = until;
    }

    std::size_t pending_timers() const { return timers_.size(); }

private:
    environment::Task next()
    {
        const std::lock_guard lock(mutex_);
        if (tasks_.empty()) return nullptr;
        auto task = std::move(tasks_.front());
        tasks_.pop_front();
        return task;
    }

    environment::Time now_{std::chrono::seconds{1}};
    std::thread::id thread_ = std::this_thread::get_id();
    std::uint64_t last_timer_ = 0;
    std::map<std::pair<environment::Time, environment::TimerId>, environment::Task> timers_;
    std::mutex mutex_;
    std::deque<environment::Task> tasks_;
};

// Requests by their ids, to be answered by the test.
template <class Request, class Answer>
struct Pending {
    using Done = UniqueFunction<void(Answer)>;

    environment::OperationId add(Request request, Done done)
    {
        requests.push_back(std::move(request));
        open.emplace(++last, std::move(done));
        return environment::OperationId{last};
    }

    void cancel(environment::OperationId id)
    {
        ++cancelled;
        open.erase(id.value());
    }

    void answer(std::uint64_t id, Answer with)
    {
        auto node = open.extract(id);
        node.mapped()(std::move(with));
    }

    std::vector<Request> requests;
    std::map<std::uint64_t, Done> open;
    std::uint64_t last = 0;
    int cancelled = 0;
};

class FakeHttp final : public environment::HttpClient {
public:
    environment::OperationId request(environment::HttpRequest request, Done done) override
    {
        return pending.add(std::move(request), std::move(done));
    }
    void cancel(environment::OperationId operation) override { pending.cancel(operation); }

    Pending<environment::HttpRequest, Result<environment::HttpResponse>> pending;
};

class FakeResolver final : public environment::Resolver {
public:
    environment::OperationId resolve(const std::string& name, Resolved done) override
    {
        return pending.add(name, std::move(done));
    }
    void cancel(environment::OperationId operation) override { pending.cancel(operation); }

    Pending<std::string, Result<std::vector<Address>>> pending;
};

// Port 0 becomes 4242, port 1 cannot be had.
inline Result<Endpoint> fake_bind(Endpoint local)
{
    if (local.port == 1) return make_error(Errc::permission_denied, "port 1 is taken");
    if (local.port == 0) local.port = 4242;
    return local;
}

class FakeNetwork final : public environment::Network {
public:
    environment::OperationId connect(const Endpoint&, environment::Duration, Connected) override
    {
        return {};
    }
    void cancel_connect(environment::OperationId) override {}
    Result<std::unique_ptr<environment::Listener>> listen(const Endpoint&, Accepted) override
    {
        return make_error(Errc::unsupported, "no TCP here");
    }

    Result<std::unique_ptr<environment::DatagramSocket>> open_datagram(const Endpoint& local,
                                                                       Received received) override
    {
        auto bound = fake_bind(local);
        if (!bound) return bound.error();
        auto socket = std::make_unique<Socket>(*this, *bound);
        on_received = std::move(received);
        ++open_sockets;
        return std::unique_ptr<environment::DatagramSocket>(std::move(socket));
    }

    Result<std::unique_ptr<environment::DatagramSocket>> open_group(const Endpoint& group,
                                                                    Received received) override
    {
        return open_datagram(group, std::move(received));
    }

    Received on_received;  // of the socket opened last
    std::vector<std::pair<Endpoint, std::string>> sent;
    int open_sockets = 0;

private:
    class Socket final : public environment::DatagramSocket {
    public:
        Socket(FakeNetwork& network, Endpoint local) : network_(network), local_(local) {}
        ~Socket() override { --network_.open_sockets; }
        Endpoint local() const override { return local_; }
        void send(const Endpoint& to, ByteView datagram) override
        {
            network_.sent.emplace_back(to, std::string(as_text(datagram)));
        }

    private:
        FakeNetwork& network_;
        Endpoint local_;
    };
};

class FakeHttpServer final : public environment::HttpServer {
public:
    Result<std::unique_ptr<environment::HttpListener>> listen(const Endpoint& local, Asked asked) override
    {
        auto bound = fake_bind(local);
        if (!bound) return bound.error();
        on_asked = std::move(asked);
        ++open_listeners;
        return std::unique_ptr<environment::HttpListener>(std::make_unique<FakeListener>(*this, *bound));
    }

    Asked on_asked;  // of the listener opened last
    int open_listeners = 0;

private:
    class FakeListener final : public environment::HttpListener {
    public:
        FakeListener(FakeHttpServer& server, Endpoint local) : server_(server), local_(local) {}
        ~FakeListener() override { --server_.open_listeners; }
        Endpoint local() const override { return local_; }

    private:
        FakeHttpServer& server_;
        Endpoint local_;
    };
};

// Holds the jobs; the test says when, and on which thread, they run.
class FakeWorkers final : public environment::Workers {
public:
    struct Job {
        environment::Task work;
        environment::Task done;
    };

    void run(environment::Task work, environment::Task done) override
    {
        jobs.push_back({std::move(work), std::move(done)});
    }
    void pause(environment::Duration time) override { paused += time; }
    std::uint32_t count() const override { return 1; }

    Job take()
    {
        auto job = std::move(jobs.front());
        jobs.pop_front();
        return job;
    }

    // On a thread of its own, to the end, then tells the loop.
    void run_next(FakeLoop& loop)
    {
        auto job = take();
        std::thread([&] { job.work(); }).join();
        job.work = nullptr;
        loop.post(std::move(job.done));
        loop.run();
    }

    std::deque<Job> jobs;
    environment::Duration paused{0};
};

struct FakeEnvironment {
    FakeLoop loop;
    FakeNetwork network;
    FakeResolver resolver;
    FakeHttp http;
    FakeHttpServer http_server;
    FakeWorkers workers;
    environment::Environment all{loop, network, resolver, http, http_server, workers, RandomStream(1, 2)};
};

}  // namespace shoal::host::test
