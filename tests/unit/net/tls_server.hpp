#pragma once

#include <shoal/endpoint.hpp>

#include "net/descriptor.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

namespace shoal::net::test {

// Answers every HTTPS request on loopback with the same octets, under a certificate that it makes for
// 127.0.0.1.
class TlsServer {
public:
    explicit TlsServer(std::string answer);
    ~TlsServer();

    std::string url() const;
    // The file to trust it by.
    const std::string& ca_file() const { return ca_file_; }

private:
    struct FreeContext {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };

    void serve();

    const std::string answer_;
    std::string ca_file_;
    std::unique_ptr<SSL_CTX, FreeContext> context_;
    Descriptor listener_;
    std::atomic<bool> is_ending_ = false;
    std::thread thread_;
};

}  // namespace shoal::net::test
