#include "net/curl_exchange.hpp"

#include "environment/local_targets.hpp"

#include <shoal/assert.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>

namespace shoal::net {

using environment::HttpRequest;
using environment::HttpResponse;

namespace {

constexpr std::size_t longest_url = 64 << 10;
constexpr std::size_t longest_method = 32;
constexpr std::size_t most_header_octets = 64 << 10;
constexpr long slow_octets_per_second = 16;
// Packing makes what cannot be packed a little longer.
constexpr std::uint64_t packing_slack = 64 << 10;

// A failure here is a wrong option or no memory, nothing that a server can cause.
template <class Value>
void set(CURL* handle, CURLoption option, Value value)
{
    SHOAL_ASSERT(curl_easy_setopt(handle, option, value) == CURLE_OK);
}

std::string lower(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; });
    return result;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

bool has_scheme(std::string_view url, std::string_view scheme)
{
    return lower(url.substr(0, scheme.size())) == scheme;
}

bool is_token(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
               || std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

bool is_header_value(std::string_view text)
{
    return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

Errc code_of(CURLcode code, long os_error)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return Errc::not_found;
    case CURLE_COULDNT_CONNECT:
        if (os_error == ETIMEDOUT) return Errc::timed_out;
        return os_error == ECONNREFUSED ? Errc::refused : Errc::network_error;
    case CURLE_OPERATION_TIMEDOUT: return Errc::timed_out;
    case CURLE_TOO_MANY_REDIRECTS: return Errc::limit_exceeded;
    case CURLE_URL_MALFORMAT: return Errc::bad_input;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return Errc::protocol_error;
    default: return Errc::network_error;
    }
}

std::string text_info(CURL* handle, CURLINFO what)
{
    const char* text = nullptr;
    curl_easy_getinfo(handle, what, &text);
    return text != nullptr ? text : "";
}

// As curl understands it, dots in the path resolved; empty if there is none.
std::string part_of(const std::string& url, CURLUPart part)
{
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
    char* text = nullptr;
    if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK
        || curl_url_get(parsed.get(), part, &text, 0) != CURLUE_OK) {
        return {};
    }
    const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
    return text;
}

std::string host_of(const std::string& url)
{
    return part_of(url, CURLUPART_HOST);
}

// None: it is a name.
std::optional<Address> address_in(const std::string& url)
{
    auto host = host_of(url);
    if (host.starts_with('[')) host = host.substr(1, host.find(']') - 1);
    const auto address = Address::parse(host);
    return address ? std::optional(*address) : std::nullopt;
}

}  // namespace

Result<> CurlExchange::check(const HttpRequest& request)
{
    // Without a scheme curl guesses one from the host's name.
    if (!has_scheme(request.url, "http://") && !has_scheme(request.url, "https://")) {
        const auto scheme = request.url.substr(0, std::min<std::size_t>(request.url.find(':'), 16));
        return make_error(Errc::bad_input,
                          fmt::format("only http and https can be fetched, not '{}'", scheme));
    }
    if (request.url.size() > longest_url || !is_header_value(request.url)) {
        return make_error(Errc::bad_input, "a URL that is too long or has a line break in it");
    }
    if (!is_token(request.method) || request.method.size() > longest_method) {
        return make_error(Errc::bad_input, "not an HTTP method");
    }
    for (const auto& [name, value] : request.headers) {
        if (is_token(name) && is_header_value(value)) continue;
        return make_error(Errc::bad_input, "a request header that would be read as something else");
    }
    return {};
}

CurlExchange::CurlExchange(environment::OperationId operation, HttpRequest request,
                           const HttpClientSettings& settings)
    : operation_(operation), request_(std::move(request)), is_proxied_(!settings.proxy.empty()),
      handle_(curl_easy_init())
{
    SHOAL_ASSERT(handle_ != nullptr);
    set(handle(), CURLOPT_PRIVATE, this);
    set(handle(), CURLOPT_NOSIGNAL, 1L);
    set(handle(), CURLOPT_QUICK_EXIT, 1L);  // a cancelled exchange does not wait for its name server
    set_up_target();
    set_up_headers();
    set_up_limits(settings);
    set_up_callbacks();
    set_up_route(settings);
}

