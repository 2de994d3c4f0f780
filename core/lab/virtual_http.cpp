#include "lab/virtual_http.hpp"

#include "environment/local_targets.hpp"
#include "lab/node.hpp"
#include "lab/ports.hpp"
#include "lab/world.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace shoal::lab {

using environment::HttpAnswer;
using environment::HttpQuestion;
using environment::HttpRequest;
using environment::HttpResponse;
using environment::OperationId;

namespace {

constexpr std::size_t max_question_body = 1 << 20;

struct Place {
    std::string host;
    std::uint16_t port = 80;
    std::string target;
};

// "http://host[:port][/path][?query][#fragment]"; the host may be an IPv6 address in brackets.
std::optional<Place> parse_url(std::string_view url)
{
    Place place;
    if (url.starts_with("https://")) {
        place.port = 443;
        url.remove_prefix(8);
    } else if (url.starts_with("http://")) {
        url.remove_prefix(7);
    } else {
        return {};
    }
    url = url.substr(0, url.find('#'));
    const auto end = std::min(url.find_first_of("/?"), url.size());
    auto authority = url.substr(0, end);
    place.target = url.substr(end);
    if (!place.target.starts_with('/')) place.target.insert(0, 1, '/');
    const auto colon = authority.rfind(':');
    if (colon != authority.npos && authority.find(']', colon) == authority.npos) {
        const auto digits = authority.substr(colon + 1);
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), place.port);
        if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return {};
        authority = authority.substr(0, colon);
    }
    if (authority.starts_with('[') && authority.ends_with(']')) {
        authority = authority.substr(1, authority.size() - 2);
    }
    if (authority.empty()) return {};
    place.host = authority;
    return place;
}

