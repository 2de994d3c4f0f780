#pragma once

#include "environment/http.hpp"
#include "net/curl_http_client.hpp"

#include <curl/curl.h>

#include <memory>
#include <string>

namespace shoal::net {

// One request and its answer on a libcurl easy handle, with the limits that libcurl does not know. It lives
// on the client's thread; curl keeps pointers to it, so it stays where it is made. CURLOPT_PRIVATE leads back
// to it.
class CurlExchange {
public:
    // What curl would send wrongly or take for another protocol. Errors: bad_input.
    static Result<> check(const environment::HttpRequest& request);

    CurlExchange(environment::OperationId operation, environment::HttpRequest request,
                 const HttpClientSettings& settings);
    CurlExchange(const CurlExchange&) = delete;
    CurlExchange& operator=(const CurlExchange&) = delete;

    environment::OperationId operation() const { return operation_; }
    CURL* handle() const { return handle_.get(); }

    // Call once, with what curl says about the transfer.
    Result<environment::HttpResponse> outcome(CURLcode code);

private:
    struct FreeHandle {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    struct FreeList {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };

    static std::size_t on_header(char* text, std::size_t one, std::size_t length, void* self);
    static std::size_t on_body(char* octets, std::size_t one, std::size_t length, void* self);
    static int on_connected(void* self, char* remote, char* local, int remote_port, int local_port);
    static int on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t);

    void set_up_target();
    void set_up_limits(const HttpClientSettings& settings);
    void set_up_callbacks();
    void set_up_route(const HttpClientSettings& settings);
    void set_up_headers();
    bool asks_for(std::string_view header) const;
    void begin_answer();
    bool add_header(std::string_view line);
    bool add_body(ByteView octets);
    bool may_ask(const std::string& connected_to);
    bool forbid(std::string what);
    bool exceed(std::string what);
    Error error(CURLcode code) const;
    std::string source() const;

    environment::OperationId operation_;
    environment::HttpRequest request_;
    environment::HttpResponse response_;
    std::size_t header_octets_ = 0;  // of the whole exchange, redirects and interim answers included
    std::string exceeded_;           // which limit, once one was
    std::string forbidden_;          // why a request was not sent
    bool is_proxied_;                // who is connected to is the proxy
    bool was_public_ = false;        // a public address was asked
    std::unique_ptr<curl_slist, FreeList> headers_;
    std::string error_text_ = std::string(CURL_ERROR_SIZE, '\0');  // curl writes into it
    std::unique_ptr<CURL, FreeHandle> handle_;
};

}  // namespace shoal::net
