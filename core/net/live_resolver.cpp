#include "net/live_resolver.hpp"

#include "net/socket_address.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include <netdb.h>

namespace shoal::net {

using environment::OperationId;

namespace {

using Addresses = Result<std::vector<Address>>;

// A name that hangs takes one thread for as long as the system's resolver tries; the others go on.
constexpr int most_threads = 4;
constexpr std::size_t longest_name = 253;  // RFC 1035, without the trailing dot

bool is_host_name(std::string_view name)
{
    return !name.empty() && name.size() <= longest_name
           && std::ranges::none_of(name, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

Error lookup_error(const std::string& name, int failure, int number)
{
    const bool is_unknown = failure == EAI_NONAME || failure == EAI_NODATA;
    const auto cause = failure == EAI_SYSTEM ? std::generic_category().message(number)
                                             : std::string(::gai_strerror(failure));
    return make_error(is_unknown ? Errc::not_found : Errc::network_error, "look up " + name + ": " + cause);
}

Addresses look_up(const std::string& name)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
    if (failure != 0) return lookup_error(name, failure, errno);
    std::vector<Address> addresses;
    for (const auto* entry = found; entry != nullptr; entry = entry->ai_next) {
        SocketAddress address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        const auto plain = address.endpoint().address;
        if (std::ranges::find(addresses, plain) == addresses.end()) addresses.push_back(plain);
    }
    ::freeaddrinfo(found);
    return addresses;
}

}  // namespace

// The queue between the loop and the threads, which outlive the resolver when they are stuck in the system's.
class LiveResolver::Lookups : public std::enable_shared_from_this<Lookups> {
public:
    Lookups(environment::Loop& loop, std::weak_ptr<Waiting> waiting)
        : loop_(&loop), waiting_(std::move(waiting))
    {}

    void ask(OperationId operation, const std::string& name)
    {
        const std::lock_guard held(lock_);
        questions_.push_back({operation, name});
        if (idle_ < questions_.size() && threads_ < most_threads) {
            ++threads_;
            std::thread([self = shared_from_this()]() noexcept { self->serve(); }).detach();
        }
        came_.notify_one();
    }

    void forget(OperationId operation)
    {
        const std::lock_guard held(lock_);
        std::erase_if(questions_, [&](const Question& question) { return question.operation == operation; });
    }

    // After this no thread touches the loop.
    void end()
    {
        const std::lock_guard held(lock_);
        loop_ = nullptr;
        came_.notify_all();
    }

    // Through the loop to whoever still waits.
    static void tell(environment::Loop& loop, std::weak_ptr<Waiting> waiting, OperationId operation,
                     Addresses answer)
    {
        loop.post([waiting = std::move(waiting), operation, answer = std::move(answer)]() mutable {
            const auto still = waiting.lock();
            if (!still) return;
            auto asked = still->done.extract(operation);
            if (asked) asked.mapped()(std::move(answer));
        });
    }

private:
    struct Question {
        OperationId operation;
        std::string name;
    };

    void serve()
    {
        std::unique_lock held(lock_);
        for (;;) {
            ++idle_;
            came_.wait(held, [this] { return loop_ == nullptr || !questions_.empty(); });
            --idle_;
            if (loop_ == nullptr) return;
            const auto question = std::move(questions_.front());
            questions_.pop_front();
            held.unlock();
            auto answer = look_up(question.name);
            held.lock();
            if (loop_ == nullptr) return;
            tell(*loop_, waiting_, question.operation, std::move(answer));
        }
    }

    std::mutex lock_;
    std::condition_variable came_;
    environment::Loop* loop_;  // null once the resolver is gone
    std::weak_ptr<Waiting> waiting_;
    std::deque<Question> questions_;
    std::size_t idle_ = 0;
    int threads_ = 0;
};

LiveResolver::LiveResolver(environment::Loop& loop)
    : loop_(loop), waiting_(std::make_shared<Waiting>()), lookups_(std::make_shared<Lookups>(loop, waiting_))
{}

LiveResolver::~LiveResolver()
{
    lookups_->end();
}

OperationId LiveResolver::resolve(const std::string& name, Resolved done)
{
    const OperationId operation{next_operation_++};
    waiting_->done.emplace(operation, std::move(done));
    if (const auto numeric = Address::parse(name)) {
        Lookups::tell(loop_, waiting_, operation, std::vector{*numeric});
    } else if (!is_host_name(name)) {
        Lookups::tell(loop_, waiting_, operation,
                      make_error(Errc::bad_input, "not a host name: '" + name.substr(0, 64) + "'"));
    } else {
        lookups_->ask(operation, name);
    }
    return operation;
}

void LiveResolver::cancel(OperationId operation)
{
    waiting_->done.extract(operation);
    lookups_->forget(operation);
}

}  // namespace shoal::net
