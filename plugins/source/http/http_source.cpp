#include "http_source.hpp"

#include "answer.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace shoal::http_source {
namespace {

constexpr std::size_t longest_reason = 1000;

bool is_magnet(std::string_view location)
{
    constexpr std::string_view scheme = "magnet:";
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(location.substr(0, scheme.size()), scheme, {}, lower);
}

// The client speaks of torrents and trackers.
Error explained(const WebUrl& url, const Error& why)
{
    if (why.code != Errc::permission_denied) return make_error(why.code, printable(why.text, longest_reason));
    return make_error(why.code, url.host + " is in the local network, where only an address that you type yourself leads");
}

Error cancelled() { return make_error(Errc::cancelled, "cancelled"); }

} // namespace

HttpSource::HttpSource(Host& host) : host_(host), answers_(host), http_(host.http()) {}

std::int32_t HttpSource::claims(std::string_view identifier) { return WebUrl::is_one(identifier) ? certain : 0; }

// The user may have servers of his own, and knows what he typed. Nobody else may send us to them.
Result<void> HttpSource::resolve(std::uint64_t number, const SourceRequest& request)
{
    auto url = WebUrl::parse(request.identifier);
    if (!url) return url.error();
    Operation operation{.url = std::move(*url), .deadline = request.deadline};
    operation.targets = request.is_from_stranger ? LocalTargets::none : LocalTargets::all;
    operation.may_stay_near = !request.is_from_stranger && operation.url.is_near();
    const auto asked = ask(number, operation);
    if (!asked) return asked.error();
    operation.request = *asked;
    operations_.emplace(number, std::move(operation));
    return {};
}

Result<std::uint64_t> HttpSource::ask(std::uint64_t number, const Operation& operation)
{
    const auto timeout = operation.deadline - host_.now();
    // No time-out at all is what 0 would mean to the client.
    if (timeout <= std::chrono::nanoseconds{0}) return make_error(Errc::timed_out, operation.url.host + " took too long");
    const auto url = operation.url.text();
    return http_.request({.url = url,
                          .headers = {{"accept", "application/x-bittorrent, */*;q=0.5"}},
                          .timeout = timeout,
                          .max_body = SHOAL_SOURCE_LARGEST_FILE,
                          .max_redirects = 0,
                          .local_targets = operation.targets},
                         [this, number](const Result<HttpResponse>& response) { on_response(number, response); });
}

void HttpSource::cancel(std::uint64_t number)
{
    const auto at = operations_.find(number);
    if (at == operations_.end()) return;
    at->second.is_cancelled = true;
    http_.cancel(at->second.request); // whose own completion ends the operation
}

void HttpSource::on_response(std::uint64_t number, const Result<HttpResponse>& response)
{
    const auto at = operations_.find(number);
    if (at == operations_.end()) return;
    if (at->second.is_cancelled) return fail(number, cancelled());
    if (!response) return fail(number, explained(at->second.url, response.error()));
    const auto location = response->headers.find("location");
    if (is_redirect(response->status) && location) return on_redirect(number, *location);
    if (const auto checked = check_answer(*response, at->second.url.host); !checked) return fail(number, checked.error());
    operations_.erase(at);
    answers_.torrent_file(number, response->body);
}

void HttpSource::on_redirect(std::uint64_t number, std::string_view location)
{
    auto& operation = operations_.at(number);
    if (is_magnet(location)) {
        operations_.erase(number);
        return answers_.elsewhere(number, location);
    }
    const auto& from = operation.url;
    if (++operation.redirects > most_redirects) {
        return fail(number, make_error(Errc::limit_exceeded, from.host + " redirects, and so did those before it: " +
                                                                 std::to_string(most_redirects) + " times is enough"));
    }
    auto to = from.follow(location);
    if (!to) return fail(number, to.error());
    if (from.is_secure && !to->is_secure) {
        return fail(number, make_error(Errc::permission_denied, from.host + " redirects from https down to http"));
    }
    operation.url = std::move(*to);
    if (!operation.may_stay_near) operation.targets = LocalTargets::none;
    const auto asked = ask(number, operation);
    if (!asked) return fail(number, asked.error());
    operation.request = *asked;
}

void HttpSource::fail(std::uint64_t number, const Error& error)
{
    operations_.erase(number);
    answers_.failed(number, error);
}

} // namespace shoal::http_source
