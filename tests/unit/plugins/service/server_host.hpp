// The fake host with what a service needs: settings, random numbers and an HTTP server that writes down.
#pragma once

#include "unit/plugins/tracker/fake_host.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace shoal::test {

class ServerHost : public FakeHost {
public:
    struct Answered {
        std::uint64_t question;
        std::uint32_t status;
        std::string content_type;
        std::string body;
    };

    ServerHost();

    /// A question comes in, through the listener; the answer, which has to come at once, goes out.
    const Answered& ask(std::string_view target, const Endpoint& from, std::string_view method = "GET");

    std::map<std::string, std::variant<std::int64_t, std::string>, std::less<>> settings;
    std::vector<Answered> answers;
    Endpoint bound{Address::from_v4(0x7f000001), 6969}; // what port 0 becomes
    shoal_status listen_status = SHOAL_OK;
    bool is_listening = false;
    int listened = 0; // how often

private:
    static const shoal_host_settings_v1 settings_table;
    static const shoal_host_http_server_v1 server_table;

    shoal_http_asked on_question_ = nullptr;
    void* user_ = nullptr;
};

} // namespace shoal::test
