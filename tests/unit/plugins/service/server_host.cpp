#include "server_host.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

namespace shoal::test {

ServerHost::ServerHost()
{
    services_ = {{SHOAL_SERVICE_TIMER, services_.at(SHOAL_SERVICE_TIMER)},
                 {SHOAL_SERVICE_SETTINGS, &settings_table},
                 {SHOAL_SERVICE_RANDOM, services_.at(SHOAL_SERVICE_RANDOM)},
                 {SHOAL_SERVICE_UDP, services_.at(SHOAL_SERVICE_UDP)},
                 {SHOAL_SERVICE_HTTP_SERVER, &server_table}};
    settings = {{"listen", "127.0.0.1:0"},
                {"udp", 1},
                {"interval", 1800},
                {"max_torrents", 10'000},
                {"max_peers", 50'000},
                {"open", 1},
                {"allowed", ""},
                {"trust_ip", 0}};
}

const ServerHost::Answered& ServerHost::ask(std::string_view target, const Endpoint& from,
                                            std::string_view method)
{
    REQUIRE(is_listening);
    shoal_http_question raw{};
    raw.struct_size = sizeof raw;
    raw.method = to_abi(method);
    raw.target = to_abi(target);
    raw.from = to_abi(from);
    const auto question = next_handle();
    const auto before = answers.size();
    on_question_(user_, question, &raw);
    REQUIRE(answers.size() == before + 1);
    REQUIRE(answers.back().question == question);
    return answers.back();
}

const shoal_host_settings_v1 ServerHost::settings_table{
    sizeof(shoal_host_settings_v1), 0,
    [](const shoal_host* host, shoal_text name, std::int64_t* value) -> shoal_status {
        const auto& settings = of<ServerHost>(host).settings;
        const auto found = settings.find(from_abi(name));
        if (found == settings.end()) return SHOAL_E_NOT_FOUND;
        *value = std::get<std::int64_t>(found->second);
        return SHOAL_OK;
    },
    [](const shoal_host*, shoal_text, double*) -> shoal_status { return SHOAL_E_NOT_FOUND; },
    [](const shoal_host* host, shoal_text name, shoal_text* value) -> shoal_status {
        const auto& settings = of<ServerHost>(host).settings;
        const auto found = settings.find(from_abi(name));
        if (found == settings.end()) return SHOAL_E_NOT_FOUND;
        *value = to_abi(std::get<std::string>(found->second));
        return SHOAL_OK;
    }};

const shoal_host_http_server_v1 ServerHost::server_table{
    sizeof(shoal_host_http_server_v1), 0,
    [](const shoal_host* host, shoal_endpoint* local, shoal_http_asked on_question, void* user,
       std::uint64_t* listener) -> shoal_status {
        auto& self = of<ServerHost>(host);
        if (self.listen_status < 0) return self.listen_status;
        if (local->port == 0) local->port = self.bound.port;
        self.on_question_ = on_question;
        self.user_ = user;
        self.is_listening = true;
        ++self.listened;
        *listener = self.next_handle();
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t question, std::uint32_t status, shoal_text type,
       shoal_bytes body) -> shoal_status {
        of<ServerHost>(host).answers.push_back(
            {question, status, std::string(from_abi(type)), std::string(as_text(from_abi(body)))});
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t) -> shoal_status {
        of<ServerHost>(host).is_listening = false;
        return SHOAL_OK;
    }};

} // namespace shoal::test
