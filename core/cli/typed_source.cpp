#include "cli/typed_source.hpp"

#include "cli/brief_session.hpp"

#include <optional>

namespace shoal::cli {

Result<session::Source> read_source(Program& program, const SwarmOptions& swarm, const std::string& typed)
{
    session::SessionSettings settings{.listen = {}, .checked = program.checked};
    if (const auto applied = swarm.apply_to(settings, program.registry); !applied) return applied.error();
    settings.listen.clear();
    settings.listen_if_possible.clear();
    if (const auto known = session::check_settings(program.registry, settings.plugins); !known) return known.error();
    // Outlives the session, which tells of the end of what was interrupted.
    std::optional<Result<session::Source>> outcome;
    BriefSession session(program, std::move(settings));
    session->read_source(typed, [&](Result<session::Source> read) { outcome = std::move(read); });
    if (!session.wait([&] { return outcome.has_value(); })) return make_error(Errc::cancelled, "interrupted");
    return std::move(*outcome);
}

}  // namespace shoal::cli
