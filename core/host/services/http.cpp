#include "host/services/guard.hpp"

#include <shoal/abi/services.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_url = 65'536;
constexpr std::uint64_t longest_header = 16'384;
constexpr std::uint32_t most_headers = 128;
constexpr std::uint32_t most_redirects = 5;
constexpr std::uint64_t largest_answer = 64u << 20;
constexpr std::uint64_t longest_timeout_ns = std::uint64_t{3600} * 1'000'000'000;

// RFC 9110 §5.6.2
bool is_token(std::string_view text)
{
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || marks.find(c) != marks.npos;
    });
}

// A line end in a value would smuggle in a header or a request.
bool is_one_line(std::string_view text)
{
    return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool is_web_url(std::string_view url)
{
    const auto colon = url.substr(0, url.find(':'));
    std::string scheme(colon);
    std::ranges::transform(scheme, scheme.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return (scheme == "http" || scheme == "https") && url.substr(colon.size()).starts_with("://")
           && is_one_line(url);
}

Error wrong(const char* what)
{
    return make_error(Errc::invalid_argument, what);
}

Result<environment::HttpHeaders> read_headers(const shoal_header* headers, std::uint32_t count)
{
    if (count > most_headers || (headers == nullptr && count > 0))
        return wrong("headers is NULL or too long");
    environment::HttpHeaders out;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto name = borrowed(headers[i].name, longest_header);
        const auto value = borrowed(headers[i].value, longest_header);
        if (!name || !value || !is_token(*name) || !is_one_line(*value))
            return wrong("a header is malformed");
        out.emplace_back(*name, *value);
    }
    return out;
}

environment::LocalTargets read_local_targets(std::uint32_t raw)
{
    using environment::LocalTargets;
    if (raw == SHOAL_LOCAL_ALL) return LocalTargets::all;
    return raw == SHOAL_LOCAL_TRACKERS ? LocalTargets::trackers : LocalTargets::none;
}

Result<environment::HttpRequest> read_request(const shoal_http_request* raw)
{
    if (raw == nullptr || raw->struct_size < sizeof *raw) return wrong("request is NULL or too short");
    if (raw->local_targets > SHOAL_LOCAL_NONE) return wrong("local_targets is none of SHOAL_LOCAL_…");
    const auto url = borrowed(raw->url, longest_url);
    const auto method = borrowed(raw->method, 32);
    const auto body = borrowed(raw->body, largest_answer);
    if (!url || !is_web_url(*url)) return wrong("url is not an http or https URL");
    if (!method || (!method->empty() && !is_token(*method))) return wrong("method is malformed");
    if (!body) return wrong("body is NULL or too long");
    if (raw->max_redirects > most_redirects) return wrong("max_redirects is above 5");
    auto headers = read_headers(raw->headers, raw->header_count);
    if (!headers) return headers.error();

    environment::HttpRequest out;
    out.url = *url;
    if (!method->empty()) out.method = *method;
    out.headers = std::move(*headers);
    out.body.assign(body->begin(), body->end());
    if (raw->timeout_ns != 0)
        out.timeout = std::chrono::nanoseconds(std::min(raw->timeout_ns, longest_timeout_ns));
    if (raw->max_body != 0) out.max_body = std::min(raw->max_body, largest_answer);
    out.max_redirects = raw->max_redirects;
    out.local_targets = read_local_targets(raw->local_targets);
    return out;
}

class HttpService final : public LentService {
public:
    static constexpr auto slot = Slot::http;

    explicit HttpService(InstanceState& state) : state_(state) {}

    shoal_status request(const shoal_http_request* raw, shoal_http_done done, void* user,
                         std::uint64_t* operation)
    {
        if (done == nullptr || operation == nullptr)
            return state_.bad_argument("http.request", "done or operation is NULL");
        auto request = read_request(raw);
        if (!request) return state_.bad_argument("http.request", request.error().text);
        if (!state_.can_start()) return SHOAL_E_STATE;
        if (open_.size() >= most_under_way) return SHOAL_E_LIMIT;
        const auto handle = state_.next_handle();
        auto& open = open_[handle];
        open = {{}, done, user, request->url, false};
        open.inner = state_.environment().http.request(
            std::move(*request),
            [state = state_.shared_from_this(), handle](Result<environment::HttpResponse> answer) {
                state->lent<HttpService>()->finish(handle, std::move(answer));
            });
        *operation = handle;
        return SHOAL_OK;
    }

    shoal_status cancel(std::uint64_t handle)
    {
        const auto found = open_.find(handle);
        if (found == open_.end()) return SHOAL_E_STALE;
        if (found->second.cancelled) return SHOAL_OK;
        revoke(found->second);
        state_.on_loop([this, handle] { finish(handle, cancelled()); });
        return SHOAL_OK;
    }

    void end(bool) override
    {
        while (!open_.empty()) {
            revoke(open_.begin()->second);
            finish(open_.begin()->first, cancelled());
        }
    }

private:
    struct Open {
        environment::OperationId inner;
        shoal_http_done done;
        void* user;
        std::string url;
        bool cancelled;
    };

    static Error cancelled() { return make_error(Errc::cancelled, "cancelled"); }

    void revoke(Open& open)
    {
        if (!std::exchange(open.cancelled, true)) state_.environment().http.cancel(open.inner);
    }

    void finish(std::uint64_t handle, Result<environment::HttpResponse> answer)
    {
        const auto node = open_.extract(handle);
        if (node.empty()) return;
        const auto& open = node.mapped();
        shoal_http_response response{};
        response.struct_size = sizeof response;
        response.url = to_abi(answer ? answer->url : open.url);
        std::vector<shoal_header> headers;
        if (answer) {
            for (const auto& [name, value] : answer->headers)
                headers.push_back({to_abi(name), to_abi(value)});
            response.http_status = answer->status;
            response.headers = headers.data();
            response.header_count = static_cast<std::uint32_t>(headers.size());
            response.body = to_abi(answer->body);
        } else {
            response.error = to_abi(answer.error().text);
        }
        const auto status = answer ? SHOAL_OK : to_status(answer.error().code);
        state_.deliver("http.done", [&] { open.done(open.user, handle, status, &response); });
    }

    InstanceState& state_;
    std::map<std::uint64_t, Open> open_;
};

shoal_status request(const shoal_host* host, const shoal_http_request* request, shoal_http_done done,
                     void* user, std::uint64_t* operation)
{
    return on_strand<HttpService>(host, "http.request", [&](HttpService& http) {
        return http.request(request, done, user, operation);
    });
}

shoal_status cancel_request(const shoal_host* host, std::uint64_t operation)
{
    return on_strand<HttpService>(host, "http.cancel",
                                  [&](HttpService& http) { return http.cancel(operation); });
}

constexpr shoal_host_http_v1 http_table{sizeof http_table, 0, request, cancel_request};

}  // namespace

const Service& http_service()
{
    static constexpr Service service{SHOAL_SERVICE_HTTP, "net.http", &http_table, make_lent<HttpService>};
    return service;
}

}  // namespace shoal::host::services
