#include "cli/dht_command.hpp"

#include "cli/brief_session.hpp"
#include "control/json.hpp"

#include <shoal/hex.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <ostream>

namespace shoal::cli {

namespace {

using control::Value;

ExitCode cannot_ask(Program& program, const Error& error)
{
    program.err << "shoal: " << printable(error.text) << std::endl;
    return error.code == Errc::timed_out || error.code == Errc::network_error ? ExitCode::no_peers : exit_code_of(error);
}

// What strangers put there is shown, never obeyed.
std::string text_of(const Value& value)
{
    if (const auto* text = value.as_text()) return printable(*text);
    if (const auto* bytes = value.as_bytes()) return to_hex(*bytes);
    if (const auto* real = value.as_real()) return fmt::format("{:.1f}", *real);
    return printable(control::to_json(value));
}

void print(std::ostream& out, const Value& answer)
{
    const auto* map = answer.as_map();
    if (map == nullptr) {
        out << text_of(answer) << '\n';
        return;
    }
    for (std::size_t i = 0; i < map->size(); ++i) {
        const Value& value = map->values()[i];
        if (const auto* list = value.as_list()) {
            if (list->empty()) out << fmt::format("{:<18}  none\n", map->keys()[i]);
            for (const auto& item : *list) out << fmt::format("{:<18}  {}\n", map->keys()[i], text_of(item));
        } else if (const auto* inner = value.as_map()) {
            out << map->keys()[i] << '\n';
            for (std::size_t k = 0; k < inner->size(); ++k) {
                out << fmt::format("  {:<18}{}\n", inner->keys()[k], text_of(inner->values()[k]));
            }
        } else {
            out << fmt::format("{:<18}  {}\n", map->keys()[i], text_of(value));
        }
    }
}

// What was looked for by its name and is not there: the answer says so, and so must the exit code.
bool is_absent(const Value& answer)
{
    const auto* found = answer.as_map() != nullptr ? answer.as_map()->find("found") : nullptr;
    return found != nullptr && found->as_bool() != nullptr && !*found->as_bool();
}

session::PluginSettings settings_of(const DhtRequest& request)
{
    auto settings = request.plugin_settings;
    auto& own = settings["dht"];
    if (!request.nodes.empty()) own.insert_or_assign("routers", fmt::format("{}", fmt::join(request.nodes, ", ")));
    own.try_emplace("port", "0");
    own.try_emplace("read_only", "true");
    return settings;
}

}  // namespace

ExitCode dht(Program& program, const DhtRequest& request)
{
    session::SessionSettings settings{.listen = {}, .checked = program.checked, .plugins = settings_of(request)};
    settings.discoveries = {"dht"};
    if (const auto known = session::check_settings(program.registry, settings.plugins); !known) {
        return cannot_ask(program, known.error());
    }
    std::optional<Result<Value>> answer;
    {
        BriefSession session(program, std::move(settings));
        session->call(request.method, request.arguments, [&](Result<Value> given) { answer = std::move(given); });
        if (!session.wait([&] { return answer.has_value(); })) answer = make_error(Errc::cancelled, "interrupted");
    }
    if (!*answer) return cannot_ask(program, answer->error());
    if (request.is_json) program.out << control::to_json(**answer) << '\n';
    else print(program.out, **answer);
    return is_absent(**answer) ? ExitCode::no_peers : ExitCode::ok;
}

}  // namespace shoal::cli
