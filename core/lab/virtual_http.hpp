#pragma once

#include "environment/http.hpp"
#include "lab/ports.hpp"
#include "lab/scheduler.hpp"

#include <map>

namespace shoal::lab {


// Requests travel whole: one latency there, one back, no octets counted. https is http with another default
// port.
class VirtualHttpClient final : public environment::HttpClient {
public:
    explicit VirtualHttpClient(Node& node) : node_(node) {}

    environment::OperationId request(environment::HttpRequest request, Done done) override;
    void cancel(environment::OperationId operation) override;

    // An answer or a failure comes back, in an event of this host.
    void complete(environment::OperationId operation, Result<environment::HttpResponse> outcome);
    void clear();
    std::size_t pending_count() const { return exchanges_.size(); }

private:
    struct Exchange {
        Done done;
        EventId deadline;
        std::uint64_t max_body = 0;
        std::string url;
        environment::LocalTargets local_targets = environment::LocalTargets::all;
    };
    struct Letter {
        Endpoint to;
        environment::HttpQuestion question;
    };

    void resolve(environment::OperationId operation, const std::string& host, Letter letter);
    void send_to(environment::OperationId operation, const Address& address, Letter letter);
    void post_to(environment::OperationId operation, Letter letter);
    // Of a name's addresses. Null: none in a family that this host has.
    const Address* first_reachable(const std::vector<Address>& addresses) const;

    Node& node_;
    std::map<std::uint64_t, Exchange> exchanges_;
    std::uint64_t last_operation_ = 0;
};

class VirtualHttpServer final : public environment::HttpServer {
public:
    explicit VirtualHttpServer(Node& node) : node_(node) {}

    Result<std::unique_ptr<environment::HttpListener>> listen(const Endpoint& local, Asked asked) override;

    struct Asker {
        Node* node;
        environment::OperationId operation;
    };
    // A question arrived at this host's port.
    void ask(const Asker& asker, const Endpoint& at, environment::HttpQuestion question);
    void answer(std::uint64_t ticket, environment::HttpAnswer answer);
    void stop(const PortKey& port, std::uint64_t generation);
    // Who still waits for an answer sees the connection break.
    void clear();
    std::size_t pending_count() const { return open_questions_.size(); }

private:
    struct Listening {
        Asked asked;
        std::uint64_t generation = 0;
    };

    void reply(const Asker& asker, Result<environment::HttpResponse> outcome);

    Node& node_;
    std::map<PortKey, Listening> listening_;
    std::map<std::uint64_t, Asker> open_questions_;
    std::uint64_t last_ticket_ = 0;
    std::uint64_t last_generation_ = 0;
};

}  // namespace shoal::lab
