#include "cli/complete_command.hpp"

#include "cli/completion.hpp"
#include "cli/daemon_answer.hpp"
#include "rpc/client.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <ostream>

namespace shoal::cli {

namespace {

using control::Value;

constexpr std::chrono::milliseconds moment{400};  // somebody sits before it

Result<Value> asked_in_time(Program& program, const std::string& socket, const std::string& method, Value::Map arguments)
{
    auto& loop = program.live.loop();
    auto stream = daemon_connection(program, socket);
    if (!stream) return stream.error();
    const auto answer = std::make_shared<std::optional<Result<Value>>>();
    rpc::Client client(std::move(*stream), [](const rpc::Event&) {});
    client.call(method, std::move(arguments), [answer](Result<Value> given) { *answer = std::move(given); });
    bool is_late = false;
    environment::Timer timer(loop);
    timer.start(moment, [&is_late] { is_late = true; });
    loop.run_until([&] { return answer->has_value() || is_late; });
    if (answer->has_value()) return std::move(**answer);
    return make_error(Errc::timed_out, "the daemon took too long");
}

std::vector<std::string> plugins_of(const host::Registry& registry, std::string_view kind)
{
    std::vector<std::string> names;
    for (const auto& plugin : registry.list()) {
        if (!plugin->manifest) continue;
        for (const auto& offer : plugin->manifest->provides) {
            if (kind.empty() || offer.kind == kind) names.push_back(offer.name);
        }
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

}  // namespace

ExitCode complete(Program& program, const std::vector<std::string>& words)
{
    if (words.empty()) return ExitCode::usage;
    const Knowledge knowledge{
        .daemon = [&](const std::string& socket, const std::string& method,
                      Value::Map arguments) { return asked_in_time(program, socket, method, std::move(arguments)); },
        .plugins = [&](std::string_view kind) { return plugins_of(program.registry, kind); }};
    const auto found = completions(words, knowledge);
    if (found.paths == Completions::Paths::files) program.out << "#files\n";
    if (found.paths == Completions::Paths::folders) program.out << "#folders\n";
    for (const auto& word : found.words) program.out << word.text << '\t' << printable(word.help) << '\n';
    program.out << std::flush;
    return ExitCode::ok;
}

}  // namespace shoal::cli