std::string lower_case(std::string text)
{
    for (auto& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

// Answers 500 when it is dropped.
class AnswerTicket {
public:
    AnswerTicket(VirtualHttpServer& server, std::uint64_t ticket) : server_(&server), ticket_(ticket) {}
    AnswerTicket(AnswerTicket&& other) noexcept
        : server_(std::exchange(other.server_, nullptr)), ticket_(other.ticket_)
    {
    }
    AnswerTicket& operator=(AnswerTicket&&) = delete;
    ~AnswerTicket()
    {
        if (server_ != nullptr) {
            server_->answer(ticket_, {.status = 500, .content_type = "text/plain", .body = {}});
        }
    }

    void operator()(HttpAnswer answer)
    {
        if (auto* server = std::exchange(server_, nullptr)) server->answer(ticket_, std::move(answer));
    }

private:
    VirtualHttpServer* server_;
    std::uint64_t ticket_;
};

class VirtualHttpListener final : public environment::HttpListener {
public:
    VirtualHttpListener(VirtualHttpServer& server, std::unique_ptr<PortLease> lease, std::uint64_t generation)
        : server_(server), lease_(std::move(lease)), generation_(generation)
    {
    }
    ~VirtualHttpListener() override { server_.stop(PortKey(lease_->local()), generation_); }
    Endpoint local() const override { return lease_->local(); }

private:
    VirtualHttpServer& server_;
    std::unique_ptr<PortLease> lease_;
    std::uint64_t generation_;
};

}  // namespace

OperationId VirtualHttpClient::request(HttpRequest request, Done done)
{
    const OperationId operation{++last_operation_};
    auto& exchange = exchanges_[operation.value()];
    exchange.done = std::move(done);
    exchange.max_body = request.max_body;
    exchange.url = request.url;
    exchange.local_targets = request.local_targets;
    const auto now = node_.world().now();
    exchange.deadline = node_.schedule(now + request.timeout, EventKind::http, 0, [this, operation] {
        complete(operation, make_error(Errc::timed_out, "the web server did not answer in time"));
    });
    const auto place = parse_url(request.url);
    if (!place) {
        node_.schedule(now, EventKind::http, 0, [this, operation, url = request.url] {
            complete(operation,
                     make_error(Errc::bad_input, "not an http address: '" + url.substr(0, 200) + "'"));
        });
        return operation;
    }
    Letter letter{.to = {{}, place->port}, .question = {}};
    letter.question.method = std::move(request.method);
    letter.question.target = place->target;
    for (auto& [name, value] : request.headers) {
        letter.question.headers.emplace_back(lower_case(std::move(name)), std::move(value));
    }
    letter.question.body = std::move(request.body);
    resolve(operation, place->host, std::move(letter));
    return operation;
}

void VirtualHttpClient::resolve(OperationId operation, const std::string& host, Letter letter)
{
    if (const auto literal = Address::parse(host)) {
        return send_to(operation, literal->unmapped(), std::move(letter));
    }
    auto& world = node_.world();
    node_.schedule(world.now() + world.settings().name_latency, EventKind::name, 0,
                   [this, operation, host, letter = std::move(letter)]() mutable {
                       const auto* addresses = node_.world().addresses_of(host);
                       const auto* reachable = addresses == nullptr ? nullptr : first_reachable(*addresses);
                       if (reachable == nullptr) {
                           complete(operation,
                                    make_error(Errc::not_found, "no host is called '" + host + "'"));
                           return;
                       }
                       send_to(operation, *reachable, std::move(letter));
                   });
}

const Address* VirtualHttpClient::first_reachable(const std::vector<Address>& addresses) const
{
    const auto found = std::ranges::find_if(addresses, [&](const Address& one) { return node_.has_address(one.v6); });
    return found == addresses.end() ? nullptr : &*found;
}

void VirtualHttpClient::send_to(OperationId operation, const Address& address, Letter letter)
{
    const auto found = exchanges_.find(operation.value());
    if (found == exchanges_.end()) return;
    const auto path = letter.question.target.substr(0, letter.question.target.find('?'));
    if (allows(found->second.local_targets, address, path)) {
        letter.to.address = address;
        post_to(operation, std::move(letter));
        return;
    }
    node_.schedule(node_.world().now(), EventKind::http, 0, [this, operation, address] {
        complete(operation, make_error(Errc::permission_denied,
                                       address.to_string() + " is in the local network, and the path is not "
                                                             "that of a tracker"));
    });
}

void VirtualHttpClient::post_to(OperationId operation, Letter letter)
{
    auto* server = node_.target_at(letter.to.address);
    if (server == nullptr) return;  // the deadline will tell
    letter.question.from = node_.endpoint(letter.to.address.v6, 0);
    auto& world = node_.world();
    const auto path = world.paths().path(node_.index(), server->index());
    if (path.vanishes) return;
    const auto size = static_cast<std::uint32_t>(letter.question.target.size() + letter.question.body.size());
    world.scheduler().schedule(
        world.now() + path.latency, {.node = server->index(), .kind = EventKind::http, .size = size},
        [this, operation, server, letter = std::move(letter)]() mutable {
            node_.world().scheduler().fingerprint().mix(as_bytes(letter.question.target));
            server->http_server().ask({&node_, operation}, letter.to, std::move(letter.question));
        });
}

void VirtualHttpClient::complete(OperationId operation, Result<HttpResponse> outcome)
{
    auto found = exchanges_.extract(operation.value());
    if (found.empty()) return;
    auto& exchange = found.mapped();
    node_.world().scheduler().cancel(exchange.deadline);
    if (!outcome) return exchange.done(std::move(outcome));
    if (outcome->body.size() > exchange.max_body) {
        return exchange.done(make_error(
            Errc::limit_exceeded, "the web server's answer has " + std::to_string(outcome->body.size())
                                      + " bytes, " + std::to_string(exchange.max_body) + " are allowed"));
    }
    node_.world().scheduler().fingerprint().mix(ByteView(outcome->body));
    outcome->url = exchange.url;
    exchange.done(std::move(outcome));
}

void VirtualHttpClient::cancel(OperationId operation)
{
    const auto found = exchanges_.extract(operation.value());
    if (!found.empty()) node_.world().scheduler().cancel(found.mapped().deadline);
}

void VirtualHttpClient::clear()
{
    const auto exchanges = std::move(exchanges_);
    exchanges_.clear();
}

Result<std::unique_ptr<environment::HttpListener>> VirtualHttpServer::listen(const Endpoint& local,
                                                                             Asked asked)
{
    auto lease = node_.ports().reserve(local);
    if (!lease) return std::move(lease).error();
    const auto generation = ++last_generation_;
    listening_[PortKey((*lease)->local())] = {std::move(asked), generation};
    return std::make_unique<VirtualHttpListener>(*this, std::move(*lease), generation);
}

void VirtualHttpServer::stop(const PortKey& port, std::uint64_t generation)
{
    const auto found = listening_.find(port);
    if (found == listening_.end() || found->second.generation != generation) return;
    // Destroyed when the table does not hold it any more: it may come back to us.
    const auto asked = std::move(found->second.asked);
    listening_.erase(found);
}

void VirtualHttpServer::ask(const Asker& asker, const Endpoint& at, HttpQuestion question)
{
    const PortKey port(at);
    const auto found = listening_.find(port);
    if (!node_.is_alive() || found == listening_.end()) {
        reply(asker,
              make_error(Errc::refused, "no web server listens at " + at.to_string()));
        return;
    }
    if (question.body.size() > max_question_body) {
        reply(asker, HttpResponse{.status = 413, .url = {}, .headers = {}, .body = {}});
        return;
    }
    const auto ticket = ++last_ticket_;
    open_questions_[ticket] = asker;
    const auto generation = found->second.generation;
    // The listener may go while it is asked.
    auto asked = std::move(found->second.asked);
    asked(std::move(question), AnswerTicket(*this, ticket));
    const auto again = listening_.find(port);
    if (again != listening_.end() && again->second.generation == generation) {
        again->second.asked = std::move(asked);
    }
}

void VirtualHttpServer::answer(std::uint64_t ticket, HttpAnswer answer)
{
    const auto found = open_questions_.extract(ticket);
    if (found.empty() || !node_.is_alive()) return;
    HttpResponse response{.status = answer.status, .url = {}, .headers = {}, .body = std::move(answer.body)};
    response.headers.emplace_back("content-type", std::move(answer.content_type));
    response.headers.emplace_back("content-length", std::to_string(response.body.size()));
    reply(found.mapped(), std::move(response));
}

void VirtualHttpServer::reply(const Asker& asker, Result<HttpResponse> outcome)
{
    auto& world = node_.world();
    if (world.is_ending()) return;
    const auto path = world.paths().path(node_.index(), asker.node->index());
    if (path.vanishes) return;
    const auto size = outcome ? static_cast<std::uint32_t>(outcome->body.size()) : 0;
    asker.node->schedule(world.now() + path.latency, EventKind::http, size,
                         [asker, outcome = std::move(outcome)]() mutable {
                             asker.node->http_client().complete(asker.operation, std::move(outcome));
                         });
}

void VirtualHttpServer::clear()
{
    const auto listening = std::move(listening_);
    listening_.clear();
    const auto questions = std::move(open_questions_);
    open_questions_.clear();
    for (const auto& [ticket, asker] : questions) {
        reply(asker,
              make_error(Errc::network_error, "the web server closed the connection without an answer"));
    }
}

}  // namespace shoal::lab