void CurlExchange::set_up_target()
{
    set(handle(), CURLOPT_URL, request_.url.c_str());
    const auto length = static_cast<curl_off_t>(request_.body.size());
    if (request_.method == "HEAD") {
        set(handle(), CURLOPT_NOBODY, 1L);
    } else if (request_.method == "POST" || !request_.body.empty()) {
        set(handle(), CURLOPT_POSTFIELDSIZE_LARGE, length);
        // Null would mean "ask a callback for it".
        set(handle(), CURLOPT_POSTFIELDS, request_.body.empty() ? "" : as_text(request_.body).data());
        if (request_.method != "POST") set(handle(), CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    } else if (request_.method != "GET") {
        set(handle(), CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
}

void CurlExchange::set_up_headers()
{
    const auto add = [this](const std::string& line) {
        auto* longer = curl_slist_append(headers_.get(), line.c_str());
        SHOAL_ASSERT(longer != nullptr);
        headers_.release();
        headers_.reset(longer);
    };
    add("Expect:");  // no second's pause before a body
    // curl reads "Name:" as "leave it out" and "Name;" as an empty value.
    for (const auto& [name, value] : request_.headers) add(value.empty() ? name + ";" : name + ": " + value);
    set(handle(), CURLOPT_HTTPHEADER, headers_.get());
    // A range of packed octets would be of no use, and who asks for an encoding unpacks it himself.
    if (!asks_for("accept-encoding") && !asks_for("range")) {
        set(handle(), CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    }
}

void CurlExchange::set_up_limits(const HttpClientSettings& settings)
{
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(request_.timeout);
    const auto within_reason = std::clamp<std::int64_t>(timeout.count(), 1, 24 * 3600 * 1000);
    set(handle(), CURLOPT_TIMEOUT_MS, static_cast<long>(within_reason));
    set(handle(), CURLOPT_LOW_SPEED_LIMIT, slow_octets_per_second);
    set(handle(), CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.longest_crawl.count()));
    set(handle(), CURLOPT_PROTOCOLS_STR, "http,https");
    set(handle(), CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(handle(), CURLOPT_FOLLOWLOCATION, request_.max_redirects > 0 ? 1L : 0L);
    set(handle(), CURLOPT_MAXREDIRS, static_cast<long>(std::min(request_.max_redirects, 1000U)));
}

void CurlExchange::set_up_callbacks()
{
    set(handle(), CURLOPT_ERRORBUFFER, error_text_.data());
    set(handle(), CURLOPT_HEADERFUNCTION, &CurlExchange::on_header);
    set(handle(), CURLOPT_HEADERDATA, this);
    set(handle(), CURLOPT_WRITEFUNCTION, &CurlExchange::on_body);
    set(handle(), CURLOPT_WRITEDATA, this);
    set(handle(), CURLOPT_XFERINFOFUNCTION, &CurlExchange::on_progress);
    set(handle(), CURLOPT_XFERINFODATA, this);
    set(handle(), CURLOPT_NOPROGRESS, 0L);
    set(handle(), CURLOPT_PREREQFUNCTION, &CurlExchange::on_connected);
    set(handle(), CURLOPT_PREREQDATA, this);
}

void CurlExchange::set_up_route(const HttpClientSettings& settings)
{
    set(handle(), CURLOPT_USERAGENT, settings.user_agent.c_str());
    set(handle(), CURLOPT_PROXY, settings.proxy.c_str());  // empty: also none from the process environment
    if (!settings.ca_file.empty()) set(handle(), CURLOPT_CAINFO, settings.ca_file.c_str());
}

bool CurlExchange::asks_for(std::string_view header) const
{
    return std::ranges::any_of(request_.headers,
                               [&](const auto& entry) { return lower(entry.first) == header; });
}

std::size_t CurlExchange::on_header(char* text, std::size_t one, std::size_t length, void* self)
{
    return static_cast<CurlExchange*>(self)->add_header({text, one * length}) ? one * length : 0;
}

std::size_t CurlExchange::on_body(char* octets, std::size_t one, std::size_t length, void* self)
{
    const auto body = as_bytes({octets, one * length});
    return static_cast<CurlExchange*>(self)->add_body(body) ? one * length : 0;
}

// Sees what add_body does not: the octets of a redirect's body, which curl drops.
int CurlExchange::on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t)
{
    auto& exchange = *static_cast<CurlExchange*>(self);
    const auto most = exchange.request_.max_body + packing_slack;
    if (most < packing_slack || static_cast<std::uint64_t>(received) <= most) return 0;
    exchange.exceed(fmt::format("the answer is longer than {} bytes", exchange.request_.max_body));
    return 1;
}

// Before each request of the exchange, on a new connection or on one that was kept.
int CurlExchange::on_connected(void* self, char* remote, char*, int, int)
{
    return static_cast<CurlExchange*>(self)->may_ask(remote) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

bool CurlExchange::may_ask(const std::string& connected_to)
{
    if (request_.local_targets == environment::LocalTargets::all) return true;
    const auto url = text_info(handle(), CURLINFO_EFFECTIVE_URL);
    std::optional<Address> address = address_in(url);
    if (!is_proxied_) {
        const auto remote = Address::parse(connected_to);
        if (!remote) return forbid("nobody knows whom this connection leads to");
        address = *remote;
    }
    if (!address) return true;  // a proxy looks the name up, and only it sees where that leads
    if (!is_local_address(*address)) return was_public_ = true;
    const auto where = address->to_string();
    if (was_public_) return forbid(fmt::format("the redirect leads into the local network, to {}", where));
    if (allows(request_.local_targets, *address, part_of(url, CURLUPART_PATH))) return true;
    return forbid(fmt::format("{} is in the local network, and the path is not that of a tracker: it may be "
                              "something else that a torrent should not reach",
                              where));
}

bool CurlExchange::forbid(std::string what)
{
    forbidden_ = std::move(what);
    return false;
}

bool CurlExchange::exceed(std::string what)
{
    exceeded_ = std::move(what);
    return false;
}

void CurlExchange::begin_answer()
{
    response_.headers.clear();
    // From https there is no way down to http, however many redirects later.
    if (has_scheme(text_info(handle(), CURLINFO_EFFECTIVE_URL), "https://")) {
        set(handle(), CURLOPT_REDIR_PROTOCOLS_STR, "https");
    }
}

bool CurlExchange::add_header(std::string_view line)
{
    header_octets_ += line.size();
    if (header_octets_ > most_header_octets) {
        return exceed(fmt::format("more than {} bytes of headers", most_header_octets));
    }
    const auto colon = line.find(':');
    if (line.starts_with("HTTP/")) {
        begin_answer();
    } else if (colon != line.npos && colon != 0) {
        response_.headers.emplace_back(lower(trimmed(line.substr(0, colon))),
                                       std::string(trimmed(line.substr(colon + 1))));
    }
    return true;
}

bool CurlExchange::add_body(ByteView octets)
{
    auto& body = response_.body;
    if (octets.size() > request_.max_body - body.size()) {
        return exceed(fmt::format("the answer is longer than {} bytes", request_.max_body));
    }
    body.insert(body.end(), octets.begin(), octets.end());
    return true;
}

Result<HttpResponse> CurlExchange::outcome(CURLcode code)
{
    if (code != CURLE_OK) return error(code);
    long status = 0;
    curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<std::uint32_t>(status);
    response_.url = text_info(handle(), CURLINFO_EFFECTIVE_URL);
    return std::move(response_);
}

Error CurlExchange::error(CURLcode code) const
{
    const auto from = source();
    const auto text = [&](std::string_view cause) { return fmt::format("cannot fetch{}: {}", from, cause); };
    if (!forbidden_.empty()) return make_error(Errc::permission_denied, text(forbidden_));
    if (!exceeded_.empty()) return make_error(Errc::limit_exceeded, text(exceeded_));
    long os_error = 0;
    curl_easy_getinfo(handle(), CURLINFO_OS_ERRNO, &os_error);
    const auto what = code_of(code, os_error);
    if (code == CURLE_COULDNT_CONNECT && os_error != 0) {
        return make_error(what, text(std::generic_category().message(static_cast<int>(os_error))));
    }
    if (code == CURLE_UNSUPPORTED_PROTOCOL && !response_.headers.empty()) {
        return make_error(what, text("the redirect leads to a protocol that is not allowed there"));
    }
    const std::string_view detail = error_text_.c_str();
    return make_error(what, text(detail.empty() ? curl_easy_strerror(code) : detail));
}

// " from <host>", with the host that it was led on to.
std::string CurlExchange::source() const
{
    const auto asked = host_of(request_.url);
    const auto last = host_of(text_info(handle(), CURLINFO_EFFECTIVE_URL));
    if (asked.empty()) return {};
    return last.empty() || last == asked ? " from " + asked
                                         : fmt::format(" from {} (redirected to {})", asked, last);
}

}  // namespace shoal::net
