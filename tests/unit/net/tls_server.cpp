#include "tls_server.hpp"

#include "machine.hpp"
#include "net/socket_address.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace shoal::net::test {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

// Signs itself, for an hour.
Certificate certificate_for(EVP_PKEY* key)
{
    Certificate certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    auto* name = X509_get_subject_name(certificate.get());
    const auto* text = reinterpret_cast<const unsigned char*>("127.0.0.1");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    auto* alternative = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate.get(), alternative, -1);
    X509_EXTENSION_free(alternative);
    REQUIRE(X509_sign(certificate.get(), key, EVP_sha256()) != 0);
    return certificate;
}

std::string written(X509* certificate)
{
    auto name = (std::filesystem::temp_directory_path() / "shoal-test-ca-XXXXXX").string();
    const int file = ::mkstemp(name.data());
    REQUIRE(file >= 0);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(::fdopen(file, "w"), &std::fclose);
    REQUIRE(PEM_write_X509(stream.get(), certificate) == 1);
    return name;
}

}  // namespace

TlsServer::TlsServer(std::string answer)
    : answer_(std::move(answer)),
      context_(SSL_CTX_new(TLS_server_method())),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const auto certificate = certificate_for(key.get());
    ca_file_ = written(certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), key.get());
    SSL_CTX_use_certificate(context_.get(), certificate.get());
    const SocketAddress any(loopback());
    REQUIRE(::bind(listener_.number(), any.get(), any.length) == 0);
    REQUIRE(::listen(listener_.number(), 8) == 0);
    thread_ = std::thread([this] { serve(); });
}

TlsServer::~TlsServer()
{
    is_ending_ = true;
    ::shutdown(listener_.number(), SHUT_RDWR);
    thread_.join();
    std::remove(ca_file_.c_str());
}

std::string TlsServer::url() const
{
    return "https://" + local_endpoint(listener_.number()).to_string() + "/";
}

void TlsServer::serve()
{
    while (!is_ending_) {
        const Descriptor client(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!client.is_open()) continue;
        const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context_.get()), &SSL_free);
        SSL_set_fd(tls.get(), client.number());
        if (SSL_accept(tls.get()) != 1) continue;
        std::array<char, 4096> request;
        if (SSL_read(tls.get(), request.data(), request.size()) <= 0) continue;
        SSL_write(tls.get(), answer_.data(), static_cast<int>(answer_.size()));
        SSL_shutdown(tls.get());
    }
}

}  // namespace shoal::net::test
