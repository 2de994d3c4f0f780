// HTTP, as a client (permission net.http) and as a server of small answers to small questions (permission
// net.listen). The rules of services/local.hpp hold. Every accepted operation completes exactly once, never
// inside the call that started it, and with `cancelled` after `stop`.
#pragma once

#include <shoal/abi/services.h>
#include <shoal/crossing.hpp>
#include <shoal/detail/fence.hpp>
#include <shoal/detail/lent.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>
#include <shoal/unique_function.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// Borrowed for the call.
struct HttpHeader {
    std::string_view name;
    std::string_view value;
};

/// Names are in lower case. The views live as long as the callback that receives them.
class HttpHeaders {
public:
    HttpHeaders() = default;
    HttpHeaders(const shoal_header* first, std::uint32_t count) noexcept : all_(first, count) {}

    [[nodiscard]] std::span<const shoal_header> all() const noexcept { return all_; }
    [[nodiscard]] std::optional<std::string_view> find(std::string_view lower_case_name) const
    {
        for (const auto& header : all_) {
            if (from_abi(header.name) == lower_case_name) return from_abi(header.value);
        }
        return std::nullopt;
    }

private:
    std::span<const shoal_header> all_;
};

/// Which addresses that are not public (loopback, link-local, private) may be asked: SHOAL_LOCAL_… in
/// abi/services.h. For a URL that comes from a stranger it is not `all`.
enum class LocalTargets : std::uint32_t {
    all = SHOAL_LOCAL_ALL,
    trackers = SHOAL_LOCAL_TRACKERS,
    none = SHOAL_LOCAL_NONE
};

struct HttpRequest {
    std::string_view url; // http or https
    std::string_view method = "GET";
    std::vector<HttpHeader> headers{};
    ByteView body{};
    std::chrono::nanoseconds timeout{}; // the whole exchange; 0: 60 s
    std::uint64_t max_body = 0;         // of the answer, unpacked; 0: 1 MiB
    std::uint32_t max_redirects = 5;    // 5 at most; 0: a redirect is the answer
    LocalTargets local_targets = LocalTargets::all;
};

/// The views live as long as the callback.
struct HttpResponse {
    std::uint32_t status = 0;
    std::string_view url; // after redirects
    HttpHeaders headers;
    ByteView body; // unpacked
};

/// Permission net.http.
class Http : public detail::Lent<Http, shoal_host_http_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_HTTP;
    using Lent::Lent;
    using Done = UniqueFunction<void(Result<HttpResponse>)>;

    /// The operation's handle, for cancel(). Any HTTP answer is a success here, whatever its code. Errors:
    /// network_error, refused, not_found (the name), timed_out, limit_exceeded, permission_denied
    /// (local_targets), cancelled.
    Result<std::uint64_t> request(const HttpRequest& request, Done done) const
    {
        std::vector<shoal_header> headers;
        for (const auto& header : request.headers)
            headers.push_back({to_abi(header.name), to_abi(header.value)});
        shoal_http_request raw{};
        raw.struct_size = sizeof raw;
        raw.header_count = static_cast<std::uint32_t>(headers.size());
        raw.url = to_abi(request.url);
        raw.method = to_abi(request.method);
        raw.headers = headers.data();
        raw.body = to_abi(request.body);
        raw.timeout_ns = static_cast<std::uint64_t>(request.timeout.count());
        raw.max_body = request.max_body;
        raw.max_redirects = request.max_redirects;
        raw.local_targets = static_cast<std::uint32_t>(request.local_targets);
        std::uint64_t operation = 0;
        const auto status = detail::lend_callback(host(), std::move(done), [&](void* user) {
            return table().request(host(), &raw, &Http::answered, user, &operation);
        });
        if (status < 0) return to_result(status, "asking " + std::string(request.url)).error();
        return operation;
    }

    void cancel(std::uint64_t operation) const { static_cast<void>(table().cancel(host(), operation)); }

private:
    static void answered(void* user, std::uint64_t, shoal_status status,
                         const shoal_http_response* raw) noexcept
    {
        const auto callback = detail::take_callback<Done>(user);
        detail::fence_void(callback->host, "an HTTP answer", [&] {
            if (status < 0) {
                const auto text = from_abi(raw->error);
                if (text.empty()) return callback->function(to_result(status, "HTTP").error());
                return callback->function(make_error(to_errc(status), std::string(text)));
            }
            callback->function(HttpResponse{raw->http_status, from_abi(raw->url),
                                            HttpHeaders(raw->headers, raw->header_count),
                                            from_abi(raw->body)});
        });
    }
};

/// The views live as long as the callback; `question` until it is answered.
struct HttpQuestion {
    std::uint64_t question = 0;
    std::string_view method;
    std::string_view target; // path and query as sent, percent-encoded
    HttpHeaders headers;
    ByteView body;
    Endpoint from;
};

/// Destroying it stops listening, also from inside its own callback.
class HttpListener {
public:
    using OnQuestion = UniqueFunction<void(const HttpQuestion&)>;

    HttpListener() = default;
    HttpListener(HttpListener&&) noexcept = default;
    HttpListener& operator=(HttpListener&& other) noexcept
    {
        close();
        open_ = std::move(other.open_);
        return *this;
    }
    ~HttpListener() { close(); }

    [[nodiscard]] explicit operator bool() const noexcept { return open_ != nullptr; }
    /// What was bound.
    [[nodiscard]] const Endpoint& local() const { return open_->local; }

    void close() noexcept
    {
        if (open_) static_cast<void>(open_->table->close(open_->host, open_->handle));
        open_.reset();
    }

private:
    friend class HttpServer;

    struct Open : std::enable_shared_from_this<Open> {
        const shoal_host* host = nullptr;
        const shoal_host_http_server_v1* table = nullptr;
        OnQuestion on_question;
        Endpoint local;
        std::uint64_t handle = 0;
    };

    static void asked(void* user, std::uint64_t question, const shoal_http_question* raw) noexcept
    {
        const auto open = static_cast<Open*>(user)->shared_from_this();
        detail::fence_void(open->host, "an HTTP question", [&] {
            open->on_question({question, from_abi(raw->method), from_abi(raw->target),
                               HttpHeaders(raw->headers, raw->header_count), from_abi(raw->body),
                               from_abi(raw->from)});
        });
    }

    std::shared_ptr<Open> open_;
};

/// Permission net.listen.
class HttpServer : public detail::Lent<HttpServer, shoal_host_http_server_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_HTTP_SERVER;
    using Lent::Lent;

    /// Port 0 of `local`: any. Each question is answered once, now or later, with answer().
    Result<HttpListener> listen(const Endpoint& local, HttpListener::OnQuestion on_question) const
    {
        auto open = std::make_shared<HttpListener::Open>();
        open->host = host();
        open->table = &table();
        open->on_question = std::move(on_question);
        auto bound = to_abi(local);
        const auto status = table().listen(host(), &bound, &HttpListener::asked, open.get(), &open->handle);
        if (status < 0) return to_result(status, "listening on " + local.to_string()).error();
        open->local = from_abi(bound);
        HttpListener listener;
        listener.open_ = std::move(open);
        return listener;
    }

    /// `body` is copied by the host.
    Result<void> answer(std::uint64_t question, std::uint32_t http_status, std::string_view content_type,
                        ByteView body) const
    {
        return to_result(table().answer(host(), question, http_status, to_abi(content_type), to_abi(body)),
                         "answering an HTTP question");
    }
};

} // namespace shoal
