#include "source_host.hpp"

namespace shoal::test {

namespace {

std::string text_of(shoal_text text) { return std::string(from_abi(text)); }

} // namespace

SourceHost::SourceHost()
{
    services_[SHOAL_SERVICE_SOURCE] = &source_table;
    services_[SHOAL_SERVICE_WORKERS] = &workers_table;
}

shoal_status SourceHost::end(const shoal_host* host, std::uint64_t operation, const std::string& how)
{
    auto& self = of<SourceHost>(host);
    CHECK_FALSE(self.is_inside_call);
    CHECK(self.open.erase(operation) == 1);
    self.ends.push_back(std::to_string(operation) + " " + how);
    return SHOAL_OK;
}

void SourceHost::answer(std::size_t i, std::uint32_t status, std::string_view body, std::string_view header, std::string_view value)
{
    auto& request = requests.at(i);
    REQUIRE_FALSE(std::exchange(request.is_done, true));
    const shoal_header only{to_abi(header), to_abi(value)};
    shoal_http_response response{};
    response.struct_size = sizeof response;
    response.http_status = status;
    response.url = to_abi(std::string_view(request.url));
    response.headers = &only;
    response.header_count = header.empty() ? 0 : 1;
    response.body = to_abi(as_bytes(body));
    // Its own place in the vector may move while it is told.
    const auto [done, user, operation] = std::tuple(request.done, request.user, request.operation);
    done(user, operation, SHOAL_OK, &response);
}

void SourceHost::work(shoal_status status)
{
    for (const auto& job : std::exchange(jobs, {})) {
        if (status == SHOAL_OK) job.work(job.user);
        job.done(job.user, status);
    }
}

const shoal_host_source_v1 SourceHost::source_table{
    sizeof(shoal_host_source_v1), 0,
    [](const shoal_host* host, std::uint64_t operation, shoal_bytes torrent) -> shoal_status {
        return end(host, operation, "torrent " + std::string(as_text(from_abi(torrent))));
    },
    [](const shoal_host* host, std::uint64_t operation, shoal_text link) -> shoal_status {
        return end(host, operation, "magnet " + text_of(link));
    },
    [](const shoal_host* host, std::uint64_t operation, shoal_text identifier) -> shoal_status {
        return end(host, operation, "elsewhere " + text_of(identifier));
    },
    [](const shoal_host* host, std::uint64_t operation, shoal_status status, shoal_text text) -> shoal_status {
        return end(host, operation, "failed " + std::to_string(status) + " " + text_of(text));
    }};

const shoal_host_workers_v1 SourceHost::workers_table{
    sizeof(shoal_host_workers_v1), 0,
    [](const shoal_host* host, void (*work)(void*), shoal_task done, void* user) -> shoal_status {
        of<SourceHost>(host).jobs.push_back({work, done, user});
        return SHOAL_OK;
    }};

} // namespace shoal::test
