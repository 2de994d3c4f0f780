#include "host/services/guard.hpp"

#include <shoal/abi/services.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_content_type = 255;
constexpr std::uint64_t largest_body = 64u << 20;

bool is_content_type(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

class HttpServerService final : public LentService {
public:
    static constexpr auto slot = Slot::http_server;

    explicit HttpServerService(InstanceState& state) : state_(state) {}

    shoal_status listen(shoal_endpoint* local, shoal_http_asked asked, void* user, std::uint64_t* listener)
    {
        const auto where = borrowed(local);
        if (!where) return state_.bad_argument("http_server.listen", "local is no endpoint");
        if (asked == nullptr || listener == nullptr) {
            return state_.bad_argument("http_server.listen", "on_question or listener is NULL");
        }
        if (!state_.can_start()) return SHOAL_E_STATE;
        if (listening_.size() >= most_under_way) return SHOAL_E_LIMIT;
        const auto handle = state_.next_handle();
        auto opened = state_.environment().http_server.listen(
            *where, [state = state_.shared_from_this(), handle](environment::HttpQuestion question,
                                                                environment::HttpServer::Answer answer) {
                state->lent<HttpServerService>()->on_question(handle, question, std::move(answer));
            });
        if (!opened) {
            const auto status = to_status(opened.error().code);
            state_.set_error(status, opened.error().text);
            return status;
        }
        *local = to_abi((*opened)->local());
        *listener = handle;
        listening_.emplace(handle, Listening{std::move(*opened), asked, user});
        return SHOAL_OK;
    }

    shoal_status answer(std::uint64_t handle, std::uint32_t http_status, shoal_text raw_type,
                        shoal_bytes raw_body)
    {
        const auto type = borrowed(raw_type, longest_content_type);
        const auto body = borrowed(raw_body, largest_body);
        if (http_status < 200 || http_status > 599)
            return state_.bad_argument("http_server.answer", "no such HTTP status");
        if (!type || !is_content_type(*type))
            return state_.bad_argument("http_server.answer", "content_type is malformed");
        if (!body) return state_.bad_argument("http_server.answer", "body is NULL or too long");
        auto node = open_.extract(handle);
        if (node.empty()) {
            if (state_.can_start())
                state_.strike("http_server.answer", "answered a question twice, or one that never was");
            return SHOAL_E_STALE;
        }
        environment::HttpAnswer answer;
        answer.status = http_status;
        if (!type->empty()) answer.content_type = *type;
        answer.body.assign(body->begin(), body->end());
        node.mapped()(std::move(answer));
        return SHOAL_OK;
    }

    shoal_status close(std::uint64_t handle)
    {
        auto node = listening_.extract(handle);
        if (node.empty()) return SHOAL_E_STALE;
        if (handle == asking_) {
            // Not from inside its own callback.
            closed_.push_back(std::move(node.mapped().listener));
            state_.on_loop([this] { closed_.clear(); });
        }
        return SHOAL_OK;
    }

    // A question that is dropped is answered with 500 by the server.
    void end(bool) override
    {
        open_.clear();
        listening_.clear();
        closed_.clear();
    }

private:
    struct Listening {
        std::unique_ptr<environment::HttpListener> listener;
        shoal_http_asked asked;
        void* user;
    };

    void on_question(std::uint64_t listener, const environment::HttpQuestion& question,
                     environment::HttpServer::Answer answer)
    {
        const auto found = listening_.find(listener);
        if (found == listening_.end() || open_.size() >= most_under_way) return;
        std::vector<shoal_header> headers;
        for (const auto& [name, value] : question.headers) headers.push_back({to_abi(name), to_abi(value)});
        shoal_http_question raw{};
        raw.struct_size = sizeof raw;
        raw.header_count = static_cast<std::uint32_t>(headers.size());
        raw.method = to_abi(question.method);
        raw.target = to_abi(question.target);
        raw.headers = headers.data();
        raw.body = to_abi(question.body);
        raw.from = to_abi(question.from);
        const auto asked = found->second.asked;
        auto* user = found->second.user;
        const auto handle = state_.next_handle();
        open_.emplace(handle, std::move(answer));
        asking_ = listener;
        state_.deliver("http_server.on_question", [&] { asked(user, handle, &raw); });
        asking_ = 0;
    }

    InstanceState& state_;
    std::map<std::uint64_t, Listening> listening_;
    std::map<std::uint64_t, environment::HttpServer::Answer> open_;
    std::vector<std::unique_ptr<environment::HttpListener>> closed_;
    std::uint64_t asking_ = 0;
};

shoal_status listen(const shoal_host* host, shoal_endpoint* local, shoal_http_asked on_question, void* user,
                    std::uint64_t* listener)
{
    return on_strand<HttpServerService>(host, "http_server.listen", [&](HttpServerService& server) {
        return server.listen(local, on_question, user, listener);
    });
}

shoal_status answer(const shoal_host* host, std::uint64_t question, std::uint32_t http_status,
                    shoal_text content_type, shoal_bytes body)
{
    return on_strand<HttpServerService>(host, "http_server.answer", [&](HttpServerService& server) {
        return server.answer(question, http_status, content_type, body);
    });
}

shoal_status close(const shoal_host* host, std::uint64_t listener)
{
    return on_strand<HttpServerService>(host, "http_server.close",
                                        [&](HttpServerService& server) { return server.close(listener); });
}

constexpr shoal_host_http_server_v1 http_server_table{sizeof http_server_table, 0, listen, answer, close};

}  // namespace

const Service& http_server_service()
{
    static constexpr Service service{SHOAL_SERVICE_HTTP_SERVER, "net.listen", &http_server_table,
                                     make_lent<HttpServerService>};
    return service;
}

}  // namespace shoal::host::services
