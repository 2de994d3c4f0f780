#include "cli/workshop.hpp"

#include "daemon/daemon_settings.hpp"
#include "daemon/wall_clock.hpp"

#include <shoal/abi/service.h>

#include <chrono>
#include <csignal>
#include <utility>
#include <vector>

namespace shoal::cli {

using control::Value;

namespace {

constexpr std::chrono::seconds time_for_services{5};

Value services_found(host::Registry& registry)
{
    Value::List found;
    for (const char* name : {"lua", "rss", "rules"}) {
        if (registry.find(SHOAL_KIND_SERVICE, name)) found.emplace_back(name);
    }
    return found;
}

}  // namespace

Result<std::unique_ptr<Workshop>> Workshop::open(Program& program)
{
    std::unique_ptr<Workshop> made(new Workshop(program));
    if (auto begun = made->begin(); !begun) return begun.error();
    return made;
}

Result<void> Workshop::begin()
{
    const auto folder = folder_.make();
    if (!folder) return folder.error();
    if (auto set = set_up(*folder); !set) return set;
    auto opened = daemon::LiveClient::open({.environment = program_.live.environment(),
                                            .plugins = program_.registry,
                                            .settings = settings_,
                                            .unix_time = daemon::unix_time,
                                            .local_time = daemon::local_time,
                                            .log = program_.log},
                                           *folder + "/shoal.db");
    if (!opened) return opened.error();
    client_ = std::move(*opened);
    for (const int number : {SIGINT, SIGTERM}) {
        program_.live.loop().on_signal(number, [interrupted = is_interrupted_] { *interrupted = true; });
    }
    interruption_.emplace();
    return client_->start();
}

Result<void> Workshop::set_up(const std::string& folder)
{
    daemon::declare_settings(settings_, {.settings_file = {}, .scripts = folder + "/scripts", .state = folder, .socket = folder + "/rpc.sock", .download = folder + "/files"});
    daemon::declare_plugin_settings(settings_, program_.registry);
    const std::string origin = "the command";
    const std::vector<control::Settings::Given> given{{"services", services_found(program_.registry), origin},
                                                      {"discoveries", Value::List{}, origin},
                                                      {"extensions", Value::List{}, origin},
                                                      {"peers.incoming", false, origin}};
    return settings_.lay(control::Settings::Layer::flag, given);
}

Workshop::~Workshop()
{
    if (!client_) return;
    bool is_over = false;
    client_->stop(time_for_services, [&is_over](const Result<void>&) { is_over = true; });
    program_.live.loop().run_until([&is_over] { return is_over; });
}

Result<Value> Workshop::call(const std::string& method, Value::Map arguments)
{
    const auto answer = std::make_shared<std::optional<Result<Value>>>();  // it may come when nobody waits any more
    const control::Causes::Acting acting(methods().causes(), "user");
    methods().call(method, std::move(arguments), [answer](Result<Value> given) { *answer = std::move(given); });
    program_.live.loop().run_until([&] { return answer->has_value() || *is_interrupted_; });
    if (answer->has_value()) return std::move(**answer);
    return make_error(Errc::cancelled, "interrupted");
}

}  // namespace shoal::cli
