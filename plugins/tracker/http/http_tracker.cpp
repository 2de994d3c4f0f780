#include "http_tracker.hpp"

#include "query.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <utility>

namespace shoal::http_tracker {
namespace {

/// Who really answered, after redirects. The client sends nothing to an address that no torrent may reach;
/// names that say so themselves are for us to know.
Result<std::string> answering_host(const HttpResponse& response, bool may_be_local)
{
    // Our own arguments may have made it longer than a tracker's URL can be.
    const auto url = parse_url(response.url.substr(0, response.url.find('?')));
    if (!url) return make_error(url.error().code, "redirected: " + url.error().text);
    if (!url->is_local || may_be_local) return url->host;
    return make_error(Errc::permission_denied, "redirected into the local network, to " + url->host);
}

/// The failure reason that comes with an error code says more than the code.
Error http_error(const HttpResponse& response, const std::string& host)
{
    const auto answer = parse_announce_answer(response.body);
    if (!answer && answer.error().code == Errc::refused) return answer.error();
    return make_error(Errc::refused, "HTTP " + std::to_string(response.status) + " from " + host);
}

Error no_answer(const std::string& host, const Error& why)
{
    if (why.code == Errc::refused) return why;
    return make_error(Errc::protocol_error, host + " does not answer as a tracker does (" + why.text + ")");
}

} // namespace

HttpTracker::HttpTracker(Host& host)
    : host_(host), replies_(host), http_(host.http()), resolver_(host.resolver()), timers_(host.timers())
{
}

Result<void> HttpTracker::announce(std::uint64_t operation, const Announce& announce)
{
    const auto url = parse_url(announce.url);
    if (!url) return url.error();
    const auto patience = announce.event == AnnounceEvent::stopped ? longest_goodbye : longest_exchange;
    const auto deadline = std::min<std::chrono::nanoseconds>(announce.deadline, host_.now() + patience);
    return ask(operation, announce_url(*url, announce),
               {.host = url->host, .is_local = url->is_local, .deadline = deadline});
}

Result<void> HttpTracker::scrape(std::uint64_t operation, std::string_view text,
                                 std::span<const Hash20> info_hashes)
{
    const auto url = parse_url(text);
    if (!url) return url.error();
    const auto scrape = scrape_url(*url, info_hashes);
    if (!scrape) return scrape.error();
    return ask(operation, *scrape,
               {.host = url->host,
                .is_local = url->is_local,
                .is_scrape = true,
                .scraped = {info_hashes.begin(), info_hashes.end()},
                .deadline = host_.now() + longest_exchange});
}

Result<void> HttpTracker::ask(std::uint64_t number, const std::string& url, Operation operation)
{
    const auto timeout = operation.deadline - host_.now();
    // No time-out at all is what 0 would mean to the client.
    if (timeout <= std::chrono::nanoseconds{0}) return make_error(Errc::timed_out, "the deadline has passed");
    const auto request = http_.request(
        {.url = url,
         .timeout = timeout,
         .max_body = longest_body,
         .local_targets = LocalTargets::trackers},
        [this, number](const Result<HttpResponse>& response) { on_response(number, response); });
    if (!request) return request.error();
    operation.request = *request;
    operations_.emplace(number, std::move(operation));
    return {};
}

void HttpTracker::cancel(std::uint64_t number)
{
    const auto found = operations_.find(number);
    if (found == operations_.end()) return;
    // The client's own completion ends it; names have none.
    if (found->second.names == nullptr) return http_.cancel(found->second.request);
    fail(number, make_error(Errc::cancelled, "cancelled"));
}

void HttpTracker::on_response(std::uint64_t number, const Result<HttpResponse>& response)
{
    const auto found = operations_.find(number);
    if (found == operations_.end()) return;
    const auto& operation = found->second;
    if (!response) return fail(number, {response.error().code, showable(response.error().text)});
    const auto host = answering_host(*response, operation.is_local);
    if (!host) return fail(number, host.error());
    if (response->status != 200) return refuse(number, http_error(*response, *host).text);
    if (operation.is_scrape) return on_scrape_answer(number, response->body);

    auto answer = parse_announce_answer(response->body);
    if (answer) return on_announce_answer(number, std::move(*answer));
    const auto error = no_answer(*host, answer.error());
    if (error.code == Errc::refused) return refuse(number, error.text);
    fail(number, error);
}

void HttpTracker::on_announce_answer(std::uint64_t number, AnnounceAnswer answer)
{
    auto& operation = operations_.at(number);
    operation.answer = std::move(answer);
    const auto patience =
        std::min<std::chrono::nanoseconds>(longest_name_wait, operation.deadline - host_.now());
    if (operation.answer.names.empty() || patience <= std::chrono::nanoseconds{0}) return succeed(number);
    operation.names = std::make_unique<PeerNames>(
        resolver_, timers_, [this, number](const std::vector<Endpoint>& peers) { on_names(number, peers); });
    if (!operation.names->look_up(operation.answer.names, patience)) succeed(number);
}

void HttpTracker::on_names(std::uint64_t number, const std::vector<Endpoint>& peers)
{
    auto& answer = operations_.at(number).answer;
    for (const auto& peer : peers) answer.peers.add(peer);
    succeed(number);
}

void HttpTracker::on_scrape_answer(std::uint64_t number, ByteView body)
{
    const auto entries = parse_scrape_answer(body, operations_.at(number).scraped);
    if (!entries) return fail(number, no_answer(operations_.at(number).host, entries.error()));
    operations_.erase(number);
    replies_.scraped(number, *entries);
}

void HttpTracker::succeed(std::uint64_t number)
{
    auto answer = std::move(operations_.extract(number).mapped().answer);
    replies_.announced(number, {.interval_s = answer.interval_s,
                                .min_interval_s = answer.min_interval_s,
                                .complete = answer.complete,
                                .incomplete = answer.incomplete,
                                .peers = answer.peers.take(),
                                .tracker_id = answer.tracker_id,
                                .warning = answer.warning,
                                .external = answer.external});
}

void HttpTracker::fail(std::uint64_t number, const Error& error)
{
    const auto operation = operations_.extract(number);
    if (operation.mapped().is_scrape) return replies_.scrape_failed(number, error);
    replies_.announce_failed(number, error);
}

void HttpTracker::refuse(std::uint64_t number, const std::string& reason)
{
    const auto operation = operations_.extract(number);
    if (!operation.mapped().is_scrape) return replies_.announce_refused(number, reason);
    replies_.scrape_failed(number, make_error(Errc::refused, reason));
}

} // namespace shoal::http_tracker
