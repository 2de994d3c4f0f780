#include "cli/daemon_answer.hpp"

#include "daemon/settings_sources.hpp"
#include "daemon/variables.hpp"
#include "net/local_socket.hpp"
#include "rpc/client.hpp"
#include "rpc/own_methods.hpp"

#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <optional>

namespace shoal::cli {

using control::Value;

Result<std::unique_ptr<environment::Stream>> daemon_connection(Program& program, const std::string& typed)
{
    const auto socket = typed.empty() ? daemon::socket_of(daemon::process_variables()) : typed;
    auto stream = net::connect_local(program.live.loop(), socket);
    const bool is_there = stream || (stream.error().code != Errc::not_found && stream.error().code != Errc::refused);
    if (is_there) return stream;
    return make_error(Errc::refused, fmt::format("no daemon answers at {}: start one with `shoal daemon`, or name its socket "
                                                 "with --socket PATH", socket));
}

Result<Value> daemon_answer(Program& program, const std::string& socket, const std::string& method, Value::Map arguments)
{
    auto& loop = program.live.loop();
    auto stream = daemon_connection(program, socket);
    if (!stream) return stream.error();
    const auto is_interrupted = std::make_shared<bool>(false);  // the loop's handlers outlive us
    for (const int number : {SIGINT, SIGTERM}) {
        loop.on_signal(number, [is_interrupted] { *is_interrupted = true; });
    }
    const auto answer = std::make_shared<std::optional<Result<Value>>>();
    rpc::Client client(std::move(*stream), [](const rpc::Event&) {});
    client.introduce(rpc::command_line);
    client.call(method, std::move(arguments), [answer](Result<Value> given) { *answer = std::move(given); });
    loop.run_until([&] { return answer->has_value() || *is_interrupted; });
    if (answer->has_value()) return std::move(**answer);
    return make_error(Errc::cancelled, "interrupted");
}

}  // namespace shoal::cli
