#include "fetcher.hpp"

#include "feed_parser.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace shoal::rss {
namespace {

constexpr std::size_t longest_reason = 500;
constexpr std::size_t longest_validator = 1'000;
constexpr std::string_view accepted = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5";

bool is_redirect(std::uint32_t status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

// Its own site, or the same one with a lock on it.
bool may_be_told(const WebUrl& typed, const WebUrl& url)
{
    return typed.is_same_origin(url) || (!typed.is_secure && url.is_secure && typed.host == url.host);
}

// What cannot be sent back as it came is not.
std::string validator(const HttpResponse& response, std::string_view name)
{
    const auto value = response.headers.find(name).value_or("");
    const bool is_sendable = value.size() <= longest_validator && std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7f; });
    return is_sendable ? std::string(value) : std::string();
}

Fetched fetched(const HttpResponse& response, const WebUrl& url)
{
    const auto header = [&](std::string_view name) { return std::string(response.headers.find(name).value_or("")); };
    return {.status = response.status,
            .url = url.text(),
            .etag = validator(response, "etag"),
            .last_modified = validator(response, "last-modified"),
            .content_type = header("content-type"),
            .retry_after = header("retry-after"),
            .body = Bytes(response.body.begin(), response.body.end())};
}

Error explained(const WebUrl& url, const Error& why)
{
    if (why.code == Errc::permission_denied) {
        return make_error(why.code, url.host + " is in the local network, where a redirect from the internet does not lead");
    }
    return make_error(why.code, printable(why.text, longest_reason));
}

} // namespace

void Fetcher::fetch(FetchRequest request, Done done)
{
    const auto number = ++last_;
    auto url = WebUrl::parse(request.feed.url);
    if (!url) {
        host_.post([done = std::move(done), why = url.error()]() mutable { done(why); });
        return;
    }
    Operation operation{.request = std::move(request), .typed = *url, .url = *url, .done = std::move(done)};
    operation.deadline = host_.now() + operation.request.patience;
    operations_.emplace(number, std::move(operation));
    ask(number);
}

void Fetcher::stop()
{
    for (auto& [number, operation] : std::exchange(operations_, {})) http_.cancel(operation.handle);
}

void Fetcher::ask(std::uint64_t number)
{
    auto& operation = operations_.at(number);
    const auto& request = operation.request;
    std::vector<HttpHeader> headers{{"accept", accepted}};
    if (may_be_told(operation.typed, operation.url)) {
        if (!request.feed.cookies.empty()) headers.push_back({"cookie", request.feed.cookies});
        for (const auto& [name, value] : request.feed.headers) headers.push_back({name, value});
    }
    if (!request.etag.empty()) headers.push_back({"if-none-match", request.etag});
    if (!request.last_modified.empty()) headers.push_back({"if-modified-since", request.last_modified});
    const auto url = operation.url.text();
    // No time-out at all is what 0 would mean to the client.
    const auto timeout = std::max(operation.deadline - host_.now(), std::chrono::nanoseconds{1});
    const auto asked = http_.request({.url = url, .headers = std::move(headers), .timeout = timeout, .max_body = largest_feed, .max_redirects = 0,
                                      .local_targets = operation.targets},
                                     [this, number](const Result<HttpResponse>& response) { on_response(number, response); });
    if (asked) {
        operation.handle = *asked;
        return;
    }
    host_.post([this, number, why = asked.error()] { finish(number, why); });
}

void Fetcher::on_response(std::uint64_t number, const Result<HttpResponse>& response)
{
    const auto at = operations_.find(number);
    if (at == operations_.end()) return;
    if (!response) return finish(number, explained(at->second.url, response.error()));
    const auto location = response->headers.find("location");
    if (is_redirect(response->status) && location) return on_redirect(number, *location);
    finish(number, fetched(*response, at->second.url));
}

// What the user typed may be anywhere, also on his own machine: Jackett is. After a redirect only if he typed a place that is near.
void Fetcher::on_redirect(std::uint64_t number, std::string_view location)
{
    auto& operation = operations_.at(number);
    const auto& from = operation.url;
    if (++operation.redirects > most_redirects) {
        return finish(number, make_error(Errc::limit_exceeded, from.host + " redirects, and so did those before it: " +
                                                                   std::to_string(most_redirects) + " times is enough"));
    }
    auto to = from.follow(location);
    if (!to) return finish(number, to.error());
    if (from.is_secure && !to->is_secure) {
        return finish(number, make_error(Errc::permission_denied, from.host + " redirects from https down to http"));
    }
    operation.url = std::move(*to);
    if (!operation.typed.is_near()) operation.targets = LocalTargets::none;
    ask(number);
}

void Fetcher::finish(std::uint64_t number, Result<Fetched> outcome)
{
    auto node = operations_.extract(number);
    if (!node.empty()) node.mapped().done(std::move(outcome));
}

Error refusal(std::uint32_t status, std::string_view host)
{
    const auto said = [&](Errc code, const char* what) {
        return make_error(code, std::string(host) + " " + what + " (HTTP " + std::to_string(status) + ")");
    };
    switch (status) {
    case 401:
    case 403: return said(Errc::permission_denied, "does not let us read it: check the key in its address, or give the feed the cookies of your browser");
    case 404:
    case 410: return said(Errc::refused, "has no feed at this address any more");
    case 429: return said(Errc::limit_exceeded, "was asked too often: give the feed a longer 'every'");
    case 503: return said(Errc::refused, "is too busy");
    default: return said(Errc::refused, "does not give it");
    }
}

} // namespace shoal::rss
