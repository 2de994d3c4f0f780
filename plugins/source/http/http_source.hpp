// Fetches the .torrent at a web address. It follows redirects itself: they may lead to a magnet link, and what may be asked after one
// is not what may be asked before. Each operation is in one place, `operations_`, until it has ended; taking it out is what makes its
// end the only one.
#pragma once

#include <shoal/services.hpp>
#include <shoal/source.hpp>
#include <shoal/web_url.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>

namespace shoal::http_source {

class HttpSource final : public Source {
public:
    static constexpr std::uint32_t most_redirects = 5;

    explicit HttpSource(Host& host);

    std::int32_t claims(std::string_view identifier) override;
    Result<void> resolve(std::uint64_t operation, const SourceRequest& request) override;
    void cancel(std::uint64_t operation) override;

private:
    struct Operation {
        WebUrl url;
        LocalTargets targets = LocalTargets::none;
        bool may_stay_near = false; // also after a redirect
        std::uint32_t redirects = 0;
        std::chrono::nanoseconds deadline{};
        std::uint64_t request = 0; // at the HTTP client
        bool is_cancelled = false;
    };

    Result<std::uint64_t> ask(std::uint64_t number, const Operation& operation);
    void on_response(std::uint64_t number, const Result<HttpResponse>& response);
    void on_redirect(std::uint64_t number, std::string_view location);
    void fail(std::uint64_t number, const Error& error);

    Host host_;
    SourceAnswers answers_;
    Http http_;
    std::map<std::uint64_t, Operation> operations_;
};

} // namespace shoal::http_source
